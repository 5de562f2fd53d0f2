#include "endpoint/rtmp_session.hpp"

#include "base/clock.hpp"
#include "config/streams.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <random>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace rtmp = proto::rtmp;
namespace flv = format::flv;
using base::ErrorKind;

namespace {

// What Enhanced RTMP may bring, told to clients that ask.
constexpr std::array<std::string_view, 2> fourccs{"avc1", "hvc1"};

std::uint64_t random_seed() {
    thread_local std::mt19937_64 random(std::random_device{}());
    return random();
}

std::string text_of(const asio::ip::tcp::endpoint& peer) {
    const bool is_v6 = peer.address().is_v6();
    const auto port = ':' + std::to_string(peer.port());
    return is_v6 ? '[' + peer.address().to_string() + ']' + port : peer.address().to_string() + port;
}

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

} // namespace

RtmpSession::RtmpSession(net::Shard& shard, asio::ip::tcp::socket socket, std::shared_ptr<RtmpService> service,
                         std::string id)
    : shard_(shard),
      socket_(std::move(socket)),
      pause_(shard.context()),
      service_(std::move(service)),
      id_(std::move(id)),
      log_(service_->around.log.with({.session = id_})),
      machine_({.seed = random_seed(), .fourccs = fourccs}, base::read_clocks().instant) {
    boost::system::error_code ignored;
    peer_ = socket_.remote_endpoint(ignored);
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    service_->counts.connections.add();
}

RtmpSession::~RtmpSession() {
    *alive_ = false;
    leave("the connection was lost", base::read_clocks());
    service_->counts.connections.subtract();
    service_->counts.closed.add();
}

asio::awaitable<void> RtmpSession::run(std::shared_ptr<RtmpSession> self, std::span<std::uint8_t> input) {
    try {
        while (!self->over_ && co_await self->read(input)) {
        }
    } catch (const std::exception& bug) {
        self->log_.error("the session failed", {{"error", bug.what()}});
    }
    self->close();
}

// One read and what follows from it; false when the peer is gone.
asio::awaitable<bool> RtmpSession::read(std::span<std::uint8_t> input) {
    boost::system::error_code error;
    while (!over_ && (waiting_ || pause_.expiry() > std::chrono::steady_clock::now())) {
        boost::system::error_code woken;
        co_await pause_.async_wait(redirect(woken));
    }
    if (over_) co_return false;
    co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, redirect(error));
    if (error || over_) co_return false;
    const std::size_t count = socket_.read_some(asio::buffer(input.data(), input.size()), error);
    if (error == asio::error::would_block) co_return true;
    const base::Now now = base::read_clocks();
    if (error) {
        leave("the connection was lost", now);
        co_return false;
    }
    service_->counts.received_bytes.add(count);
    machine_.receive(input.first(count), now.instant);
    drain(now);
    co_return !over_;
}

void RtmpSession::tick(base::Now now) {
    if (over_) return;
    machine_.tick(now.instant);
    if (media_ != nullptr) media_->intake.tick(now.instant);
    drain(now);
    troubles_.report(log_, now.instant);
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
}

void RtmpSession::handle(rtmp::PublishRequested& event, base::Now now) {
    const rtmp::PublishRequest& request = *event.request;
    const std::string name = request.stream.text();
    log_ = service_->around.log.with({.stream = name, .session = id_});
    const std::shared_ptr<const config::Config> config = service_->around.config.get(shard_);
    if (const auto allowed = service_->around.access(*config, peer_.address(), request.token); !allowed)
        return refuse(rtmp::Refusal::denied, allowed.error().text);

    const config::StreamOptions options = config::options_for(*config, name);
    stream::Stream::Settings settings{.options = options, .journal = service_->around.log.with({.stream = name})};
    settings.log.lag = config->delivery.lag;
    settings.log.latency = config->delivery.latency;
    stream::PublisherInfo info{.id = id_, .protocol = "rtmp", .peer = text_of(peer_), .client = request.client};
    log_.info("publisher came", {{"peer", info.peer}, {"client", info.client}});

    timeout_ = options.timeout;
    waiting_ = true;
    pause_.expires_at(base::Instant::max());
    stream::Publication::open(
        service_->around.registry, request.stream, settings, std::move(info), shard_, now,
        [this, alive = alive_](auto answered) {
            if (*alive) answer(std::move(answered));
        },
        [this, alive = alive_](const std::string& reason) {
            if (!*alive || over_) return;
            publication_.reset();
            machine_.close(ErrorKind::refused, reason);
            drain(base::read_clocks());
        });
}

void RtmpSession::answer(base::Result<std::unique_ptr<stream::Publication>> answered) {
    const base::Now now = base::read_clocks();
    waiting_ = false;
    if (answered) {
        publication_ = std::move(*answered);
        media_ = std::make_unique<Media>();
        media_->began = now.instant;
        media_->received_before = machine_.received_bytes();
        service_->counts.publications.add();
        service_->counts.publishing.add();
        machine_.accept_publish(timeout_, now.instant);
    } else {
        const bool is_taken = answered.error().kind == ErrorKind::refused;
        refuse(is_taken ? rtmp::Refusal::bad_name : rtmp::Refusal::failed, answered.error().text);
    }
    pause_.expires_at(now.instant); // the reading coroutine goes on
    drain(now);
}

void RtmpSession::refuse(rtmp::Refusal refusal, std::string_view text) {
    log_.warning("publisher refused", {{"peer", text_of(peer_)}, {"reason", text}});
    machine_.refuse_publish(refusal, text);
}

void RtmpSession::handle(rtmp::Media& event, base::Now now) {
    if (media_ == nullptr) return;
    const auto type = flv::tag_type(event.kind);
    auto parsed = media_->bodies.receive(type, event.timestamp, event.body);
    if (parsed) {
        if (*parsed) take(std::move(**parsed), now);
    } else if (parsed.error().kind == ErrorKind::unsupported) {
        leave(parsed.error().text, now);
        machine_.close(ErrorKind::unsupported, parsed.error().text);
    } else {
        troubles_.note(parsed.error().text);
    }
}

void RtmpSession::take(flv::Event event, base::Now now) {
    if (auto* config = std::get_if<flv::Config>(&event)) {
        media_->metadata.apply_to(config->track);
        log_.info("track", {{"kind", media::name(config->track.kind)},
                            {"codec", config->track.codec_string},
                            {"width", config->track.width},
                            {"height", config->track.height},
                            {"sample_rate", config->track.sample_rate}});
        media_->intake.announce(std::move(config->track), {.timescale = 1000, .bits = 32}, now.instant);
    } else if (auto* sample = std::get_if<flv::Sample>(&event)) {
        const auto taken = media_->intake.receive({.track = sample->track,
                                                   .wire_time = sample->dts,
                                                   .composition_offset = sample->composition_offset,
                                                   .keyframe = sample->keyframe,
                                                   .payload = std::move(sample->payload)},
                                                  now.instant);
        if (!taken) troubles_.note(taken.error().text);
    }
}

void RtmpSession::handle(rtmp::Metadata& event, base::Now /*now*/) {
    if (media_ == nullptr) return;
    if (const auto metadata = flv::parse_metadata(event.body)) media_->metadata = *metadata;
}

void RtmpSession::handle(rtmp::Unpublished& /*event*/, base::Now now) { leave("the publisher said goodbye", now); }

void RtmpSession::handle(rtmp::Closed& event, base::Now now) {
    if (publication_ == nullptr && event.kind != ErrorKind::closed)
        log_.info("connection closed", {{"peer", text_of(peer_)}, {"reason", event.text}});
    leave(event.text, now);
    over_ = true;
}

void RtmpSession::deliver(base::Now now) {
    if (publication_ == nullptr || media_ == nullptr) return;
    std::vector<stream::Item> items = media_->intake.take();
    if (!items.empty()) publication_->push(std::move(items), media_->intake.faults(), now);
    for (const std::string& remark : media_->intake.take_remarks()) log_.warning(remark);
    if (const base::Duration ahead = media_->intake.pause(now.instant); ahead > base::Duration{})
        pause_.expires_at(now.instant + ahead);
}

void RtmpSession::leave(std::string_view reason, base::Now now) {
    if (publication_ != nullptr) {
        publication_->leave(reason, now);
        publication_.reset();
    }
    if (media_ == nullptr) return;
    log_.info("publisher left", {{"reason", reason},
                                 {"after", now.instant - media_->began},
                                 {"received", base::ByteCount(machine_.received_bytes() - media_->received_before)}});
    service_->counts.publishing.subtract();
    media_.reset();
}

// Sends without waiting. A peer that does not read its answers is closed before they pile up.
void RtmpSession::flush() {
    const base::Bytes output = machine_.take_output();
    unsent_ += base::as_text(output);
    if (!unsent_.empty()) {
        boost::system::error_code error;
        const std::size_t sent = socket_.write_some(asio::buffer(unsent_), error);
        unsent_.erase(0, sent);
        if (unsent_.size() > service_->limits.unsent.bytes()) over_ = true;
    }
    if (over_) close();
}

void RtmpSession::close() {
    over_ = true;
    boost::system::error_code ignored;
    pause_.expires_at(base::Instant::min());
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

} // namespace weir::endpoint
