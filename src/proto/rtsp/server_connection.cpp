#include "proto/rtsp/server_connection.hpp"

#include "proto/rtsp/reader.hpp"
#include "proto/rtsp/server_dialog.hpp"

#include <algorithm>
#include <utility>

namespace weir::proto::rtsp {

using base::ErrorKind;
using base::Result;
using Asking = ServerDialog::Asking;
using Phase = ServerDialog::Phase;

class ServerConnection::Machine {
  public:
    Machine(Options options, base::Instant now)
        : limits_(options.limits),
          since_(now),
          silence_(limits_.silence),
          reader_(limits_),
          dialog_(limits_, {std::move(options.session), std::move(options.nonce)}) {}

    void receive(base::ByteView bytes, base::Instant now);
    void tick(base::Instant now);
    [[nodiscard]] std::optional<base::Instant> deadline() const noexcept;
    /// Gives the dialog an answer, then goes on with what waited for it.
    void answered(Asking asked, base::Instant now, auto&& answer) {
        if (is_closed_ || dialog_.asking() != asked) return;
        answer();
        since_ = now;
        take_held(now);
    }
    void refuse(Refusal refusal, std::string_view text, base::Instant now);
    void ask_password(std::string_view text, base::Instant now);
    void close(ErrorKind kind, std::string_view text);
    void heard(base::Instant now) noexcept { since_ = std::max(since_, now); }
    void set_silence(base::Duration silence) noexcept { silence_ = silence; }

    [[nodiscard]] ServerDialog& dialog() noexcept { return dialog_; }
    [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }
    [[nodiscard]] EventQueue<Event>& events() noexcept { return events_; }

  private:
    [[nodiscard]] Result<void> read(base::ByteView bytes, base::Instant now);
    [[nodiscard]] bool cut_talk(base::ByteView& bytes, base::Instant now);
    [[nodiscard]] Result<void> hold(base::ByteView bytes);
    void take_held(base::Instant now);
    void handle(Item item, base::Instant now);
    void handle(Frame frame, base::Instant now);
    [[nodiscard]] bool plays_over_tcp() const noexcept;

    Limits limits_;
    base::Instant since_;  ///< the last that counts for the deadline of the phase
    base::Duration silence_;
    base::Instant talk_since_{};
    std::size_t talk_ = 0;  ///< bytes that a player has said since then
    Reader reader_;
    ServerDialog dialog_;
    std::vector<std::uint8_t> held_;  ///< bytes behind a request that is not answered yet
    EventQueue<Event> events_;
    bool is_closed_ = false;
};

void ServerConnection::Machine::receive(base::ByteView bytes, base::Instant now) {
    if (is_closed_) return;
    if (const Result<void> outcome = read(bytes, now); !outcome) close(outcome.error().kind, outcome.error().text);
}

Result<void> ServerConnection::Machine::read(base::ByteView bytes, base::Instant now) {
    const bool talks_too_much = cut_talk(bytes, now);
    while (!is_closed_ && dialog_.asking() == Asking::nothing) {
        std::optional<Item> item = TRY(reader_.next(bytes));
        if (!item)
            return talks_too_much ? base::fail(ErrorKind::too_large, "the player says more than players do")
                                  : Result<void>();
        handle(*std::move(item), now);
    }
    return is_closed_ ? Result<void>() : hold(bytes);
}

/// A player keeps its session alive, pauses and reports; what says more than that keeps us busy. Takes off what is too much, and
/// says whether there was any.
bool ServerConnection::Machine::cut_talk(base::ByteView& bytes, base::Instant now) {
    constexpr base::Duration span = std::chrono::seconds(10);
    if (dialog_.phase() != Phase::playing) return false;
    if (now - talk_since_ >= span) {
        talk_since_ = now;
        talk_ = 0;
    }
    const std::size_t allowed = std::min(bytes.size(), limits_.talk.bytes() - talk_);
    const bool is_too_much = allowed < bytes.size();
    bytes = bytes.first(allowed);
    talk_ += allowed;
    return is_too_much;
}

/// What comes behind a request waits for its answer: it decides how the bytes are understood.
Result<void> ServerConnection::Machine::hold(base::ByteView bytes) {
    if (held_.size() + bytes.size() > limits_.held.bytes())
        return base::fail(ErrorKind::too_large, "the client sends too much before its request is answered");
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    return {};
}

void ServerConnection::Machine::take_held(base::Instant now) {
    const std::vector<std::uint8_t> held = std::exchange(held_, {});
    receive(held, now);
}

void ServerConnection::Machine::handle(Item item, base::Instant now) {
    if (auto* frame = std::get_if<Frame>(&item)) return handle(std::move(*frame), now);
    auto* request = std::get_if<Request>(&item);
    if (request == nullptr) return;  // nothing was asked
    if (dialog_.phase() != Phase::recording) since_ = now;
    dialog_.receive(std::move(*request), events_);
    is_closed_ = dialog_.is_over();
}

void ServerConnection::Machine::handle(Frame frame, base::Instant now) {
    if (dialog_.phase() != Phase::recording || dialog_.is_paused()) return;
    for (const TrackSetup& one : dialog_.set_up()) {
        const auto& channels = one.transport.channels;
        if (!channels || (channels->rtp != frame.channel && channels->rtcp != frame.channel)) continue;
        const bool is_control = channels->rtcp == frame.channel;
        if (!is_control) since_ = now;
        events_.push(Media{one.track, is_control, std::move(frame.packet)});
        return;
    }
}

bool ServerConnection::Machine::plays_over_tcp() const noexcept {
    return dialog_.phase() == Phase::playing && dialog_.set_up().front().transport.lower == Transport::Lower::tcp;
}

std::optional<base::Instant> ServerConnection::Machine::deadline() const noexcept {
    if (is_closed_ || dialog_.asking() != Asking::nothing || plays_over_tcp()) return std::nullopt;
    if (dialog_.phase() == Phase::recording) return since_ + silence_;
    return since_ + (dialog_.has_session() ? limits_.session : limits_.setup);
}

void ServerConnection::Machine::tick(base::Instant now) {
    const auto due = deadline();
    if (!due || now < *due) return;
    close(ErrorKind::timed_out, dialog_.phase() == Phase::recording ? "the publisher sent no media for too long"
                                : dialog_.phase() == Phase::playing ? "the player was not heard of for too long"
                                                                    : "the client did not publish or play in time");
}

void ServerConnection::Machine::refuse(Refusal refusal, std::string_view text, base::Instant now) {
    if (is_closed_ || dialog_.asking() == Asking::nothing) return;
    dialog_.refuse(refusal, text);
    take_held(now);
}

void ServerConnection::Machine::ask_password(std::string_view text, base::Instant now) {
    if (is_closed_ || (dialog_.asking() != Asking::publish && dialog_.asking() != Asking::play)) return;
    if (dialog_.ask_password(text)) return take_held(now);
    is_closed_ = true;
    events_.push(Closed{ErrorKind::refused, std::string(text)});
}

void ServerConnection::Machine::close(ErrorKind kind, std::string_view text) {
    if (std::exchange(is_closed_, true)) return;
    // In the midst of a session nothing is asked, and so nothing can be answered.
    const bool is_live = dialog_.phase() == Phase::recording || dialog_.phase() == Phase::playing;
    const bool is_broken =
        kind == ErrorKind::malformed || kind == ErrorKind::too_large || kind == ErrorKind::unsupported;
    if (dialog_.asking() != Asking::nothing || (is_broken && !is_live)) dialog_.say_broken(kind, text);
    held_ = {};
    reader_ = Reader(limits_);
    events_.push(Closed{kind, std::string(text)});
}

ServerConnection::ServerConnection(Options options, base::Instant now)
    : machine_(std::make_unique<Machine>(std::move(options), now)) {}
ServerConnection::ServerConnection(ServerConnection&&) noexcept = default;
ServerConnection::~ServerConnection() = default;

void ServerConnection::receive(base::ByteView bytes, base::Instant now) { machine_->receive(bytes, now); }
void ServerConnection::tick(base::Instant now) { machine_->tick(now); }
std::optional<Event> ServerConnection::next_event() { return machine_->events().pop(); }
base::Bytes ServerConnection::take_output() {
    const std::string output = machine_->dialog().take_output();
    return output.empty() ? base::Bytes() : base::Bytes::copy_of(output);
}
std::optional<base::Instant> ServerConnection::deadline() const noexcept { return machine_->deadline(); }

void ServerConnection::accept_publish(std::vector<TrackOffer> tracks, base::Instant now) {
    machine_->answered(Asking::publish, now, [&] { machine_->dialog().accept_publish(std::move(tracks)); });
}
void ServerConnection::accept_play(std::string description, std::vector<TrackOffer> tracks, base::Instant now) {
    machine_->answered(Asking::play, now, [&] {
        machine_->dialog().accept_play(std::move(description), std::move(tracks), machine_->events());
    });
}
void ServerConnection::accept_datagrams(const Pair& server_ports, base::Instant now) {
    machine_->answered(Asking::datagrams, now, [&] { machine_->dialog().accept_datagrams(server_ports); });
}
void ServerConnection::accept_start(base::Duration silence, base::Instant now) {
    machine_->answered(Asking::start, now, [&] {
        machine_->set_silence(silence);
        machine_->dialog().accept_start();
    });
}
void ServerConnection::refuse(Refusal refusal, std::string_view text, base::Instant now) {
    machine_->refuse(refusal, text, now);
}
void ServerConnection::ask_password(std::string_view text, base::Instant now) { machine_->ask_password(text, now); }
void ServerConnection::heard(base::Instant now) noexcept { machine_->heard(now); }
void ServerConnection::close(ErrorKind kind, std::string_view text) { machine_->close(kind, text); }

bool ServerConnection::is_publishing() const noexcept {
    return !machine_->is_closed() && machine_->dialog().phase() == Phase::recording;
}
bool ServerConnection::is_playing() const noexcept {
    return !machine_->is_closed() && machine_->dialog().phase() == Phase::playing;
}
bool ServerConnection::is_publisher() const noexcept { return machine_->dialog().is_publisher(); }
std::span<const TrackSetup> ServerConnection::set_up() const noexcept { return machine_->dialog().set_up(); }

}  // namespace weir::proto::rtsp
