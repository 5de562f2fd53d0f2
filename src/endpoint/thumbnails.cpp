#include "endpoint/thumbnails.hpp"

#include "endpoint/media_answers.hpp"
#include "net/ask.hpp"

#include <fmt/format.h>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace http = proto::http;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration between_looks = 50ms;
constexpr base::Duration longest_wait = stream::Stills::Limits{}.patience + 500ms;
constexpr base::Duration interval = stream::Stills::Limits{}.interval;

// Caches may keep it until the next one may be made.
net::HttpResponse picture(const stream::Still& still, base::Now now) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(interval - (now.wall - still.taken));
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(still.taken.time_since_epoch());
    net::HttpResponse response{
        .content_type = "image/jpeg", .etag = fmt::format("\"{}\"", taken.count()), .body = still.jpeg};
    response.fields.add("Cache-Control",
                        fmt::format("public, max-age={}", std::clamp<std::int64_t>(left.count(), 1, interval / 1s)));
    return response;
}

bool is_new_enough(const stream::StreamSnapshot& snapshot, base::Now now) {
    return snapshot.still != nullptr && now.wall - snapshot.still->taken < interval;
}

}  // namespace

asio::awaitable<net::HttpResponse> Thumbnails::get(const Request& request, net::RequestContext& context) {
    counts_.requests.add();
    const auto id = stream_of(context);
    auto snapshot = id ? registry_.snapshot(*id) : nullptr;
    if (snapshot == nullptr) co_return no_stream(request);
    if (!is_new_enough(*snapshot, context.now)) snapshot = co_await wait_for_new(std::move(snapshot), context);
    if (snapshot != nullptr && snapshot->still != nullptr) co_return picture(*snapshot->still, base::read_clocks());
    counts_.unavailable.add();
    if (snapshot == nullptr || stream::is_over(snapshot->state)) co_return no_stream(request);
    const std::string_view why = snapshot->still_trouble;
    co_return not_now(request, "thumbnail_not_available", why.empty() ? "the picture took too long to make" : why);
}

// The last one is better than none.
asio::awaitable<stream::StreamSnapshotRef> Thumbnails::wait_for_new(stream::StreamSnapshotRef before,
                                                                    net::RequestContext& context) {
    const base::StreamId& id = before->id;
    const auto stream = registry_.find(id);
    if (stream == nullptr) co_return before;
    co_await net::ask(stream->shard(), [this, stream] {
        const base::Now now = base::read_clocks();
        stream->want_still(now);
        registry_.refresh(stream, now);
        return true;
    });
    asio::steady_timer timer(context.shard.context());
    const base::Instant give_up = base::read_clocks().instant + longest_wait;
    while (true) {
        auto snapshot = registry_.snapshot(id);
        if (snapshot == nullptr || snapshot->still != before->still || !snapshot->still_trouble.empty() ||
            stream::is_over(snapshot->state) || base::read_clocks().instant > give_up)
            co_return snapshot;
        timer.expires_after(between_looks);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

std::vector<net::Route> Thumbnails::routes() {
    return {{http::Method::get, "/{app}/{name}/thumbnail.jpg", net::Audience::media,
             net::AwaitableHandler(
                 [this](const Request& request, net::RequestContext& context) { return get(request, context); })}};
}

}  // namespace weir::endpoint
