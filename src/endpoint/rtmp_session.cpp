#include "endpoint/rtmp_session.hpp"

#include "base/clock.hpp"
#include "config/streams.hpp"
#include "format/flv_tags.hpp"
#include "net/endpoint_text.hpp"

#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <random>
#include <source_location>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace rtmp = proto::rtmp;
using base::ErrorKind;

namespace {

// How long a peer may take to read why the connection ends.
constexpr base::Duration patience = std::chrono::seconds(1);
// Who sends as much in one rest, and again in the next (a keyframe does not), has company enough, and its window is soon full.
constexpr std::size_t plenty = 32U << 10;
// How much longer a rest is while nobody watches at all, and the longest that it becomes by that. It is as it was where so much comes
// that the longer one would bring plenty.
constexpr int unwatched_times = 4;
constexpr base::Duration unwatched_rest = std::chrono::milliseconds(100);
// Rests end together at this step, so that one timer wakes several sessions, and never all of them.
constexpr base::Duration rest_step = std::chrono::milliseconds(5);
// How long a session looks away while memory is full.
constexpr base::Duration memory_pause = std::chrono::milliseconds(50);

std::uint64_t random_seed() {
    thread_local std::mt19937_64 random(std::random_device{}());
    return random();
}

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

RtmpSession::RtmpSession(net::Shard& shard, net::Transport transport, net::Scratch& scratch,
                         std::shared_ptr<RtmpService> service, std::string id)
    : shard_(shard),
      transport_(std::move(transport)),
      scratch_(scratch),
      pause_(shard.context()),
      service_(std::move(service)),
      id_(std::move(id)),
      log_(service_->around.log.with({.session = id_})),
      machine_({.seed = random_seed(), .fourccs = format::flv::fourccs()}, base::read_clocks().instant) {
    boost::system::error_code ignored;
    asio::ip::tcp::socket& socket = transport_.socket();
    peer_ = socket.remote_endpoint(ignored);
    socket.non_blocking(true, ignored);
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    service_->counts.connections.add();
}

RtmpSession::~RtmpSession() {
    leave("the connection was lost", base::read_clocks());
    service_->counts.connections.subtract();
    if (!is_handed_over_) service_->counts.closed.add();
}

asio::awaitable<void> RtmpSession::run(std::shared_ptr<RtmpSession> self) {
    try {
        while (co_await self->read()) {}
        while (co_await self->discard()) {}
    } catch (const std::exception& bug) {
        self->log_.error("the session failed", {{"error", bug.what()}});
    }
    self->close();
}

// One read and what follows from it; false when the conversation is over.
asio::awaitable<bool> RtmpSession::read() {
    boost::system::error_code error;
    wait_for_memory(base::read_clocks());
    if (is_paused(base::read_clocks().instant)) {
        held_back_ = true;
        while (!over_ && is_paused(base::read_clocks().instant)) {
            boost::system::error_code woken;
            co_await pause_.async_wait(redirect(woken));
            wait_for_memory(base::read_clocks());
        }
        held_back_ = false;
        if (over_) co_return false;  // the machine may be the hub's
        machine_.resume(base::read_clocks().instant);
    }
    if (over_) co_return false;
    if (resting_) {
        boost::system::error_code woken;
        co_await pause_.async_wait(redirect(woken));
        if (!resting_) co_return !over_;  // it has become a pause
    } else {
        wake_at(1);
        co_await transport_.socket().async_wait(asio::ip::tcp::socket::wait_read, redirect(error));
    }
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
    if (received.size > 0) {
        service_->counts.received_bytes.add(received.size);
        service_->counts.reads.add();
        machine_.receive(received.bytes, now.instant);
        drain(now);
    }
    rest(received.size, now.instant);
    co_return !over_;
}

// Begins a rest when nobody waits for the media as it comes. A read for each packet is half of what a publisher costs. The
// kernel is told not to wake us meanwhile: the end of a rest does.
void RtmpSession::rest(std::size_t count, base::Instant now) {
    resting_ = false;
    const bool had_plenty = std::exchange(has_plenty_, count >= plenty);
    if (over_ || is_paused(now) || !is_publishing() || contribution_->is_followed()) return;
    if (had_plenty && has_plenty_) return;
    const bool is_longer = contribution_->is_unwatched() && count < plenty;
    const base::Duration length =
        is_longer ? std::max(company_, std::min(company_ * unwatched_times, unwatched_rest)) : company_;
    const base::Instant end{(now + length).time_since_epoch() / rest_step * rest_step};
    if (end <= now) return;
    wake_at(plenty);
    pause_.expires_at(end);
    resting_ = true;
}

void RtmpSession::wake_at(std::size_t bytes) {
    if (std::exchange(wakes_at_, bytes) == bytes) return;
    boost::system::error_code ignored;
    transport_.socket().set_option(asio::socket_base::receive_low_watermark(static_cast<int>(bytes)), ignored);
}

// While memory is full nothing more is taken in: TCP holds the publisher back until streams have given theirs.
void RtmpSession::wait_for_memory(base::Now now) {
    if (over_ || waiting_ || !service_->around.registry.memory().is_full()) return;
    if (pause_.expiry() < now.instant + memory_pause) pause_.expires_at(now.instant + memory_pause);
}

// Closing a socket with unread bytes resets the connection, and the peer never reads why it ends: so what it still sends is
// read and dropped until it closes too, or the tick loses patience.
asio::awaitable<bool> RtmpSession::discard() {
    boost::system::error_code error;
    wake_at(1);
    co_await transport_.socket().async_wait(asio::ip::tcp::socket::wait_read, redirect(error));
    co_return !error && !transport_.receive(scratch_).is_over;
}

void RtmpSession::tick(base::Now now) {
    if (over_) {
        flush();
        if (now.instant >= over_at_ + patience) close();
        return;
    }
    wait_for_memory(now);
    // While it is we who do not read, the publisher is alive.
    const bool is_held_back = is_paused(now.instant) || held_back_;
    if (!is_held_back) machine_.tick(now.instant);
    if (contribution_ != nullptr) contribution_->tick(now, is_held_back);
    if (expected_) play(rtmp::PlayRequest(*expected_), now);
    drain(now);
}

// Everything that the machine has to tell, then the media that came of it, then what it has to say.
void RtmpSession::drain(base::Now now) {
    while (!waiting_) {
        auto event = machine_.next_event();
        if (!event) break;
        std::visit([&](auto& one) { handle(one, now); }, *event);
    }
    deliver(now);
    flush();
    if (play_ && !over_) hand_over(now);
}

void RtmpSession::handle(rtmp::PublishRequested& event, base::Now now) {
    const rtmp::PublishRequest& request = *event.request;
    const std::string name = request.stream.text();
    contribution_.reset();
    log_ = service_->around.log.with({.stream = name, .session = id_});
    const std::shared_ptr<const config::Config> config = service_->around.config.get(shard_);
    if (const auto allowed = service_->around.access(*config, peer_.address(), request.token); !allowed)
        return refuse(rtmp::Refusal::denied, allowed.error().text);

    timeout_ = config::options_for(*config, name).timeout;
    company_ = config->delivery.latency;
    waiting_ = true;
    pause_.expires_at(base::Instant::max());
    contribution_ = std::make_unique<Contribution>(
        ContributionSurroundings{service_->around.registry, service_->around.config, service_->around.log}, shard_,
        id_);
    contribution_->open(
        request.stream,
        {.id = id_,
         .protocol = "rtmp",
         .peer = net::print_endpoint(peer_),
         .client = request.client,
         .rank = request.is_backup ? stream::Rank::backup : stream::Rank::source},
        now, [this](base::Result<void> answered) { answer(answered); },
        [this](const std::string& reason) {
            if (!over_) stop(reason);
        });
}

void RtmpSession::answer(base::Result<void> answered) {
    const base::Now now = base::read_clocks();
    waiting_ = false;
    if (over_) return contribution_->leave("the connection was lost", now);
    if (answered) {
        media_ = std::make_unique<RtmpMedia>();
        service_->counts.publications.add();
        service_->counts.publishing.add();
        machine_.accept_publish(timeout_, now.instant);
    } else {
        const bool is_taken = answered.error().kind == ErrorKind::refused;
        refuse(is_taken ? rtmp::Refusal::bad_name : rtmp::Refusal::failed, answered.error().text);
    }
    pause_.expires_at(now.instant);  // the reading coroutine goes on
    drain(now);
}

void RtmpSession::refuse(rtmp::Refusal refusal, std::string_view text) { machine_.refuse(refusal, text); }

void RtmpSession::handle(rtmp::PlayRequested& event, base::Now now) {
    log_ = service_->around.log.with({.stream = event.request->stream.text(), .session = id_});
    expected_until_ = now.instant + longest_expectation;
    play(*event.request, now);
}

// Again and again, where a source is being fetched for this player.
void RtmpSession::play(const rtmp::PlayRequest& request, base::Now now) {
    auto found = find_play(*service_, shard_, request, now.instant, expected_.has_value());
    if (!found && found.error().may_come && now.instant < expected_until_) {
        if (!expected_) expected_ = request;
        waiting_ = true;
        pause_.expires_at(base::Instant::max());
        return;
    }
    if (std::exchange(waiting_, false)) pause_.expires_at(now.instant);  // the reading coroutine goes on
    expected_.reset();
    if (!found) return machine_.refuse(found.error().refusal, found.error().text);
    log_.debug("player came",
               {{"peer", net::print_endpoint(peer_)}, {"client", request.client}, {"rung", found->rung}});
    play_ = *std::move(found);
    machine_.accept_play(now.instant);
}

// From here on the socket is the hub's. Nothing waits for it: who hands over is the reader itself.
void RtmpSession::hand_over(base::Now now) {
    RtmpPlay play = *std::exchange(play_, std::nullopt);
    wake_at(1);
    boost::system::error_code ignored;
    transport_.socket().set_option(asio::socket_base::keep_alive(true), ignored);  // a paused player may die silently
    net::Conduit conduit = transport_.release();
    if (conduit.socket < 0) return close();
    is_handed_over_ = true;
    end("the player plays", now);
    base::Bytes head = base::Bytes::copy_of(std::exchange(unsent_, {}));
    auto player = std::make_unique<RtmpPlayer>(std::move(machine_), service_, log_);
    service_->around.hubs[shard_.index()]->add(play.stream, play.rung, service_->around.format,
                                               play.stream->viewers()[stream::ViewerProtocol::rtmp], std::move(conduit),
                                               std::move(play.place), std::move(head), play.asked, std::move(player));
}

void RtmpSession::handle(rtmp::Media& event, base::Now now) {
    if (media_ == nullptr) return;
    const base::Result<void> taken = media_->receive(event, *contribution_, now);
    if (taken) return;
    if (taken.error().kind == ErrorKind::unsupported) {
        leave(taken.error().text, now);
        machine_.close(ErrorKind::unsupported, taken.error().text);
    } else {
        service_->counts.media_refused.add();
        contribution_->trouble(taken.error().text);
    }
}

void RtmpSession::handle(rtmp::Metadata& event, base::Now /*now*/) {
    if (media_ != nullptr) media_->receive(event);
}

void RtmpSession::handle(rtmp::Unpublished& /*event*/, base::Now now) { leave("the publisher said goodbye", now); }

void RtmpSession::handle(rtmp::Closed& event, base::Now now) {
    const bool is_broken = event.kind == ErrorKind::malformed || event.kind == ErrorKind::too_large;
    if (!is_publishing()) {
        // Strangers that never spoke RTMP are many; a publisher that is turned away is an operator's business.
        // Players that ask for what is not there are as many. What the stream itself refused its contribution has told.
        const bool is_refused =
            (event.kind == ErrorKind::refused && contribution_ == nullptr) || event.kind == ErrorKind::unsupported;
        const bool is_publisher = is_refused && !machine_.is_player();
        log_.write(is_publisher ? base::LogLevel::warning : base::LogLevel::debug,
                   is_publisher ? "publisher refused"
                   : is_refused ? "player refused"
                                : "connection closed",
                   {{"peer", net::print_endpoint(peer_)}, {"reason", event.text}});
    } else if (is_broken) {
        contribution_->fail({event.kind, "the publisher broke the RTMP protocol", std::source_location::current()}, now,
                            event.text);
    }
    end(event.text, now);
}

void RtmpSession::deliver(base::Now now) {
    if (!is_publishing()) return;
    contribution_->deliver(now);
    if (const base::Duration ahead = contribution_->pause(now); ahead > base::Duration{}) {
        resting_ = false;
        pause_.expires_at(now.instant + ahead);
    }
}

void RtmpSession::leave(std::string_view reason, base::Now now) {
    if (contribution_ != nullptr) contribution_->leave(reason, now);
    if (media_ == nullptr) return;
    if (const std::uint64_t dropped = media_->leading_pictures_dropped(); dropped > 0)
        log_.warning("the source uses open groups of pictures: pictures that cannot be joined at were dropped",
                     {{"pictures", dropped}});
    service_->counts.publishing.subtract();
    media_.reset();
}

// Nothing more is read or told; what is left to say is sent.
void RtmpSession::end(std::string_view reason, base::Now now) {
    if (over_) return;
    leave(reason, now);
    over_ = true;
    over_at_ = now.instant;
    resting_ = false;
    pause_.expires_at(base::Instant::min());
}

// Sends without waiting. A peer that does not read its answers is closed before they pile up.
void RtmpSession::flush() {
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

void RtmpSession::stop(std::string_view reason) {
    if (is_handed_over_) return;
    machine_.close(ErrorKind::refused, reason);
    waiting_ = false;
    drain(base::read_clocks());
}

void RtmpSession::close() {
    end("the connection was closed", base::read_clocks());
    transport_.close();
}

}  // namespace weir::endpoint
