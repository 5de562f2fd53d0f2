#include "proto/rtsp/server_dialog.hpp"

#include "proto/rtsp/address.hpp"
#include "proto/rtsp/syntax.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::proto::rtsp {

using base::ErrorKind;
using Lower = Transport::Lower;

namespace {

constexpr std::string_view methods =
    "OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER";
constexpr std::string_view realm = "weir";
constexpr std::size_t longest_sequence = 10;  // digits of CSeq
constexpr std::size_t longest_client = 64;

/// In the order of `Refusal`.
constexpr std::array<std::uint16_t, 6> refusal_status{400, 403, 404, 415, 461, 503};

std::string printable(std::string_view text) {
    std::string clean;
    for (const char c : text.substr(0, longest_client))
        if (c >= 0x20 && c < 0x7f) clean += c;
    return clean;
}

/// What a player's controls stand behind: the address without its query and without a track.
std::string base_of_player(std::string_view address) {
    std::string_view plain = address.substr(0, address.find('?'));
    while (plain.ends_with('/')) plain.remove_suffix(1);
    const std::size_t slash = plain.rfind('/');
    if (slash != std::string_view::npos && plain.substr(slash).contains('=')) plain = plain.substr(0, slash);
    return std::string(plain) + '/';
}

std::uint16_t status_of(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::unsupported: return 505;
        case ErrorKind::refused: return 403;
        case ErrorKind::timed_out: return 400;
        case ErrorKind::internal:
        case ErrorKind::io: return 503;
        default: return 400;
    }
}

}  // namespace

/// What a method needs, and what answers it.
struct ServerDialog::Row {
    std::string_view name;
    void (ServerDialog::*answer)(EventQueue<Event>& events);
    std::initializer_list<Phase> phases;  ///< empty: all
    std::string_view otherwise;           ///< said in the others
};

const ServerDialog::Row ServerDialog::rows[] = {
    {"OPTIONS", &ServerDialog::options, {}, {}},
    {"ANNOUNCE", &ServerDialog::announce, {Phase::idle}, "there is a session on this connection already"},
    {"DESCRIBE",
     &ServerDialog::describe,
     {Phase::idle, Phase::described},
     "there is a session on this connection already"},
    {"SETUP",
     &ServerDialog::set_up_track,
     {Phase::idle, Phase::described, Phase::announced},
     "tracks cannot be set up once the session has begun"},
    {"RECORD", &ServerDialog::start, {Phase::announced, Phase::recording}, "nothing was announced"},
    {"PLAY", &ServerDialog::start, {Phase::described, Phase::playing}, "nothing was set up to be played"},
    {"PAUSE", &ServerDialog::pause, {Phase::playing, Phase::recording}, "nothing plays and nothing is recorded"},
    {"TEARDOWN", &ServerDialog::tear_down, {}, {}},
    {"GET_PARAMETER", &ServerDialog::say_parameter, {}, {}},
    {"SET_PARAMETER", &ServerDialog::set_parameter, {}, {}},
};

void ServerDialog::receive(Request request, EventQueue<Event>& events) {
    request_ = std::move(request);
    const auto row = std::ranges::find(rows, request_.method, &Row::name);
    if (row == std::end(rows)) return say_error(501, "the method is not known");
    if (check(*row)) (this->*row->answer)(events);
}

/// What all requests have to have; false where that was answered.
bool ServerDialog::check(const Row& row) {
    const std::string_view sequence = request_.fields.find("CSeq");
    const std::string_view session = request_.fields.find("Session");
    if (sequence.empty() || sequence.size() > longest_sequence || !parse_decimal(sequence, UINT64_MAX))
        return say_error(400, "the request has no CSeq"), false;
    if (!request_.fields.find("Require").empty()) {
        Response answer = response(551);
        answer.fields.add("Unsupported", request_.fields.find("Require"));
        return say(answer), false;
    }
    if (!session.empty() && (!has_session() || trimmed(session.substr(0, session.find(';'))) != names_.session))
        return say_error(454, "the session is none of this connection"), false;
    if (row.phases.size() > 0 && std::ranges::find(row.phases, phase_) == row.phases.end())
        return say_error(455, row.otherwise), false;
    return true;
}

void ServerDialog::options(EventQueue<Event>& /*events*/) {
    Response answer = response(200);
    answer.fields.add("Public", methods);
    say(answer);
}

Visitor ServerDialog::visitor_of(const std::string& token, const base::StreamId& stream) const {
    Visitor visitor{.stream = stream, .token = token};
    visitor.credentials = parse_credentials(request_.fields.find("Authorization"), request_.method);
    if (visitor.credentials && visitor.credentials->scheme == Challenge::Scheme::digest &&
        (visitor.credentials->nonce != names_.nonce || visitor.credentials->realm != realm))
        visitor.credentials.reset();
    visitor.client = printable(request_.fields.find("User-Agent"));
    return visitor;
}

void ServerDialog::announce(EventQueue<Event>& events) {
    auto address = parse_address(request_.address);
    if (!address) return say_error(404, address.error().text);
    if (!address->rung.empty())
        return say_error(404, "the address has too many parts: a stream is rtsp://HOST/APP/NAME");
    if (request_.body.empty() || !starts_ignoring_case(request_.fields.find("Content-Type"), "application/sdp"))
        return say_error(415, "an ANNOUNCE describes its media: Content-Type is application/sdp");
    auto request = std::make_unique<PublishRequest>();
    request->visitor = visitor_of(address->token, address->stream);
    request->description = std::move(request_.body);
    request->is_backup = address->is_backup;
    is_publisher_ = true;
    asking_ = Asking::publish;
    events.push(PublishRequested{std::move(request)});
}

void ServerDialog::accept_publish(std::vector<TrackOffer> tracks) {
    asking_ = Asking::nothing;
    phase_ = Phase::announced;
    base_ = request_.address;
    tracks_ = std::move(tracks);
    controls_.clear();
    for (const TrackOffer& track : tracks_) controls_.push_back(track.control);
    say(response(200));
}

void ServerDialog::describe(EventQueue<Event>& events) {
    const std::string_view accepted = request_.fields.find("Accept");
    if (!accepted.empty() && !accepted.contains("application/sdp") && !accepted.contains("*/*"))
        return say_error(415, "a stream is described in application/sdp");
    if (has_session()) return say_error(455, "there is a session on this connection already");
    ask_to_play(events);
}

void ServerDialog::ask_to_play(EventQueue<Event>& events) {
    auto address = parse_address(request_.address);
    if (!address) return say_error(404, address.error().text);
    auto request = std::make_unique<PlayRequest>();
    request->visitor = visitor_of(address->token, address->stream);
    request->rung = std::move(address->rung);
    is_publisher_ = false;
    asking_ = Asking::play;
    events.push(PlayRequested{std::move(request)});
}

void ServerDialog::accept_play(std::string description, std::vector<TrackOffer> tracks, EventQueue<Event>& events) {
    asking_ = Asking::nothing;
    phase_ = Phase::described;
    base_ = base_of_player(request_.address);
    tracks_ = std::move(tracks);
    controls_.clear();
    for (const TrackOffer& track : tracks_) controls_.push_back(track.control);
    if (request_.method == "SETUP") return set_up_track(events);
    Response answer = response(200);
    answer.fields.add("Content-Base", base_).add("Content-Type", "application/sdp");
    answer.body = std::move(description);
    say(answer);
}

void ServerDialog::set_up_track(EventQueue<Event>& events) {
    if (phase_ == Phase::idle) return ask_to_play(events);
    const auto track = find_control(request_.address, base_, controls_);
    if (!track) return say_error(404, "the stream has no such track");
    if (std::ranges::find(set_up_, *track, &TrackSetup::track) != set_up_.end())
        return say_error(455, "the track is set up already");
    auto transport = choose(request_.fields.find("Transport"));
    if (!transport)
        return say_error(461, "tracks go over RTP/AVP/TCP, or RTP/AVP unicast with client_port, and all the same way");
    if (transport->lower == Lower::udp) {
        wanted_ = {*track, *transport};
        asking_ = Asking::datagrams;
        events.push(DatagramsRequested{*track, *transport->client_ports});
        return;
    }
    if (tracks_[*track].channels) transport->channels = tracks_[*track].channels;
    else if (!transport->channels) transport->channels = free_channels();
    if (transport->channels->rtp == transport->channels->rtcp || !is_channel_free(transport->channels->rtp) ||
        !is_channel_free(transport->channels->rtcp))
        return say_error(400, "the interleaved channels are those of another track");
    settle_track(*track, *transport);
}

/// The first that is served, and goes the way of the tracks before.
std::optional<Transport> ServerDialog::choose(std::string_view offers) const {
    for (Transport& offer : parse_transports(offers)) {
        if (offer.is_secure || offer.is_multicast) continue;
        if (has_session() && set_up_.front().transport.lower != offer.lower) continue;
        if (offer.lower == Lower::udp && (!offer.client_ports || offer.client_ports->rtp == 0)) continue;
        return std::move(offer);
    }
    return std::nullopt;
}

bool ServerDialog::is_channel_free(std::uint16_t channel) const noexcept {
    return std::ranges::none_of(set_up_, [channel](const TrackSetup& other) {
        const auto& taken = other.transport.channels;
        return taken && (taken->rtp == channel || taken->rtcp == channel);
    });
}

Pair ServerDialog::free_channels() const noexcept {
    std::uint16_t channel = 0;
    while (!is_channel_free(channel) || !is_channel_free(channel + 1)) channel += 2;
    return {channel, static_cast<std::uint16_t>(channel + 1)};
}

void ServerDialog::accept_datagrams(const Pair& server_ports) {
    asking_ = Asking::nothing;
    wanted_.transport.server_ports = server_ports;
    settle_track(wanted_.track, wanted_.transport);
}

void ServerDialog::settle_track(std::size_t track, const Transport& transport) {
    Transport settled{.lower = transport.lower,
                      .channels = transport.lower == Lower::tcp ? transport.channels : std::nullopt,
                      .client_ports = transport.lower == Lower::udp ? transport.client_ports : std::nullopt,
                      .server_ports = transport.server_ports};
    if (is_publisher_) settled.mode = "record";
    set_up_.push_back({track, settled});
    Response answer = response(200);
    answer.fields.add("Transport", print(settled));
    say(answer);
}

/// RECORD, PLAY; and either again, after a pause.
void ServerDialog::start(EventQueue<Event>& events) {
    if (!has_session()) return say_error(455, "no track is set up");
    if (phase_ == Phase::recording || phase_ == Phase::playing) {
        if (phase_ == Phase::playing && is_paused_) events.push(Paused{false});
        is_paused_ = false;
        return say(response(200));
    }
    asking_ = Asking::start;
    events.push(StartRequested{});
}

void ServerDialog::accept_start() {
    asking_ = Asking::nothing;
    phase_ = is_publisher_ ? Phase::recording : Phase::playing;
    Response answer = response(200);
    if (!is_publisher_) answer.fields.add("Range", "npt=now-");
    say(answer);
}

void ServerDialog::pause(EventQueue<Event>& events) {
    if (phase_ == Phase::playing && !is_paused_) events.push(Paused{true});
    is_paused_ = true;
    say(response(200));
}

void ServerDialog::tear_down(EventQueue<Event>& events) {
    say(response(200));
    is_over_ = true;
    events.push(Closed{ErrorKind::closed, is_publisher_ ? "the publisher said goodbye" : "the player said goodbye"});
}

/// Asked for nothing it says that the session lives; there are no parameters.
void ServerDialog::say_parameter(EventQueue<Event>& /*events*/) { say(response(200)); }

void ServerDialog::set_parameter(EventQueue<Event>& /*events*/) {
    if (!request_.body.empty()) return say_error(451, "there are no parameters to set");
    say(response(200));
}

void ServerDialog::refuse(Refusal refusal, std::string_view text) {
    if (std::exchange(asking_, Asking::nothing) == Asking::nothing) return;
    say_error(refusal_status[std::to_underlying(refusal)], text);
}

bool ServerDialog::ask_password(std::string_view text) {
    if (std::exchange(asking_, Asking::nothing) == Asking::nothing) return true;
    const bool has_tried = !request_.fields.find("Authorization").empty();
    if (has_tried && ++attempts_ >= limits_.attempts) return say_error(403, text), false;
    Response answer = response(401);
    answer.reason.append(": ").append(text);
    for (const Challenge::Scheme scheme : {Challenge::Scheme::digest, Challenge::Scheme::basic})
        answer.fields.add("WWW-Authenticate",
                          print(Challenge{.scheme = scheme, .realm = std::string(realm), .nonce = names_.nonce}));
    say(answer);
    return true;
}

void ServerDialog::say_broken(ErrorKind kind, std::string_view text) {
    const bool was_asking = std::exchange(asking_, Asking::nothing) != Asking::nothing;
    is_over_ = true;
    if (!was_asking) request_ = {};
    say_error(status_of(kind), text);
}

Response ServerDialog::response(std::uint16_t status) const {
    Response answer{.status = status, .reason = std::string(reason_of(status))};
    const std::string_view sequence = request_.fields.find("CSeq");
    if (!sequence.empty() && sequence.size() <= longest_sequence) answer.fields.add("CSeq", sequence);
    answer.fields.add("Server", "Weir");
    if (has_session()) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limits_.session).count();
        answer.fields.add("Session", names_.session + ";timeout=" + std::to_string(seconds));
    }
    return answer;
}

/// The words go where clients show them: in the reason; and in a body for those that show that.
void ServerDialog::say_error(std::uint16_t status, std::string_view text) {
    Response answer = response(status);
    answer.reason.append(": ").append(text);
    answer.fields.add("Content-Type", "text/plain");
    if (status == 501) answer.fields.add("Allow", methods);
    answer.body = std::string(text) + '\n';
    say(answer);
}

}  // namespace weir::proto::rtsp
