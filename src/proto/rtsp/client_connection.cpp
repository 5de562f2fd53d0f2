#include "proto/rtsp/client_connection.hpp"

#include "proto/rtsp/address.hpp"
#include "proto/rtsp/event_queue.hpp"
#include "proto/rtsp/reader.hpp"
#include "proto/rtsp/syntax.hpp"

#include <algorithm>
#include <utility>

namespace weir::proto::rtsp {

using base::ErrorKind;
using base::Result;
using Lower = Transport::Lower;

namespace {

constexpr base::Duration shortest_session = std::chrono::seconds(10);
constexpr std::size_t longest_quote = 160;

/// "404 Not Found: no such camera", fit for a log.
std::string quote(const Response& response) {
    std::string words = std::to_string(response.status) + ' ';
    for (const char c : std::string_view(response.reason).substr(0, longest_quote))
        words += c >= 0x20 && c < 0x7f ? c : '?';
    return words;
}

/// The timestamps of RTP-Info (12.33), by the tracks' addresses.
std::vector<std::optional<std::uint32_t>> timestamps_of(std::string_view info, std::span<const std::string> addresses) {
    std::vector<std::optional<std::uint32_t>> times(addresses.size());
    for (std::size_t number = 0; !info.empty(); ++number) {
        std::string_view entry = take_element(info, ',');
        std::size_t track = number;
        std::optional<std::uint64_t> time;
        while (!entry.empty()) {
            const Parameter parameter = parse_parameter(take_element(entry, ';'));
            if (equals_ignoring_case(parameter.name, "rtptime")) time = parse_decimal(parameter.value, UINT32_MAX);
            if (!equals_ignoring_case(parameter.name, "url")) continue;
            const std::string_view named = path_of(parameter.value);
            const auto known = std::ranges::find_if(addresses, [named](const std::string& one) {
                const std::string_view path = path_of(one);
                return !named.empty() && (path == named || path.ends_with('/' + std::string(named)));
            });
            if (known != addresses.end()) track = static_cast<std::size_t>(known - addresses.begin());
        }
        if (time && track < times.size()) times[track] = static_cast<std::uint32_t>(*time);
    }
    return times;
}

}  // namespace

class ClientConnection::Machine {
  public:
    Machine(Options options, base::Instant now)
        : options_(std::move(options)), reader_(options_.limits), base_(options_.address), since_(now), said_(now) {
        lower_ = options_.lower;
        say("OPTIONS", options_.address);
    }

    void receive(base::ByteView bytes, base::Instant now);
    void tick(base::Instant now);
    void set_up(std::vector<TrackOffer> tracks, base::Instant now);
    void use_ports(const Pair& ports, base::Instant now);
    void finish();
    void close(ErrorKind kind, std::string_view text);
    [[nodiscard]] std::optional<base::Instant> deadline() const noexcept;

    void heard(base::Instant now) noexcept { since_ = std::max(since_, now); }
    [[nodiscard]] std::optional<ClientEvent> next_event() { return events_.pop(); }
    [[nodiscard]] std::string take_output() { return std::exchange(out_, {}); }
    [[nodiscard]] bool is_started() const noexcept { return !is_closed_ && step_ == Step::started; }
    [[nodiscard]] std::span<const TrackSetup> tracks() const noexcept { return tracks_; }

  private:
    enum class Step : std::uint8_t { options, describe, announce, asking, set_up, start, started };

    void handle(Response response, base::Instant now);
    void handle(const Request& request);
    void handle(Frame frame, base::Instant now);
    void take_answer(Response response);
    void take_options(const Response& response);
    void take_description(Response response);
    void take_setup(const Response& response);
    void take_start(const Response& response);
    void set_up_next();
    void say_setup();
    void say(std::string_view method, std::string address, Fields fields = {}, std::string body = {});
    [[nodiscard]] bool say_again(const Response& response);
    [[nodiscard]] base::Duration keep_alive() const noexcept { return session_time_ / 2; }

    Options options_;
    Reader reader_;
    Step step_ = Step::options;
    std::string base_;  ///< what relative controls stand behind
    Lower lower_ = Lower::tcp;
    bool has_parameters_ = false;  ///< the server knows GET_PARAMETER
    std::optional<Challenge> challenge_;
    std::uint32_t answers_ = 0;  ///< given to it
    bool has_answered_ = false;  ///< the request that is under way
    std::string session_;
    base::Duration session_time_ = std::chrono::seconds(60);
    Request request_;  ///< the newest
    std::uint32_t sequence_ = 0;
    std::uint32_t awaited_ = 0;           ///< the response that the step waits for; what keeps alive has others
    std::vector<TrackOffer> wishes_;      ///< the tracks to set up
    std::vector<std::string> addresses_;  ///< theirs
    std::vector<TrackSetup> tracks_;
    Transport wanted_;
    base::Instant since_;  ///< the server was last heard of
    base::Instant said_;   ///< something was last said to it
    EventQueue<ClientEvent> events_;
    std::string out_;
    bool is_closed_ = false;
};

void ClientConnection::Machine::receive(base::ByteView bytes, base::Instant now) {
    while (!is_closed_) {
        auto item = reader_.next(bytes);
        if (!item) return close(item.error().kind, item.error().text);
        if (!*item) return;
        since_ = now;
        if (auto* response = std::get_if<Response>(&**item)) handle(std::move(*response), now);
        else if (auto* frame = std::get_if<Frame>(&**item)) handle(std::move(*frame), now);
        else handle(std::get<Request>(**item));
    }
}

/// Servers ask whether we live.
void ClientConnection::Machine::handle(const Request& request) {
    Response answer{.status = 200, .reason = "OK"};
    if (const std::string_view sequence = request.fields.find("CSeq"); !sequence.empty())
        answer.fields.add("CSeq", sequence);
    write(answer, out_);
}

void ClientConnection::Machine::handle(Frame frame, base::Instant /*now*/) {
    if (step_ != Step::started && step_ != Step::start) return;
    for (const TrackSetup& one : tracks_) {
        const auto& channels = one.transport.channels;
        if (!channels || (channels->rtp != frame.channel && channels->rtcp != frame.channel)) continue;
        return events_.push(Media{one.track, channels->rtcp == frame.channel, std::move(frame.packet)});
    }
}

void ClientConnection::Machine::handle(Response response, base::Instant now) {
    if (response.status < 200) return;
    const auto sequence = parse_decimal(response.fields.find("CSeq"), UINT32_MAX);
    if (sequence && *sequence != awaited_) return;  // to what keeps alive
    said_ = now;
    take_answer(std::move(response));
}

void ClientConnection::Machine::take_answer(Response response) {
    if (step_ == Step::asking || step_ == Step::started) return;
    if (response.status == 401 && say_again(response)) return;
    if (response.status == 461 && step_ == Step::set_up && tracks_.empty() && lower_ == options_.lower) {
        lower_ = lower_ == Lower::udp ? Lower::tcp : Lower::udp;
        return set_up_next();
    }
    // Some do not know OPTIONS.
    if (response.status >= 300 && step_ != Step::options) {
        const bool is_denied = response.status == 401 || response.status == 403;
        return close(is_denied                ? ErrorKind::refused
                     : response.status == 404 ? ErrorKind::not_found
                                              : ErrorKind::closed,
                     "the server answers " + request_.method + " with " + quote(response));
    }
    switch (step_) {
        case Step::options: return take_options(response);
        case Step::describe: return take_description(std::move(response));
        case Step::announce: step_ = Step::asking; return events_.push(TracksRequested{});
        case Step::set_up: return take_setup(response);
        case Step::start: return take_start(response);
        case Step::asking:
        case Step::started: return;
    }
}

/// The same request with an answer to the server's challenge; false when that has been tried, or there is none.
bool ClientConnection::Machine::say_again(const Response& response) {
    auto challenge = choose_challenge(response.fields);
    if (!challenge || has_answered_ || options_.login.user.empty()) return false;
    challenge_ = std::move(challenge);
    answers_ = 0;
    Request again = std::move(request_);
    Fields fields;
    for (const Field& field : again.fields.all())
        if (field.name != "CSeq" && field.name != "Authorization" && field.name != "Session" &&
            field.name != "User-Agent")
            fields.add(field.name, field.value);
    say(again.method, std::move(again.address), std::move(fields), std::move(again.body));
    has_answered_ = true;
    return true;
}

void ClientConnection::Machine::take_options(const Response& response) {
    has_parameters_ = response.fields.find("Public").contains("GET_PARAMETER");
    if (options_.purpose == Purpose::play) {
        step_ = Step::describe;
        return say("DESCRIBE", options_.address, Fields().add("Accept", "application/sdp"));
    }
    step_ = Step::announce;
    say("ANNOUNCE", options_.address, Fields().add("Content-Type", "application/sdp"), options_.description);
}

void ClientConnection::Machine::take_description(Response response) {
    for (const char* name : {"Content-Base", "Content-Location"})
        if (const std::string_view base = response.fields.find(name); !base.empty() && is_address_text(base)) {
            base_ = base;
            break;
        }
    step_ = Step::asking;
    events_.push(TracksRequested{std::move(response.body)});
}

void ClientConnection::Machine::set_up(std::vector<TrackOffer> tracks, base::Instant now) {
    if (is_closed_ || step_ != Step::asking) return;
    said_ = now;
    wishes_ = std::move(tracks);
    addresses_.clear();
    for (const TrackOffer& track : wishes_) addresses_.push_back(join_control(base_, track.control));
    step_ = Step::set_up;
    set_up_next();
}

void ClientConnection::Machine::set_up_next() {
    if (tracks_.size() == addresses_.size()) {
        step_ = Step::start;
        if (options_.purpose == Purpose::publish)
            return say("RECORD", options_.address, Fields().add("Range", "npt=0-"));
        return say("PLAY", base_, Fields().add("Range", "npt=0-"));
    }
    wanted_ = {.lower = lower_};
    if (options_.purpose == Purpose::publish) wanted_.mode = "record";
    if (lower_ == Lower::udp) return events_.push(PortsRequested{tracks_.size()});
    const auto channel = static_cast<std::uint16_t>(2 * tracks_.size());
    wanted_.channels =
        wishes_[tracks_.size()].channels.value_or(Pair{channel, static_cast<std::uint16_t>(channel + 1)});
    say_setup();
}

void ClientConnection::Machine::use_ports(const Pair& ports, base::Instant now) {
    if (is_closed_ || step_ != Step::set_up || lower_ != Lower::udp) return;
    said_ = now;
    wanted_.client_ports = ports;
    say_setup();
}

void ClientConnection::Machine::say_setup() {
    say("SETUP", addresses_[tracks_.size()], Fields().add("Transport", print(wanted_)));
}

/// What the server does not say is as it was asked for.
void ClientConnection::Machine::take_setup(const Response& response) {
    Transport agreed = wanted_;
    const auto offers = parse_transports(response.fields.find("Transport"));
    if (!offers.empty()) {
        if (offers.front().lower != wanted_.lower)
            return close(ErrorKind::unsupported, "the server chose another transport");
        if (offers.front().channels) agreed.channels = offers.front().channels;
        agreed.server_ports = offers.front().server_ports;
        agreed.source = offers.front().source;
        agreed.ssrc = offers.front().ssrc;
    }
    std::string_view session = response.fields.find("Session");
    const std::string_view id = take_element(session, ';');
    if (session_.empty()) session_ = id;
    while (!session.empty()) {
        const Parameter parameter = parse_parameter(take_element(session, ';'));
        if (!equals_ignoring_case(parameter.name, "timeout")) continue;
        if (const auto seconds = parse_decimal(parameter.value, 86'400))
            session_time_ = std::max<base::Duration>(shortest_session, std::chrono::seconds(*seconds));
    }
    tracks_.push_back({tracks_.size(), std::move(agreed)});
    set_up_next();
}

void ClientConnection::Machine::take_start(const Response& response) {
    step_ = Step::started;
    events_.push(Started{timestamps_of(response.fields.find("RTP-Info"), addresses_)});
}

void ClientConnection::Machine::say(std::string_view method, std::string address, Fields fields, std::string body) {
    fields.add("CSeq", std::to_string(++sequence_)).add("User-Agent", "Weir");
    if (!session_.empty()) fields.add("Session", session_);
    if (challenge_)
        fields.add("Authorization",
                   print(answer(*challenge_, options_.login, method, address, ++answers_, options_.filler)));
    request_ = {std::string(method), std::move(address), std::move(fields), std::move(body)};
    awaited_ = sequence_;
    has_answered_ = false;
    write(request_, out_);
}

std::optional<base::Instant> ClientConnection::Machine::deadline() const noexcept {
    if (is_closed_) return std::nullopt;
    if (step_ == Step::started) return std::min(said_ + keep_alive(), since_ + session_time_);
    return said_ + options_.limits.setup;
}

void ClientConnection::Machine::tick(base::Instant now) {
    if (is_closed_) return;
    if (step_ != Step::started) {
        if (now >= said_ + options_.limits.setup) close(ErrorKind::timed_out, "the server did not answer in time");
        return;
    }
    if (now >= since_ + session_time_) return close(ErrorKind::timed_out, "the server was not heard of for too long");
    if (now < said_ + keep_alive()) return;
    said_ = now;
    say(has_parameters_ ? "GET_PARAMETER" : "OPTIONS", base_);
}

void ClientConnection::Machine::finish() {
    if (is_closed_) return;
    if (!session_.empty()) say("TEARDOWN", options_.purpose == Purpose::play ? base_ : options_.address);
    close(ErrorKind::closed, "we said goodbye");
}

void ClientConnection::Machine::close(ErrorKind kind, std::string_view text) {
    if (std::exchange(is_closed_, true)) return;
    events_.push(ClientClosed{kind, std::string(text)});
}

ClientConnection::ClientConnection(Options options, base::Instant now)
    : machine_(std::make_unique<Machine>(std::move(options), now)) {}
ClientConnection::ClientConnection(ClientConnection&&) noexcept = default;
ClientConnection::~ClientConnection() = default;

void ClientConnection::receive(base::ByteView bytes, base::Instant now) { machine_->receive(bytes, now); }
void ClientConnection::tick(base::Instant now) { machine_->tick(now); }
std::optional<ClientEvent> ClientConnection::next_event() { return machine_->next_event(); }
base::Bytes ClientConnection::take_output() {
    const std::string output = machine_->take_output();
    return output.empty() ? base::Bytes() : base::Bytes::copy_of(output);
}
std::optional<base::Instant> ClientConnection::deadline() const noexcept { return machine_->deadline(); }
void ClientConnection::set_up(std::vector<TrackOffer> tracks, base::Instant now) {
    machine_->set_up(std::move(tracks), now);
}
void ClientConnection::use_ports(const Pair& ports, base::Instant now) { machine_->use_ports(ports, now); }
void ClientConnection::heard(base::Instant now) noexcept { machine_->heard(now); }
void ClientConnection::finish() { machine_->finish(); }
void ClientConnection::close(ErrorKind kind, std::string_view text) { machine_->close(kind, text); }
bool ClientConnection::is_started() const noexcept { return machine_->is_started(); }
std::span<const TrackSetup> ClientConnection::tracks() const noexcept { return machine_->tracks(); }

}  // namespace weir::proto::rtsp
