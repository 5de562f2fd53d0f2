#include "endpoint/srt_publisher.hpp"

#include "base/clock.hpp"
#include "endpoint/mpegts_input.hpp"
#include "net/endpoint_text.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace weir::endpoint {

using net::Flow;

namespace {

constexpr base::Duration between_measurements = std::chrono::seconds(1);
/// The library forgets a broken connection a second after it broke.
constexpr base::Duration longest_rest = std::chrono::milliseconds(800);

void set(base::Gauge& gauge, std::uint64_t value) { gauge.set(static_cast<std::int64_t>(value)); }

}  // namespace

SrtPublisher::SrtPublisher(std::shared_ptr<SrtService> service, net::Shard& shard, net::SrtSocket socket,
                           net::Scratch& scratch, const std::string& id)
    : service_(std::move(service)),
      shard_(shard),
      socket_(std::move(socket)),
      scratch_(scratch),
      contribution_(service_->around.publishing, shard, id),
      timer_(shard.context()) {
    service_->counts.publishing.add();
}

SrtPublisher::~SrtPublisher() {
    *alive_ = false;
    close();
    service_->counts.publishing.subtract();
}

void SrtPublisher::begin(const proto::srt::Request& request, const std::string& id, base::Now now) {
    company_ = service_->around.publishing.config.get(shard_)->delivery.latency;
    stream::PublisherInfo info{.id = id,
                               .protocol = "srt",
                               .peer = net::print_endpoint(socket_.peer()),
                               .client = "libsrt " + socket_.peer_version(),
                               .rank = request.is_backup ? stream::Rank::backup : stream::Rank::source,
                               .link = link_};
    contribution_.open(
        request.stream, std::move(info), now, [this](base::Result<void> answer) { answered(std::move(answer)); },
        [this](const std::string&) { close(); });
}

void SrtPublisher::answered(base::Result<void> answer) {
    if (!answer || !socket_.is_open()) return close();
    service_->counts.publications.add();
    service_->around.poller.watch(shard_, socket_.id(), [this] { look(); });
}

// Something came, or the connection is broken.
void SrtPublisher::look() {
    if (!socket_.is_open()) return;
    const base::Now now = base::read_clocks();
    if (now.instant >= not_before_) read(now);
    else look_at(not_before_);
}

void SrtPublisher::look_at(base::Instant when) {
    if (std::exchange(waits_, true)) return;
    timer_.expires_at(when);
    timer_.async_wait([this, alive = alive_](auto error) {
        if (error || !*alive) return;
        waits_ = false;
        look();
    });
}

// As many messages as the scratch holds, and then the media that came of them.
void SrtPublisher::read(base::Now now) {
    const std::span<std::uint8_t> room = scratch_.input;
    std::size_t size = 0;
    net::SrtSocket::Received received;
    while (received.flow == Flow::going && size + net::SrtSocket::longest_message <= room.size()) {
        received = socket_.receive(room.subspan(size, net::SrtSocket::longest_message));
        size += received.size;
    }
    if (size > 0) take(room.first(size), now);
    if (!socket_.is_open()) return;
    if (received.flow == Flow::broken && !lost_at_) lost_at_ = now.instant;
    const base::Duration pause = contribution_.pause(now);
    is_held_back_ = pause > base::Duration{};
    if (is_held_back_) not_before_ = now.instant + pause;
    else if (!contribution_.is_followed()) not_before_ = now.instant + company_;
    else not_before_ = now.instant;
    // Nothing is told of what was there already.
    if (is_held_back_ || received.flow == Flow::going) look_at(not_before_);
}

void SrtPublisher::take(base::ByteView bytes, base::Now now) {
    service_->counts.received_bytes.add(bytes.size());
    now_ = now;
    demuxer_.receive(bytes);
    const base::Result<void> drained = drain(demuxer_, *this);
    if (drained) return contribution_.deliver(now);
    contribution_.fail(drained.error(), now);
    close();
}

// The source has ended: what the demultiplexer held back is its last.
void SrtPublisher::take_rest(base::Now now) {
    now_ = now;
    demuxer_.finish();
    (void)drain(demuxer_, *this);  // what is wrong at the end was wrong before
    contribution_.leave("the connection has ended", now);
    close();
}

void SrtPublisher::track(media::Track track, stream::WireClock clock) {
    contribution_.announce(std::move(track), clock, now_);
}

void SrtPublisher::sample(stream::Sample sample) {
    if (const auto taken = contribution_.receive(std::move(sample), now_); !taken) {
        service_->counts.media_refused.add();
        contribution_.trouble(taken.error().text);
    }
}

void SrtPublisher::tick(base::Now now) {
    if (!socket_.is_open()) return;
    if (contribution_.is_open() && now.instant >= not_before_) read(now);
    if (!socket_.is_open()) return;
    contribution_.tick(now, is_held_back_);
    if (now.instant - measured_ >= between_measurements) measure(now);
    if (lost_at_ && now.instant - *lost_at_ >= std::min(told_figures_.latency, longest_rest)) take_rest(now);
}

void SrtPublisher::measure(base::Now now) {
    measured_ = now.instant;
    service_->faults.add(demuxer_.faults(), told_faults_);
    const std::optional<net::SrtFigures> figures = socket_.measure();
    if (!figures) return;
    SrtCounts& counts = service_->counts;
    counts.received_packets.add(figures->received - told_figures_.received);
    counts.received_lost.add(figures->received_lost - told_figures_.received_lost);
    counts.received_recovered.add(figures->came_again);
    counts.receive_dropped.add(figures->received_dropped - told_figures_.received_dropped);
    link_->round_trip_us.set(std::chrono::duration_cast<std::chrono::microseconds>(figures->round_trip).count());
    link_->latency_ms.set(std::chrono::duration_cast<std::chrono::milliseconds>(figures->latency).count());
    set(link_->received, figures->received);
    set(link_->lost, figures->received_lost);
    link_->recovered.add(static_cast<std::int64_t>(figures->came_again));
    set(link_->dropped, figures->received_dropped);
    told_figures_ = *figures;
}

void SrtPublisher::stop(std::string_view reason) {
    contribution_.leave(reason, base::read_clocks());
    close();
}

void SrtPublisher::close() {
    if (!socket_.is_open()) return;
    measure(base::read_clocks());
    service_->around.poller.forget(shard_, socket_.id());
    socket_.close();
}

}  // namespace weir::endpoint
