#include "endpoint/rung_waiting.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration longest_wait = 10s;
constexpr base::Duration between_looks = 50ms;

using enum Joinable::Verdict;

Joinable joinable(const stream::RungSnapshot& rung) {
    switch (rung.stats.state) {
        using enum stream::RungState;
        case running: return {.verdict = yes, .reason = {}};
        case starting: return {.verdict = not_yet, .reason = "nothing has come of the rendition yet"};
        case recovering: return {.verdict = not_yet, .reason = "its worker is being restarted: " + rung.stats.reason};
        case shed: return {.verdict = not_now, .reason = rung.stats.reason};
        case failed:
        case left_out: break;
    }
    return {.verdict = not_at_all, .reason = "the stream does not have this rendition: " + rung.stats.reason};
}

}  // namespace

Joinable joinable(const stream::StreamSnapshot& snapshot, std::string_view rendition) {
    if (rendition == "source") return {.verdict = yes, .reason = {}};
    const auto rung = std::ranges::find(
        snapshot.rungs, rendition, [](const stream::RungSnapshot& one) { return std::string_view(one.plan.name); });
    if (rung != snapshot.rungs.end()) return joinable(*rung);
    if (snapshot.is_ladder_decided) return {.verdict = not_at_all, .reason = "the stream has no such rendition"};
    return {.verdict = not_yet,
            .reason = "which renditions the stream has is known once its publisher sends a picture"};
}

asio::awaitable<Joinable> wait_until_joinable(const stream::Registry& registry, base::StreamId id,
                                              std::string rendition, net::RequestContext& context) {
    asio::steady_timer timer(context.shard.context());
    const base::Instant give_up = context.now.instant + longest_wait;
    while (true) {
        const auto snapshot = registry.snapshot(id);
        if (snapshot == nullptr) co_return Joinable{.verdict = not_at_all, .reason = "no stream of that name is live"};
        Joinable answer = joinable(*snapshot, rendition);
        if (answer.verdict != not_yet || base::read_clocks().instant > give_up) co_return answer;
        timer.expires_after(between_looks);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace weir::endpoint
