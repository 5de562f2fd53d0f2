#include "endpoint/index_waiters.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration sweep_interval = 1s;

bool has(const stream::SegmentIndex& index, const IndexWaiters::Want& want) {
    if (want.rendition.empty()) return true;
    const stream::SegmentList* const list = index.find(want.rendition);
    if (list == nullptr || package::hls::contains(index, *list, want.position)) return true;
    return want.slices != IndexWaiters::Want::whole &&
           package::hls::has_more(index, *list, want.position, want.slices, want.piece);
}

}  // namespace

IndexWaiters::~IndexWaiters() {
    counts_.waiting.subtract(waiting_);
    for (const auto& [stream, feed] : feeds_) close(*feed);
}

asio::awaitable<void> IndexWaiters::wait(net::Shard& shard, std::shared_ptr<stream::Stream> stream, Want want,
                                         base::Instant deadline) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this, &shard, deadline](auto handler, std::shared_ptr<stream::Stream> of, Want what) {
            Wake wake = [handler = std::move(handler)]() mutable { std::move(handler)(); };
            if (waiting_ < limits_.waiting)
                return add(shard, std::move(of), std::move(what), {.deadline = deadline, .wake = std::move(wake)});
            counts_.refused.add();
            shard.post(std::move(wake));
        },
        asio::use_awaitable, std::move(stream), std::move(want));
}

void IndexWaiters::add(net::Shard& shard, std::shared_ptr<stream::Stream> stream, Want want, Waiter waiter) {
    const auto known = feeds_.find(stream.get());
    const std::shared_ptr<Feed> feed = known != feeds_.end() ? known->second : open(shard, std::move(stream));
    feed->waiters[std::move(want)].push_back(std::move(waiter));
    ++waiting_;
    counts_.waiting.add();
}

std::shared_ptr<IndexWaiters::Feed> IndexWaiters::open(net::Shard& shard, std::shared_ptr<stream::Stream> stream) {
    auto feed = std::make_shared<Feed>();
    feed->stream = std::move(stream);
    feed->used = base::read_clocks().instant;
    feeds_.emplace(feed->stream.get(), feed);
    const auto deliver = std::make_shared<std::function<void(stream::SegmentIndexRef)>>(
        [this, weak = std::weak_ptr(feed)](const stream::SegmentIndexRef& index) {
            if (const auto open_feed = weak.lock()) receive(*open_feed, index);
        });
    feed->stream->shard().dispatch([&executor = shard, of = feed->stream, id = feed->subscription, deliver] {
        *id = of->watch_index({.executor = &executor, .deliver = deliver});
    });
    if (!std::exchange(is_watching_, true)) asio::co_spawn(shard.context(), watch(shard, alive_), asio::detached);
    return feed;
}

void IndexWaiters::close(const Feed& feed) {
    feed.stream->shard().dispatch([of = feed.stream, id = feed.subscription] { of->unwatch_index(*id); });
}

void IndexWaiters::receive(Feed& feed, const stream::SegmentIndexRef& index) {
    std::vector<Waiter> ready;
    for (auto group = feed.waiters.begin(); group != feed.waiters.end();) {
        if (index != nullptr && !has(*index, group->first)) {
            ++group;
            continue;
        }
        std::ranges::move(group->second, std::back_inserter(ready));
        group = feed.waiters.erase(group);
    }
    if (ready.empty()) return;
    feed.used = base::read_clocks().instant;
    wake(std::move(ready));
}

/// Those who wake may wait again: they are no longer among those that wait.
void IndexWaiters::wake(std::vector<Waiter> waiters) {
    waiting_ -= waiters.size();
    counts_.waiting.subtract(waiters.size());
    for (Waiter& waiter : waiters) waiter.wake();
}

void IndexWaiters::sweep(base::Instant now) {
    std::vector<Waiter> late;
    for (const auto& [stream, feed] : feeds_)
        for (auto& [want, waiters] : feed->waiters) {
            const auto first = std::ranges::partition(waiters, [&](const Waiter& one) { return one.deadline > now; });
            std::ranges::move(first, std::back_inserter(late));
            waiters.erase(first.begin(), first.end());
        }
    std::erase_if(feeds_, [&](const auto& one) {
        Feed& feed = *one.second;
        std::erase_if(feed.waiters, [](const auto& group) { return group.second.empty(); });
        if (!feed.waiters.empty() || now - feed.used < limits_.linger) return false;
        close(feed);
        return true;
    });
    counts_.expired.add(late.size());
    wake(std::move(late));
}

/// For as long as there are feeds.
asio::awaitable<void> IndexWaiters::watch(net::Shard& shard, std::weak_ptr<bool> alive) {
    asio::steady_timer timer(shard.context());
    while (true) {
        timer.expires_after(sweep_interval);
        co_await timer.async_wait(asio::use_awaitable);
        if (alive.expired()) co_return;
        sweep(base::read_clocks().instant);
        if (!feeds_.empty()) continue;
        is_watching_ = false;
        co_return;
    }
}

}  // namespace weir::endpoint
