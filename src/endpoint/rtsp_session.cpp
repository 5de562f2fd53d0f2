#include "endpoint/rtsp_session.hpp"

#include "base/clock.hpp"
#include "config/streams.hpp"
#include "endpoint/rtsp_names.hpp"
#include "net/endpoint_text.hpp"
#include "proto/rtsp/reader.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <source_location>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace rtp = format::rtp;
namespace rtsp = proto::rtsp;
using base::ErrorKind;
using Lower = rtsp::Transport::Lower;

namespace {

// How long a peer may take to read why the connection ends.
constexpr base::Duration patience = std::chrono::seconds(1);
// How long a session looks away while memory is full.
constexpr base::Duration memory_pause = std::chrono::milliseconds(50);
// How often the ports are asked for more before others have their turn.
constexpr int turns_at_once = 8;

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

RtspSession::RtspSession(net::Shard& shard, net::Transport transport, Tools tools, std::shared_ptr<RtspService> service,
                         std::string id)
    : shard_(shard),
      transport_(std::move(transport)),
      scratch_(tools.scratch),
      datagrams_(tools.datagrams),
      pause_(shard.context()),
      service_(std::move(service)),
      id_(std::move(id)),
      log_(service_->around.log.with({.session = id_})),
      machine_({.session = random_session_name(), .nonce = random_session_name()}, base::read_clocks().instant) {
    boost::system::error_code ignored;
    asio::ip::tcp::socket& socket = transport_.socket();
    peer_ = socket.remote_endpoint(ignored);
    socket.non_blocking(true, ignored);
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    pause_.expires_at(base::Instant::min());
    service_->counts.connections.add();
}

RtspSession::~RtspSession() {
    *alive_ = false;
    leave("the connection was lost", base::read_clocks());
    service_->counts.connections.subtract();
    if (!is_handed_over_) service_->counts.closed.add();
}

asio::awaitable<void> RtspSession::run(std::shared_ptr<RtspSession> self) {
    try {
        while (co_await self->read()) {}
        while (co_await self->discard()) {}
    } catch (const std::exception& bug) {
        self->log_.error("the session failed", {{"error", bug.what()}});
    }
    self->close();
}

// One read and what follows from it; false when the conversation is over.
asio::awaitable<bool> RtspSession::read() {
    boost::system::error_code error;
    hold_back(base::read_clocks());
    while (!over_ && is_paused(base::read_clocks().instant)) {
        boost::system::error_code woken;
        co_await pause_.async_wait(redirect(woken));
        hold_back(base::read_clocks());
        machine_.resume(base::read_clocks().instant);
    }
    if (over_) co_return false;
    co_await transport_.socket().async_wait(asio::ip::tcp::socket::wait_read, redirect(error));
    if (over_) co_return false;
    if (service_->around.registry.memory().is_full()) co_return true;
    const net::Transport::Received received = transport_.receive(scratch_);
    const base::Now now = base::read_clocks();
    if (error || received.is_over) {
        if (const net::TlsChannel* tls = transport_.tls(); tls != nullptr && !tls->failure().empty())
            log_.debug("TLS failed", {{"peer", net::print_endpoint(peer_)}, {"reason", tls->failure()}});
        end("the connection was lost", now);
        close();
        co_return false;
    }
    if (received.size == 0) co_return true;
    service_->counts.received_bytes.add(received.size);
    machine_.receive(received.bytes, now.instant);
    drain(now);
    co_return !over_;
}

// A source ahead of real time is held back, and everybody while memory is full: TCP does the rest.
void RtspSession::hold_back(base::Now now) {
    if (over_ || waiting_) return;
    base::Duration pause{};
    if (contribution_ != nullptr) pause = contribution_->pause(now);
    else if (service_->around.registry.memory().is_full()) pause = memory_pause;
    if (pause > base::Duration{} && pause_.expiry() < now.instant + pause) pause_.expires_at(now.instant + pause);
}

// Closing a socket with unread bytes resets the connection, and the peer never reads why it ends: so what it still sends is
// read and dropped until it closes too, or the tick loses patience.
asio::awaitable<bool> RtspSession::discard() {
    boost::system::error_code error;
    co_await transport_.socket().async_wait(asio::ip::tcp::socket::wait_read, redirect(error));
    co_return !error && !transport_.receive(scratch_).is_over;
}

void RtspSession::tick(base::Now now) {
    if (over_) {
        flush();
        if (now.instant >= over_at_ + patience) close();
        return;
    }
    const bool is_held_back = is_paused(now.instant);
    if (!is_held_back) machine_.tick(now.instant);
    if (source_ != nullptr) source_->tick(now);
    drain(now);
    if (over_ || contribution_ == nullptr) return;
    contribution_->tick(now, is_held_back);
    report(now);
}

// Everything that the machine has to tell, then the media that came of it, then what it has to say.
void RtspSession::drain(base::Now now) {
    draining_ = true;
    while (auto event = machine_.next_event()) std::visit([&](auto& one) { handle(one, now); }, *event);
    draining_ = false;
    pass_media(now);
    flush();
    if (!place_ || over_ || viewing_ != nullptr) return;
    if (legs_ == nullptr) hand_over(now);
    else send_datagrams();
}

void RtspSession::handle(rtsp::PublishRequested& event, base::Now now) {
    const rtsp::Visitor& visitor = event.request->visitor;
    log_ = service_->around.log.with({.stream = visitor.stream.text(), .session = id_});
    const config::ConfigRef config = service_->around.config.get(shard_);
    const std::string token = token_of(visitor, config->auth.keys);
    if (const auto allowed = service_->around.access(*config, peer_.address(), token); !allowed) {
        const bool is_asked = config->auth.publish == config::PublishAccess::key && token.empty();
        if (!is_asked || visitor.credentials)
            log_.warning("publisher refused", {{"peer", net::print_endpoint(peer_)}, {"reason", allowed.error().text}});
        service_->counts.refused.add();
        if (is_asked) return machine_.ask_password(allowed.error().text, now.instant);
        return machine_.refuse(rtsp::Refusal::denied, allowed.error().text, now.instant);
    }
    auto sections = parse_description(event.request->description);
    if (!sections) return refuse(rtsp::Refusal::unsupported, sections.error().text, now);
    for (const RtspSection& section : *sections)
        if (!section.format) log_.warning("a track is left out", {{"reason", section.left_out}});
    source_ = std::make_unique<RtspSource>(*std::move(sections), service_->rtp);
    stream_ = visitor.stream;
    client_ = visitor.client;
    rank_ = event.request->is_backup ? stream::Rank::backup : stream::Rank::source;
    machine_.accept_publish(source_->offers(), now.instant);
}

void RtspSession::handle(rtsp::PlayRequested& event, base::Now now) {
    log_ = service_->around.log.with({.stream = event.request->visitor.stream.text(), .session = id_});
    auto found = find_play(*service_, *event.request);
    if (!found) {
        log_.debug("player refused", {{"peer", net::print_endpoint(peer_)}, {"reason", found.error().text}});
        service_->counts.refused.add();
        return machine_.refuse(found.error().refusal, found.error().text, now.instant);
    }
    asked_ = now.instant;
    client_ = event.request->visitor.client;
    play_ = *std::move(found);
    machine_.accept_play(play_->description, play_->tracks, now.instant);
}

void RtspSession::handle(rtsp::DatagramsRequested& event, base::Now now) {
    constexpr std::string_view in_the_clear = "over TLS tracks go over the connection: RTP/AVP/TCP";
    if (transport_.tls() != nullptr) return machine_.refuse(rtsp::Refusal::transport, in_the_clear, now.instant);
    if (legs_ == nullptr) {
        boost::system::error_code ignored;
        const asio::ip::address local = transport_.socket().local_endpoint(ignored).address();
        legs_ = std::make_unique<RtspLegs>(shard_, service_->udp, local, peer_.address());
    }
    const auto ports = legs_->add(event.track, event.client_ports);
    if (ports) return machine_.accept_datagrams(*ports, now.instant);
    if (machine_.set_up().empty()) legs_.reset();  // the next try is over the connection
    refuse(rtsp::Refusal::transport, ports.error().text, now);
}

void RtspSession::handle(rtsp::Paused& event, base::Now /*now*/) {
    if (viewing_ != nullptr) viewing_->pause(event.is_paused);
}

void RtspSession::handle(rtsp::StartRequested& /*event*/, base::Now now) {
    if (machine_.is_publisher()) start_publishing(now);
    else start_playing(now);
}

void RtspSession::start_publishing(base::Now now) {
    const auto transport = machine_.set_up().front().transport.lower == Lower::tcp
                               ? rtp::Receiver::Transport::ordered
                               : rtp::Receiver::Transport::unordered;
    if (const auto begun = source_->begin(transport, random_ssrc()); !begun)
        return refuse(rtsp::Refusal::unsupported, begun.error().text, now);
    const config::ConfigRef config = service_->around.config.get(shard_);
    timeout_ = config::options_for(*config, stream_.text()).timeout;
    waiting_ = true;
    pause_.expires_at(base::Instant::max());
    contribution_ = std::make_unique<Contribution>(
        ContributionSurroundings{service_->around.registry, service_->around.config, service_->around.log}, shard_,
        id_);
    contribution_->open(
        stream_, {.id = id_, .protocol = "rtsp", .peer = net::print_endpoint(peer_), .client = client_, .rank = rank_},
        now, [this](const base::Result<void>& answer) { settle(answer); },
        [this](const std::string& reason) { stop(reason); });
}

/// The stream has taken the publication, or not. May come from within `open`.
void RtspSession::settle(const base::Result<void>& answer) {
    const base::Now now = base::read_clocks();
    waiting_ = false;
    pause_.expires_at(now.instant);  // the reading coroutine goes on
    if (over_) return;
    if (answer) {
        service_->counts.publications.add();
        service_->counts.publishing.add();
        is_counted_ = true;
        machine_.accept_start(timeout_, now.instant);
        if (legs_ != nullptr) legs_->start([this] { hear(); });
    } else {
        const bool is_taken = answer.error().kind == ErrorKind::refused;
        service_->counts.refused.add();
        machine_.refuse(is_taken ? rtsp::Refusal::denied : rtsp::Refusal::busy, answer.error().text, now.instant);
        // Not from inside it; and not another that came of a second try.
        shard_.post([this, alive = alive_, refused = contribution_.get()] {
            if (*alive && contribution_.get() == refused) contribution_.reset();
        });
    }
    if (!draining_) drain(now);
}

void RtspSession::start_playing(base::Now now) {
    place_ = service_->around.take_place(shard_);
    if (!place_) return refuse(rtsp::Refusal::busy, "there are as many viewers as `limits.viewers` allows", now);
    log_.debug("player came", {{"peer", net::print_endpoint(peer_)}, {"client", client_}, {"rung", play_->rung}});
    machine_.accept_start({}, now.instant);
}

void RtspSession::refuse(rtsp::Refusal refusal, std::string_view text, base::Now now) {
    log_.warning(machine_.is_publisher() ? "publisher refused" : "player refused",
                 {{"peer", net::print_endpoint(peer_)}, {"reason", text}});
    service_->counts.refused.add();
    machine_.refuse(refusal, text, now.instant);
}

// Over UDP the socket stays here: what it says goes to the machine as before.
void RtspSession::send_datagrams() {
    DatagramViewer viewer{.legs = legs_.get(), .tracks = tracks_by_line(*play_, machine_.set_up()), .asked = asked_};
    viewer.ended = [this, alive = alive_] {
        shard_.post([this, alive] {
            if (*alive) stop("the stream has ended, or has no picture yet");
        });
    };
    service_->counts.players.add();
    service_->counts.playing.add();
    legs_->start([this] { hear(); });
    viewing_ = datagrams_.add(play_->stream, play_->rung,
                              choose_format(service_->around.formats, *play_, machine_.set_up()), std::move(viewer));
}

// Datagrams: a publisher's media, a player's reports. They cannot be held back: while memory is full they are dropped.
void RtspSession::hear() {
    const base::Now now = base::read_clocks();
    const bool is_dropping = over_ || service_->around.registry.memory().is_full();
    const auto take = [&](const RtspLegs::Received& one) {
        if (is_dropping) return;
        if (!one.is_control || viewing_ != nullptr) machine_.heard(now.instant);
        if (source_ == nullptr) return;
        base::Buffer copy = datagram_slabs_.cut(one.bytes.size());
        std::ranges::copy(one.bytes, copy.span().begin());
        source_->receive(one.track, one.is_control, std::move(copy).freeze(), now);
    };
    for (int i = 0; i < turns_at_once && legs_->receive(take); ++i) {}
    if (!over_) drain(now);
}

// From here on the socket is the hub's. Nothing waits for it: who hands over is the reader itself.
void RtspSession::hand_over(base::Now now) {
    net::HttpPlace place = *std::exchange(place_, std::nullopt);
    RtspPlay play = *std::exchange(play_, std::nullopt);
    const stream::WireFormat& format = choose_format(service_->around.formats, play, machine_.set_up());
    boost::system::error_code ignored;
    transport_.socket().set_option(asio::socket_base::keep_alive(true), ignored);  // a paused player may die silently
    net::Conduit conduit = transport_.release();
    if (conduit.socket < 0) return close();
    is_handed_over_ = true;
    end("the player plays", now);
    base::Bytes head = base::Bytes::copy_of(std::exchange(unsent_, {}));
    auto player = std::make_unique<RtspPlayer>(std::move(machine_), service_, log_);
    service_->around.hubs[shard_.index()]->add(play.stream, play.rung, format,
                                               play.stream->viewers()[stream::ViewerProtocol::rtsp], std::move(conduit),
                                               std::move(place), std::move(head), asked_, std::move(player));
}

void RtspSession::handle(rtsp::Media& event, base::Now now) {
    if (source_ != nullptr) source_->receive(event.track, event.is_control, event.packet, now);
}

void RtspSession::pass_media(base::Now now) {
    if (over_ || contribution_ == nullptr || !contribution_->is_open() || source_ == nullptr) return;
    if (source_->drain(*contribution_, now)) return;
    machine_.close(ErrorKind::closed, "the publisher said goodbye");
    while (auto event = machine_.next_event()) std::visit([&](auto& one) { handle(one, now); }, *event);
}

/// What has come of the tracks, told to the publisher where it wants to hear it.
void RtspSession::report(base::Now now) {
    if (source_ == nullptr || !machine_.is_publishing()) return;
    for (const RtspSource::Report& one : source_->take_reports(now)) {
        const auto setup = std::ranges::find(machine_.set_up(), one.section, &rtsp::TrackSetup::track);
        if (legs_ != nullptr) {
            legs_->send(one.section, RtspLegs::Half::rtcp, one.packet);
            continue;
        }
        if (setup == machine_.set_up().end() || !setup->transport.channels) continue;
        rtsp::Reader::write_frame_head(static_cast<std::uint8_t>(setup->transport.channels->rtcp),
                                       static_cast<std::uint16_t>(one.packet.size()), unsent_);
        unsent_ += base::as_text(one.packet);
    }
    flush();
}

void RtspSession::handle(rtsp::Closed& event, base::Now now) {
    const bool is_broken = event.kind == ErrorKind::malformed || event.kind == ErrorKind::too_large;
    // Strangers that never spoke RTSP are many.
    if (contribution_ == nullptr)
        log_.debug("connection closed", {{"peer", net::print_endpoint(peer_)}, {"reason", event.text}});
    else if (is_broken)
        contribution_->fail({event.kind, "the publisher broke the RTSP protocol", std::source_location::current()}, now,
                            event.text);
    end(event.text, now);
}

void RtspSession::leave(std::string_view reason, base::Now now) {
    if (contribution_ != nullptr && contribution_->is_open()) contribution_->leave(reason, now);
    if (std::exchange(is_counted_, false)) service_->counts.publishing.subtract();
}

// Nothing more is read or told; what is left to say is sent.
void RtspSession::end(std::string_view reason, base::Now now) {
    if (over_) return;
    leave(reason, now);
    over_ = true;
    over_at_ = now.instant;
    waiting_ = false;
    if (std::exchange(viewing_, nullptr) != nullptr) service_->counts.playing.subtract();
    place_.reset();
    pause_.expires_at(base::Instant::min());
}

// Sends without waiting. A peer that does not read its answers is closed before they pile up.
void RtspSession::flush() {
    if (is_handed_over_) return;
    const base::Bytes output = machine_.take_output();
    unsent_ += base::as_text(output);
    net::TlsLink::Sent sent;
    do {
        const iovec run{unsent_.data(), unsent_.size()};
        sent = transport_.send({&run, 1}, scratch_);
        unsent_.erase(0, sent.size);
    } while (sent.flow == net::Flow::going && !unsent_.empty());
    if (unsent_.size() > service_->limits.unsent.bytes()) {
        end("the client does not read its answers", base::read_clocks());
        close();
    }
    if (over_ && unsent_.empty() && !transport_.has_kept() && !std::exchange(has_said_end_, true))
        (void)transport_.shut_down();
}

void RtspSession::stop(std::string_view reason) {
    if (is_handed_over_ || over_) return;
    machine_.close(ErrorKind::refused, reason);
    waiting_ = false;
    drain(base::read_clocks());
}

void RtspSession::close() {
    end("the connection was closed", base::read_clocks());
    transport_.close();
}

}  // namespace weir::endpoint
