#include "proto/rtmp/server_connection.hpp"

#include "base/byte_reader.hpp"
#include "proto/rtmp/chunk_reader.hpp"
#include "proto/rtmp/data_message.hpp"
#include "proto/rtmp/event_queue.hpp"
#include "proto/rtmp/handshake.hpp"
#include "proto/rtmp/server_answers.hpp"
#include "proto/rtmp/server_dialog.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weir::proto::rtmp {

using base::ErrorKind;
using base::Result;
using Phase = ServerDialog::Phase;

class ServerConnection::Machine {
  public:
    Machine(const Options& options, base::Instant now)
        : limits_(options.limits),
          handshake_(std::make_unique<ServerHandshake>(options.seed)),
          started_(now),
          since_(now),
          silence_(limits_.silence),
          reader_(limits_),
          dialog_(limits_.message_streams, options.fourccs) {}

    void receive(base::ByteView bytes, base::Instant now);
    void tick(base::Instant now);
    void accept_publish(base::Duration silence, base::Instant now);
    void accept_play(base::Instant now);
    void refuse(Refusal refusal, std::string_view text);
    void end_play(std::string_view text);
    void resume(base::Instant now);
    void close(ErrorKind kind, std::string_view text);
    [[nodiscard]] std::optional<base::Instant> deadline() const noexcept;

    [[nodiscard]] std::optional<Event> next_event() { return events_.pop(); }
    [[nodiscard]] base::Bytes take_output() { return out_.take(); }
    [[nodiscard]] bool is_publishing() const noexcept { return !closed_ && dialog_.phase() == Phase::publishing; }
    [[nodiscard]] bool is_playing() const noexcept { return !closed_ && dialog_.phase() == Phase::playing; }
    [[nodiscard]] bool is_player() const noexcept { return dialog_.is_player(); }
    [[nodiscard]] std::uint64_t received_bytes() const noexcept { return received_; }

  private:
    void take(base::ByteView bytes, base::Instant now);
    void take_held(base::Instant now);
    [[nodiscard]] Result<void> read(base::ByteView bytes, base::Instant now);
    [[nodiscard]] bool cut_talk(base::ByteView& bytes, base::Instant now);
    [[nodiscard]] Result<void> hold(base::ByteView bytes);
    [[nodiscard]] Result<void> handle(Message message, base::Instant now);
    [[nodiscard]] Result<void> handle_control(const Message& message);
    [[nodiscard]] Result<void> handle_aggregate(const Message& message, base::Instant now);
    [[nodiscard]] Result<void> handle_command(const Message& message, base::Instant now);
    void handle_media(Message message, base::Instant now);
    void handle_data(const Message& message);
    void acknowledge();
    void end(Closed closed);

    Limits limits_;
    std::unique_ptr<ServerHandshake> handshake_;  ///< null once it is over
    base::Instant started_;
    base::Instant
        since_;  ///< when the phase began; while publishing, when media last came; while playing, when `talk_` began
    base::Duration silence_;
    std::size_t talk_ = 0;  ///< bytes that a player has said since then
    ChunkReader reader_;
    ServerDialog dialog_;
    std::vector<std::uint8_t> held_;  ///< bytes behind a request that is not answered yet
    Sender out_;
    EventQueue<Event> events_;
    std::uint64_t received_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint32_t window_ = ServerDialog::window;
    bool closed_ = false;
};

void ServerConnection::Machine::receive(base::ByteView bytes, base::Instant now) {
    if (closed_) {
        return;
    }
    received_ += bytes.size();
    take(bytes, now);
    if (!closed_) {
        acknowledge();
    }
}

void ServerConnection::Machine::take(base::ByteView bytes, base::Instant now) {
    if (const Result<void> outcome = read(bytes, now); !outcome) {
        close(outcome.error().kind, outcome.error().text);
    }
}

Result<void> ServerConnection::Machine::read(base::ByteView bytes, base::Instant now) {
    if (handshake_ != nullptr) {
        const auto uptime = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count();
        if (!TRY(handshake_->receive(bytes, static_cast<std::uint32_t>(uptime), out_.raw()))) {
            return {};
        }
        handshake_.reset();
        since_ = now;
    }
    const bool talks_too_much = cut_talk(bytes, now);
    while (!closed_ && !dialog_.is_asking()) {
        std::optional<Message> message = TRY(reader_.next(bytes));
        if (!message) {
            return talks_too_much ? base::fail(ErrorKind::too_large, "the player says more than players do")
                                  : Result<void>();
        }
        TRY(handle(*std::move(message), now));
    }
    return closed_ ? Result<void>() : hold(bytes);
}

/// A player acknowledges, pings and pauses; what says more than that keeps us busy. Takes off what is too much, and says whether
/// there was any.
bool ServerConnection::Machine::cut_talk(base::ByteView& bytes, base::Instant now) {
    constexpr base::Duration span = std::chrono::seconds(10);
    if (dialog_.phase() != Phase::playing) {
        return false;
    }
    if (now - since_ >= span) {
        since_ = now;
        talk_ = 0;
    }
    const std::size_t allowed = std::min(bytes.size(), limits_.talk.bytes() - talk_);
    const bool is_too_much = allowed < bytes.size();
    bytes = bytes.first(allowed);
    talk_ += allowed;
    return is_too_much;
}

/// What comes behind a publish waits for its answer: it decides how the bytes are read.
Result<void> ServerConnection::Machine::hold(base::ByteView bytes) {
    if (held_.size() + bytes.size() > limits_.held.bytes()) {
        return base::fail(ErrorKind::too_large, "the client sends media before its publish is accepted");
    }
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    return {};
}

Result<void> ServerConnection::Machine::handle(Message message, base::Instant now) {
    switch (message.type) {
        case MessageType::audio:
        case MessageType::video: handle_media(std::move(message), now); return {};
        case MessageType::amf0_data:
        case MessageType::amf3_data: handle_data(message); return {};
        case MessageType::aggregate: return handle_aggregate(message, now);
        case MessageType::amf0_command:
        case MessageType::amf3_command: return handle_command(message, now);
        default: return handle_control(message);
    }
}

/// Types that are not known, and shared objects, are passed over.
Result<void> ServerConnection::Machine::handle_control(const Message& message) {
    base::ByteReader body(message.payload);
    if (message.type == MessageType::set_chunk_size) {
        return reader_.set_chunk_size(TRY(body.u32()));
    }
    if (message.type == MessageType::abort) {
        reader_.abort(TRY(body.u32()));
    } else if (message.type == MessageType::window_acknowledgement_size) {
        window_ = std::max(TRY(body.u32()), static_cast<std::uint32_t>(limits_.smallest_window.bytes()));
    } else if (message.type == MessageType::user_control) {
        if (TRY(body.u16()) == std::to_underlying(UserControl::ping_request)) {
            out_.user_control(UserControl::ping_response, TRY(body.u32()));
        }
    }
    return {};
}

void ServerConnection::Machine::handle_media(Message message, base::Instant now) {
    if (!is_publishing() || message.payload.empty()) {
        return;
    }
    since_ = now;
    const media::Kind kind = message.type == MessageType::audio ? media::Kind::audio : media::Kind::video;
    events_.push(Media{kind, message.timestamp, std::move(message.payload)});
}

void ServerConnection::Machine::handle_data(const Message& message) {
    if (is_publishing()) {
        if (auto body = metadata_body(message)) {
            events_.push(Metadata{message.timestamp, *std::move(body)});
        }
    }
}

Result<void> ServerConnection::Machine::handle_aggregate(const Message& message, base::Instant now) {
    AggregateReader parts(message);
    while (auto part = TRY(parts.next())) {
        if (part->type == MessageType::audio || part->type == MessageType::video) {
            handle_media(*std::move(part), now);
        } else if (part->type == MessageType::amf0_data) {
            handle_data(*part);
        }
    }
    return {};
}

Result<void> ServerConnection::Machine::handle_command(const Message& message, base::Instant now) {
    const Command command = TRY(parse_command(message));
    ServerDialog::Step step = dialog_.receive(command, message.stream_id, out_);
    if (auto* request = std::get_if<std::unique_ptr<const PublishRequest>>(&step)) {
        events_.push(PublishRequested{std::move(*request)});
    } else if (auto* play = std::get_if<std::unique_ptr<const PlayRequest>>(&step)) {
        events_.push(PlayRequested{std::move(*play)});
    } else if (const auto* paused = std::get_if<Paused>(&step)) {
        events_.push(*paused);
    } else if (std::holds_alternative<Unpublished>(step)) {
        since_ = now;
        events_.push(Unpublished{});
    } else if (auto* closed = std::get_if<Closed>(&step)) {
        end(std::move(*closed));
    }
    return {};
}

/// At most once per `receive`, so that no window, however small, makes a flood.
void ServerConnection::Machine::acknowledge() {
    if (handshake_ == nullptr && received_ - acknowledged_ >= window_) {
        acknowledged_ = received_;
        out_.acknowledge(static_cast<std::uint32_t>(received_));
    }
}

std::optional<base::Instant> ServerConnection::Machine::deadline() const noexcept {
    if (closed_ || dialog_.is_asking() || dialog_.phase() == Phase::playing) {
        return std::nullopt;
    }
    if (handshake_ != nullptr) {
        return since_ + limits_.handshake;
    }
    return since_ + (dialog_.phase() == Phase::publishing ? silence_ : limits_.setup);
}

void ServerConnection::Machine::tick(base::Instant now) {
    const auto due = deadline();
    if (!due || now < *due) {
        return;
    }
    close(ErrorKind::timed_out, handshake_ != nullptr ? "the client did not finish the handshake in time"
                                : dialog_.phase() == Phase::publishing ? "the publisher sent no media for too long"
                                                                       : "the client did not publish or play in time");
}

void ServerConnection::Machine::accept_publish(base::Duration silence, base::Instant now) {
    if (closed_ || dialog_.phase() != Phase::asking) {
        return;
    }
    silence_ = silence;
    since_ = now;
    reader_.allow_media(limits_);
    dialog_.accept_publish(out_);
    take_held(now);
}

void ServerConnection::Machine::accept_play(base::Instant now) {
    if (closed_ || dialog_.phase() != Phase::asking_to_play) {
        return;
    }
    since_ = now;
    reader_.expect_little(limits_);
    dialog_.accept_play(out_);
    take_held(now);
}

void ServerConnection::Machine::take_held(base::Instant now) {
    const std::vector<std::uint8_t> held = std::exchange(held_, {});
    take(held, now);
}

void ServerConnection::Machine::resume(base::Instant now) {
    if (is_publishing()) {
        since_ = now;
    }
}

void ServerConnection::Machine::refuse(Refusal refusal, std::string_view text) {
    if (closed_ || !dialog_.is_asking()) {
        return;
    }
    dialog_.refuse(refusal, text, out_);
    events_.clear();  // media that came with the request
    end({ErrorKind::refused, std::string(text)});
}

void ServerConnection::Machine::end_play(std::string_view text) {
    if (is_playing()) {
        say_play_ends(text, out_);
        end({ErrorKind::closed, std::string(text)});
    }
}

void ServerConnection::Machine::close(ErrorKind kind, std::string_view text) {
    if (!closed_) {
        dialog_.say_goodbye(text, out_);
        end({kind, std::string(text)});
    }
}

void ServerConnection::Machine::end(Closed closed) {
    closed_ = true;
    handshake_.reset();
    reader_ = ChunkReader(limits_);
    held_ = {};
    events_.push(std::move(closed));
}

ServerConnection::ServerConnection(const Options& options, base::Instant now)
    : machine_(std::make_unique<Machine>(options, now)) {}
ServerConnection::ServerConnection(ServerConnection&&) noexcept = default;
ServerConnection::~ServerConnection() = default;

void ServerConnection::receive(base::ByteView bytes, base::Instant now) { machine_->receive(bytes, now); }
void ServerConnection::tick(base::Instant now) { machine_->tick(now); }
std::optional<Event> ServerConnection::next_event() { return machine_->next_event(); }
base::Bytes ServerConnection::take_output() { return machine_->take_output(); }
std::optional<base::Instant> ServerConnection::deadline() const noexcept { return machine_->deadline(); }
void ServerConnection::accept_publish(base::Duration silence, base::Instant now) {
    machine_->accept_publish(silence, now);
}
void ServerConnection::accept_play(base::Instant now) { machine_->accept_play(now); }
void ServerConnection::refuse(Refusal refusal, std::string_view text) { machine_->refuse(refusal, text); }
void ServerConnection::end_play(std::string_view text) { machine_->end_play(text); }
void ServerConnection::resume(base::Instant now) { machine_->resume(now); }
void ServerConnection::close(ErrorKind kind, std::string_view text) { machine_->close(kind, text); }
bool ServerConnection::is_publishing() const noexcept { return machine_->is_publishing(); }
bool ServerConnection::is_playing() const noexcept { return machine_->is_playing(); }
bool ServerConnection::is_player() const noexcept { return machine_->is_player(); }
std::uint64_t ServerConnection::received_bytes() const noexcept { return machine_->received_bytes(); }

}  // namespace weir::proto::rtmp
