#include "endpoint/pull.hpp"

#include "base/clock.hpp"
#include "config/source_address.hpp"

#include <atomic>
#include <random>
#include <utility>
#include <variant>

namespace weir::endpoint {

using base::ErrorKind;
using stream::PullState;

namespace {

constexpr base::Duration between_looks = std::chrono::milliseconds(500);
constexpr std::string_view session_prefix = "pull-";

std::uint32_t random_seed() {
    thread_local std::mt19937 random(std::random_device{}());
    return static_cast<std::uint32_t>(random());
}

std::string next_session() {
    static std::atomic<std::uint64_t> numbers{0};
    return std::string(session_prefix) + std::to_string(numbers.fetch_add(1, std::memory_order_relaxed) + 1);
}

stream::PullPlan plan_of(const PullSource& source) {
    stream::PullPlan plan{.addresses = source.addresses.size(), .on_demand = source.on_demand, .idle = source.idle};
    if (source.rank == stream::Rank::backup) plan.unwanted = "it is not needed any more";
    return plan;
}

}  // namespace

Pull::Pull(const PullSurroundings& around, base::StreamId id, PullSource source, net::Shard& shard, base::Now now)
    : around_(around),
      id_(std::move(id)),
      source_(std::move(source)),
      shard_(shard),
      log_(around_.contribution.log.with({.stream = id_.text()})),
      supervisor_(plan_of(source_), around_.limits, random_seed(), now.instant) {
    around_.counts.configured.add();
    drain(now);
}

Pull::~Pull() {
    *alive_ = false;
    puller_.reset();
    count(counted_, false);
    around_.counts.configured.subtract();
}

void Pull::wanted(base::Now now) {
    supervisor_.wanted(now.instant);
    drain(now);
}

void Pull::tick(base::Now now) {
    if (contribution_ != nullptr) contribution_->tick(now, now.instant < held_until_);
    look_at_viewers(now);
    supervisor_.tick(now.instant);
    drain(now);
}

void Pull::look_at_viewers(base::Now now) {
    if (!source_.on_demand || source_.rank == stream::Rank::backup || now.instant - looked_ < between_looks) return;
    looked_ = now.instant;
    const auto stream = around_.contribution.registry.find(id_);
    if (stream == nullptr || stream->is_over()) return;
    supervisor_.watched(stream->viewers().total() + (stream->is_followed() ? 1 : 0), now.instant);
}

void Pull::drain(base::Now now) {
    while (auto event = supervisor_.next_event()) std::visit([&](const auto& one) { act(one, now); }, *event);
}

void Pull::act(const stream::BeginPull& begin, base::Now) {
    const std::string& address = source_.addresses[begin.address];
    around_.counts.attempts.add();
    log_.info("fetching", {{name(source_.rank), config::shown(address)}});
    has_media_ = false;
    end_.reset();
    const PullerScheme* scheme = around_.scheme(config::scheme_of(address));
    if (scheme == nullptr) return end_soon({ErrorKind::unsupported, "sources of this kind are not served"});
    const config::ConfigRef config = around_.contribution.config.get(shard_);
    puller_ = scheme->create(
        {.url = address,
         .log = log_,
         .silence = source_.silence,
         .addresses = base::AddressPolicy::of(config->pull.addresses).with_host(config::host_of(address)),
         .seed = random_seed()},
        *this, shard_);
}

void Pull::act(const stream::DropPull& drop, base::Now now) {
    // Viewers are told of an end, and not of a pause before it. A backup that goes ends nothing.
    if (drop.ends_stream && source_.rank == stream::Rank::source) end_stream(drop.reason);
    let_go(drop.reason, now);
}

void Pull::act(const stream::PullChanged& changed, base::Now) {
    count(counted_, false);
    counted_ = changed.state;
    count(counted_, true);
    const std::string rank(name(source_.rank));
    if (changed.state == PullState::waiting) {
        log_.warning("the " + rank + " is not there", {{"reason", changed.reason}, {"again_in", changed.wait}});
    } else if (changed.state == PullState::idle) {
        log_.info("the " + rank + " is let go", {{"reason", changed.reason}});
    } else if (changed.state == PullState::running) {
        log_.info("the " + rank + " runs", {{rank, config::shown(source_.addresses[supervisor_.address()])}});
    }
}

void Pull::count(PullState state, bool is_entered) {
    PullCounts& counts = around_.counts;
    base::Gauge* const gauges[] = {nullptr, &counts.connecting, &counts.running, &counts.waiting};
    base::Gauge* gauge = gauges[static_cast<std::size_t>(state)];
    if (gauge == nullptr) return;
    if (is_entered) gauge->add();
    else gauge->subtract();
}

// The puller's words

void Pull::connected(PullPeer peer) { open(std::move(peer), base::read_clocks()); }

void Pull::open(PullPeer peer, base::Now now) {
    const std::string session = next_session();
    contribution_ = std::make_unique<Contribution>(around_.contribution, shard_, session);
    contribution_->open(
        id_,
        {.id = session,
         .protocol = std::move(peer.protocol),
         .peer = std::move(peer.peer),
         .client = std::move(peer.client),
         .rank = source_.rank},
        now,
        [this](const base::Result<void>& taken) {
            if (taken) return;
            around_.counts.refused.add();
            end_soon({taken.error().kind, std::string(taken.error().text)});
        },
        [this](const std::string& reason) { end_soon({ErrorKind::refused, reason}); });
}

void Pull::track(media::Track track, stream::WireClock clock) {
    if (contribution_ != nullptr) contribution_->announce(std::move(track), clock, base::read_clocks());
}

void Pull::sample(stream::Sample sample) {
    if (contribution_ == nullptr) return;
    const base::Now now = base::read_clocks();
    if (const auto taken = contribution_->receive(std::move(sample), now); !taken) return trouble(taken.error().text);
    if (std::exchange(has_media_, true)) return;
    supervisor_.media(now.instant);
    drain(now);
}

void Pull::trouble(std::string_view text) {
    if (contribution_ != nullptr) contribution_->trouble(text);
}

base::Duration Pull::read_done() {
    if (contribution_ == nullptr) return {};
    const base::Now now = base::read_clocks();
    contribution_->deliver(now);
    const base::Duration pause = contribution_->pause(now);
    held_until_ = now.instant + pause;
    return pause;
}

void Pull::over(PullEnd end) { end_soon(std::move(end)); }

// Whoever says so may be the puller, or the contribution: neither is destroyed under its own feet.
void Pull::end_soon(PullEnd end) {
    if (std::exchange(end_, std::move(end))) return;
    shard_.post([this, alive = alive_] {
        if (!*alive || !end_) return;
        const base::Now now = base::read_clocks();
        const PullEnd ended = *std::exchange(end_, std::nullopt);
        (has_media_ ? around_.counts.losses : around_.counts.failures).add();
        let_go(ended.text, now);
        supervisor_.ended(ended.kind, ended.text, now.instant);
        drain(now);
    });
}

void Pull::let_go(std::string_view reason, base::Now now) {
    puller_.reset();
    end_.reset();
    if (contribution_ != nullptr) contribution_->leave(reason, now);
    contribution_.reset();
}

void Pull::stop(std::string_view reason, bool ends_stream, base::Now now) {
    act(stream::DropPull{std::string(reason), ends_stream}, now);
}

// Not one that somebody else publishes: a backup that is fetched as well is the same stream's.
void Pull::end_stream(std::string_view reason) {
    stream::Registry& registry = around_.contribution.registry;
    const auto snapshot = registry.snapshot(id_);
    const auto stream = registry.find(id_);
    const bool is_ours = contribution_ != nullptr && contribution_->is_open();
    const auto is_fetched = [&] { return !snapshot->publisher || snapshot->publisher->id.starts_with(session_prefix); };
    if (stream == nullptr || snapshot == nullptr || (!is_ours && !is_fetched())) return;
    stream->shard().dispatch([stream, text = std::string(reason)] { stream->stop(text, base::read_clocks()); });
}

}  // namespace weir::endpoint
