#include "endpoint/pushes.hpp"

#include "base/escape.hpp"
#include "endpoint/push_attempt.hpp"
#include "stream/playable.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace weir::endpoint {

namespace asio = boost::asio;

namespace {

constexpr base::Duration look_interval = std::chrono::milliseconds(200);

std::string names_of(std::span<const PushScheme> schemes) {
    std::string names;
    for (const PushScheme& row : schemes) names.append(names.empty() ? "" : ", ").append(row.scheme).append("://");
    return names;
}

}  // namespace

Pushes::Pushes(Surroundings around) : around_(std::move(around)), timer_(around_.desk.context()) {
    asio::co_spawn(around_.desk.context(), watch(*this), asio::detached);
}

Pushes::~Pushes() = default;

asio::awaitable<void> Pushes::watch(Pushes& self) {
    while (true) {
        self.timer_.expires_after(look_interval);
        co_await self.timer_.async_wait(asio::use_awaitable);
        self.look(base::read_clocks());
    }
}

std::expected<void, std::string> Pushes::check(std::string_view stream, std::string_view url) {
    const PushScheme* scheme = find_scheme(around_.schemes, url);
    if (scheme == nullptr)
        return std::unexpected("is no address that a stream can be sent to; write one that begins with " +
                               names_of(around_.schemes));
    if (const auto good = scheme->check(url); !good) return std::unexpected(std::string(good.error().text));
    const auto of_stream = std::ranges::count_if(targets_, [&](const auto& row) { return row.first.first == stream; });
    const bool is_full = targets_.size() >= around_.limits.in_all;
    if (!is_full && static_cast<std::size_t>(of_stream) < around_.limits.of_stream) return {};
    counts_.refused.add();
    return std::unexpected(
        is_full ? fmt::format("is one too many: streams are sent to {} targets already", around_.limits.in_all)
                : fmt::format("is one too many: a stream is sent to {} targets at most", around_.limits.of_stream));
}

void Pushes::set(const std::string& stream, const std::vector<config::PushTarget>& targets) {
    const auto is_wanted = [&](const config::PushTarget& known) {
        return std::ranges::find(targets, known) != targets.end();
    };
    for (auto at = targets_.lower_bound({stream, {}}); at != targets_.end() && at->first.first == stream;) {
        if (is_wanted(at->second.address)) {
            ++at;
            continue;
        }
        let_go(at->second);
        at = targets_.erase(at);
    }
    const base::Now now = base::read_clocks();
    for (const config::PushTarget& target : targets) {
        if (find_scheme(around_.schemes, target.url) == nullptr) {
            around_.log.with({.stream = stream})
                .error("a target is no address that this version can send to",
                       {{"push", target.id}, {"target", stream::shown_address(target.url)}});
            continue;
        }
        targets_.try_emplace({stream, target.id}, target, around_.limits, now);
    }
    counts_.targets.set(static_cast<std::int64_t>(targets_.size()));
    look(now);
}

std::vector<stream::PushStatus> Pushes::list(const std::string& stream) const {
    std::vector<stream::PushStatus> list;
    const base::Instant now = base::read_clocks().instant;
    for (const auto& [key, target] : targets_)
        if (key.first == stream) list.push_back(describe(target, now));
    return list;
}

stream::PushStatus Pushes::describe(const Target& target, base::Instant now) {
    stream::PushStatus status{.id = target.address.id,
                              .target = stream::shown_address(target.address.url),
                              .rung = target.address.rung,
                              .state = target.plan.state(),
                              .reason = target.plan.reason(),
                              .since = target.plan.since(),
                              .attempts = target.plan.attempts(),
                              .until_next = target.plan.until_next(now),
                              .bytes = target.bytes_before,
                              .retransmitted = target.retransmitted_before};
    if (target.attempt == nullptr) return status;
    const PushAttempt::Figures& figures = target.attempt->figures();
    status.bytes += figures.bytes.load(std::memory_order_relaxed);
    status.retransmitted += figures.retransmitted.load(std::memory_order_relaxed);
    status.round_trip = base::Duration(figures.round_trip.load(std::memory_order_relaxed));
    return status;
}

void Pushes::look(base::Now now) {
    for (auto& [key, target] : targets_)
        if (target.plan.look(source_of(key, target), now)) begin(key, target);
}

stream::PushSource Pushes::source_of(const Key& key, const Target& target) const {
    const auto id = base::parse_stream_id(key.first);
    const auto snapshot = id ? around_.registry.snapshot(*id) : nullptr;
    if (snapshot == nullptr || snapshot->state != stream::State::running)
        return {.is_playable = false, .reason = "the stream is not running", .tracks = nullptr};
    auto answer = stream::playable(*snapshot, target.address.rung);
    return {.is_playable = answer.verdict == stream::Playable::Verdict::yes,
            .reason = std::move(answer.reason),
            .tracks = snapshot->tracks};
}

void Pushes::begin(const Key& key, Target& target) {
    const auto id = base::parse_stream_id(key.first);
    auto stream = around_.registry.find(*id);
    const auto snapshot = around_.registry.snapshot(*id);
    const PushScheme* scheme = find_scheme(around_.schemes, target.address.url);
    const std::uint64_t number = target.attempt_number = next_attempt_++;
    if (stream == nullptr || snapshot == nullptr)
        return ended(key, number, PushEnd::drained, "the stream is not running");
    counts_.attempts.add();
    PushAttempt::Reports reports{
        .runs = [this, key, number] { around_.desk.post([this, key, number] { runs(key, number); }); },
        .ended =
            [this, key, number](PushEnd how, const std::string& reason) {
                around_.desk.post([this, key, number, how, reason] { ended(key, number, how, reason); });
            }};
    PushOrder order{.url = target.address.url,
                    .stream = std::move(stream),
                    .rung = target.address.rung,
                    .tracks = target.address.rung == stream::source_rendition ? snapshot->tracks : nullptr,
                    .log = around_.log.with({.stream = key.first})};
    target.attempt =
        std::make_shared<PushAttempt>(around_.shards.next(), *scheme, std::move(order), std::move(reports));
    PushAttempt::begin(target.attempt);
}

void Pushes::runs(const Key& key, std::uint64_t attempt) {
    Target* target = find(key, attempt);
    if (target == nullptr) return;
    target->plan.runs(base::read_clocks());
    counts_.running.add();
    around_.log.with({.stream = key.first})
        .info("the stream is sent", {{"push", key.second}, {"target", stream::shown_address(target->address.url)}});
}

void Pushes::ended(const Key& key, std::uint64_t attempt, PushEnd how, const std::string& reason) {
    Target* target = find(key, attempt);
    if (target == nullptr) return;
    if (target->plan.state() == stream::PushState::running) counts_.running.subtract();
    if (target->attempt != nullptr) {
        const PushAttempt::Figures& figures = target->attempt->figures();
        target->bytes_before += figures.bytes.load(std::memory_order_relaxed);
        target->retransmitted_before += figures.retransmitted.load(std::memory_order_relaxed);
        target->attempt.reset();
    }
    const base::Now now = base::read_clocks();
    const double random = std::uniform_real_distribution(0.0, 1.0)(random_);
    target->plan.ended(how, base::valid_utf8(base::cut(reason, 200)), now, random);
    around_.log.with({.stream = key.first})
        .warning("the stream is not sent", {{"push", key.second},
                                            {"target", stream::shown_address(target->address.url)},
                                            {"reason", target->plan.reason()},
                                            {"again_in", target->plan.until_next(now.instant)}});
}

void Pushes::let_go(Target& target) {
    if (target.plan.state() == stream::PushState::running) counts_.running.subtract();
    if (target.attempt != nullptr) PushAttempt::stop(target.attempt);
}

Pushes::Target* Pushes::find(const Key& key, std::uint64_t attempt) {
    const auto found = targets_.find(key);
    return found != targets_.end() && found->second.attempt_number == attempt ? &found->second : nullptr;
}

}  // namespace weir::endpoint
