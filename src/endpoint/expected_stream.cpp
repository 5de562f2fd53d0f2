#include "endpoint/expected_stream.hpp"

#include "base/clock.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weir::endpoint {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration longest_wait = 15s;
constexpr base::Duration between_looks = 50ms;

bool is_live(const stream::Registry& registry, const base::StreamId& id) {
    const auto snapshot = registry.snapshot(id);
    return snapshot != nullptr && stream::has_begun(snapshot->state);
}

}  // namespace

asio::awaitable<void> wait_for_stream(stream::Registry& registry, base::StreamId id, net::RequestContext& context) {
    if (registry.expects(id, context.shard)) co_await wait_for_expected(registry, std::move(id), context);
}

asio::awaitable<void> wait_for_expected(stream::Registry& registry, base::StreamId id, net::RequestContext& context) {
    asio::steady_timer timer(context.shard.context());
    const base::Instant give_up = context.now.instant + longest_wait;
    while (!is_live(registry, id) && base::read_clocks().instant < give_up) {
        timer.expires_after(between_looks);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace weir::endpoint
