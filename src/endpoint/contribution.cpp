#include "endpoint/contribution.hpp"

#include "base/clock.hpp"
#include "config/streams.hpp"

#include <algorithm>
#include <utility>

namespace weir::endpoint {

namespace {

/// How long a source is not read while memory is full.
constexpr base::Duration memory_pause = std::chrono::milliseconds(50);

void tell(const media::Track& track, const base::Log& log) {
    if (track.kind == media::Kind::video) {
        const std::string size = std::to_string(track.width) + 'x' + std::to_string(track.height);
        log.info("video", {{"codec", track.codec_string}, {"size", size}, {"frame_rate", track.frame_rate}});
    } else {
        log.info("audio",
                 {{"codec", track.codec_string}, {"sample_rate", track.sample_rate}, {"channels", track.channels}});
    }
}

stream::Stream::Settings settings_for(const config::Config& config, const std::string& name, const base::Log& log) {
    stream::Stream::Settings settings{.options = config::options_for(config, name),
                                      .journal = log.with({.stream = name})};
    settings.log.lag = config.delivery.lag;
    settings.log.latency = config.delivery.latency;
    return settings;
}

}  // namespace

Contribution::Contribution(ContributionSurroundings around, net::Shard& shard, std::string_view session)
    : around_(std::move(around)), shard_(shard), log_(around_.log.with({.session = std::string(session)})) {}

Contribution::~Contribution() {
    *alive_ = false;
    leave("the connection was lost", base::read_clocks());
}

void Contribution::open(const base::StreamId& stream, stream::PublisherInfo info, base::Now now, Answer answer,
                        Ended ended) {
    const std::string name = stream.text();
    log_ = around_.log.with({.stream = name, .session = info.id});
    log_.info("publisher came", {{"protocol", info.protocol}, {"peer", info.peer}, {"client", info.client}});
    const config::ConfigRef config = around_.config.get(shard_);
    stream::Publication::open(
        around_.registry, stream, settings_for(*config, name, around_.log), std::move(info), shard_, now,
        [this, alive = alive_, answer = std::move(answer)](auto answered) {
            if (*alive) settle(std::move(answered), answer);
            else if (answered) (*answered)->leave("the connection was lost", base::read_clocks());
        },
        [this, alive = alive_, ended = std::move(ended)](const std::string& reason) {
            if (!*alive) return;
            let_go(reason, base::read_clocks());
            ended(reason);
        });
}

void Contribution::settle(base::Result<std::unique_ptr<stream::Publication>> answered, const Answer& answer) {
    if (!answered) {
        log_.warning("publisher refused", {{"reason", answered.error().text}});
        return answer(std::unexpected(answered.error()));
    }
    publication_ = *std::move(answered);
    began_ = base::read_clocks().instant;
    answer({});
}

void Contribution::announce(media::Track track, stream::WireClock clock, base::Now now) {
    tell(track, log_);
    intake_.announce(std::move(track), clock, now.instant);
}

base::Result<void> Contribution::receive(stream::Sample sample, base::Now now) {
    received_ += sample.payload.size();
    return intake_.receive(std::move(sample), now.instant);
}

void Contribution::deliver(base::Now now) {
    if (publication_ == nullptr) return;
    std::vector<stream::Item> items = intake_.take();
    if (!items.empty()) publication_->push(std::move(items), intake_.faults(), now);
    for (const std::string& remark : intake_.take_remarks()) log_.warning(remark);
}

void Contribution::tick(base::Now now, bool is_alive) {
    if (is_alive && publication_ != nullptr) publication_->push({}, intake_.faults(), now);
    intake_.tick(now.instant);
    deliver(now);
    troubles_.report(log_, now.instant);
}

base::Duration Contribution::pause(base::Now now) {
    const base::Duration ahead = intake_.pause(now.instant);
    return around_.registry.memory().is_full() ? std::max(ahead, memory_pause) : ahead;
}

void Contribution::leave(std::string_view reason, base::Now now) {
    if (publication_ == nullptr) return;
    deliver(now);
    publication_->leave(reason, now);
    let_go(reason, now);
}

void Contribution::fail(const base::Error& error, base::Now now, std::string_view detail) {
    if (publication_ == nullptr) return;
    deliver(now);
    publication_->fail(error, now);
    let_go(detail.empty() ? error.text : detail, now);
}

void Contribution::let_go(std::string_view reason, base::Now now) {
    publication_.reset();
    log_.info("publisher left", {{"reason", reason}, {"after", now.instant - began_}, {"received", received()}});
}

}  // namespace weir::endpoint
