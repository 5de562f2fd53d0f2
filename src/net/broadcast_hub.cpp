#include "net/broadcast_hub.hpp"

#include "base/clock.hpp"
#include "net/tcp_figures.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::net {

namespace {

constexpr std::string_view viewer_prefix = "v-";

}  // namespace

// One log on this shard. Its subscription lives on the stream's shard and is known there by the id that `open_log` gave.
struct BroadcastHub::Feed {
    Feed(const BroadcastHub& hub, std::shared_ptr<stream::Stream> of, const stream::ViewerCount& viewers,
         Broadcaster::Observer observer)
        : stream(std::move(of)),
          protocol(stream->viewers().name_of(viewers)),
          broadcaster(hub.shard_.context(), *hub.sender_, std::move(observer), &hub.memory_) {}

    std::shared_ptr<stream::Stream> stream;
    std::string_view protocol;  ///< of its viewers: each has a format of its own
    Broadcaster broadcaster;
    std::shared_ptr<std::uint64_t> subscription = std::make_shared<std::uint64_t>(0);  ///< of the stream's shard alone
};

BroadcastHub::~BroadcastHub() = default;

void BroadcastHub::add(std::shared_ptr<stream::Stream> stream, std::string_view rung, const stream::WireFormat& format,
                       stream::ViewerCount& viewers, Conduit conduit, HttpPlace place, base::Bytes head,
                       base::Instant asked, std::unique_ptr<ViewerInbox> inbox) {
    Key key(stream.get(), std::string(rung), &format);
    const auto known = feeds_.find(key);
    const std::shared_ptr<Feed> feed = known != feeds_.end() ? known->second : open(key, std::move(stream), viewers);
    viewers.fetch_add(1, std::memory_order_relaxed);
    feed->broadcaster.add(std::move(conduit), std::move(head), asked, std::move(place), std::move(inbox));
}

std::shared_ptr<BroadcastHub::Feed> BroadcastHub::open(const Key& key, std::shared_ptr<stream::Stream> stream,
                                                       stream::ViewerCount& viewers) {
    Broadcaster::Observer observer{
        .left =
            [this, key, &viewers](std::uint32_t count) {
                viewers.fetch_sub(count, std::memory_order_relaxed);
                // Not from inside the broadcaster that is speaking.
                shard_.post([this, key] { drop(key); });
            },
        .sent =
            [counts = &stream->delivery()](std::uint64_t bytes, std::uint64_t jumps) {
                counts->bytes.fetch_add(bytes, std::memory_order_relaxed);
                counts->jumps.fetch_add(jumps, std::memory_order_relaxed);
            },
        .first_frame = [counts = &stream->delivery()](base::Duration taken) { counts->first_frame.observe(taken); }};
    auto feed = std::make_shared<Feed>(*this, std::move(stream), viewers, std::move(observer));
    feeds_.emplace(key, feed);

    const auto deliver = std::make_shared<std::function<void(stream::LogBatchRef)>>(
        [weak = std::weak_ptr(feed)](const stream::LogBatchRef& batch) {
            if (const auto open_feed = weak.lock()) open_feed->broadcaster.receive(*batch);
        });
    stream::Stream& source = *feed->stream;
    source.shard().post([this, weak = std::weak_ptr(feed), of = feed->stream, subscription = feed->subscription,
                         rung = std::get<1>(key), format = std::get<2>(key), deliver] {
        const auto id = of->open_log(rung, *format, {&shard_, deliver}, base::read_clocks());
        if (id) {
            *subscription = *id;
            return;
        }
        shard_.post([weak] {
            // A log that is over before it began: who has words of its own for that says them.
            if (const auto open_feed = weak.lock()) open_feed->broadcaster.receive({.ended = true});
        });
    });
    return feed;
}

void BroadcastHub::list_sessions(std::vector<stream::SessionInfo>& into) const {
    for (const auto& [key, feed] : feeds_) {
        const std::string stream = feed->stream->id().text();
        feed->broadcaster.each_viewer([&](std::uint64_t number, int socket) {
            into.push_back({.id = std::string(viewer_prefix) + std::to_string(number),
                            .protocol = std::string(feed->protocol),
                            .peer = peer_of(socket),
                            .stream = stream,
                            .rung = std::get<1>(key),
                            .bytes = tcp_figures(socket).sent});
        });
    }
}

bool BroadcastHub::end_session(std::string_view id) {
    std::uint64_t number = 0;
    if (!id.starts_with(viewer_prefix)) return false;
    const std::string_view digits = id.substr(viewer_prefix.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return false;
    return std::ranges::any_of(feeds_, [&](const auto& feed) { return feed.second->broadcaster.close_viewer(number); });
}

// Lets the log go unless somebody has come in the meantime.
void BroadcastHub::drop(const Key& key) {
    const auto found = feeds_.find(key);
    if (found == feeds_.end() || found->second->broadcaster.viewers() > 0) return;
    const std::shared_ptr<Feed> feed = std::move(found->second);
    feeds_.erase(found);
    feed->stream->shard().post([of = feed->stream, subscription = feed->subscription, format = std::get<2>(key)] {
        if (*subscription != 0) of->close_log(*format, *subscription, base::read_clocks());
    });
}

}  // namespace weir::net
