#include "endpoint/first_segments.hpp"

#include "endpoint/media_answers.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>

namespace weir::endpoint {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration longest_wait = 20s;

}  // namespace

asio::awaitable<stream::SegmentIndexRef> wait_for_segments(stream::Registry& registry, base::StreamId id,
                                                           net::RequestContext& context) {
    asio::steady_timer timer(context.shard.context());
    const base::Instant give_up = context.now.instant + longest_wait;
    while (true) {
        const auto snapshot = registry.snapshot(id);
        auto index = registry.segments(id);
        if (snapshot == nullptr || (index != nullptr && snapshot->is_ladder_decided) ||
            base::read_clocks().instant > give_up)
            co_return index;
        timer.expires_after(50ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

net::HttpResponse no_segments(const proto::http::Request& request) {
    return not_now(request, "stream_not_ready", "the stream has no segment yet: its publisher has sent no keyframe");
}

std::uint64_t viewer_of(const proto::http::Request& request, const net::RequestContext& context) {
    const std::hash<std::string_view> hash;
    return hash(context.peer.to_string()) * 31 + hash(request.field("user-agent").value_or(""));
}

}  // namespace weir::endpoint
