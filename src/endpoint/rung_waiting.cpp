#include "endpoint/rung_waiting.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::endpoint {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration longest_wait = 10s;
constexpr base::Duration between_looks = 50ms;

using enum stream::Playable::Verdict;

}  // namespace

asio::awaitable<stream::Playable> wait_until_playable(const stream::Registry& registry, base::StreamId id,
                                                      std::string rendition, net::RequestContext& context) {
    asio::steady_timer timer(context.shard.context());
    const base::Instant give_up = context.now.instant + longest_wait;
    while (true) {
        const auto snapshot = registry.snapshot(id);
        if (snapshot == nullptr)
            co_return stream::Playable{.verdict = not_at_all, .reason = "no stream of that name is live"};
        stream::Playable answer = stream::playable(*snapshot, rendition);
        if (answer.verdict != not_yet || base::read_clocks().instant > give_up) co_return answer;
        timer.expires_after(between_looks);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace weir::endpoint
