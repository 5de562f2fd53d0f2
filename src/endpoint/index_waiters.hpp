// The requests of one shard that wait for something to be in a stream's segment index: a part, a segment, the first of all. The
// first that waits on a stream subscribes to its index, so that the stream counts as followed; each change of it wakes those
// that have what they want, all at once. No timer runs for any of them: one a shard looks after those that wait too long.
// Lives on its shard; the streams may live on any.
#pragma once

#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "net/shards.hpp"
#include "package/hls.hpp"
#include "stream/stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir::endpoint {

struct WaitCounts {
    base::Gauge waiting;
    base::Counter expired;
    base::Counter refused;

    void fields(this auto& self, auto&& visit) {
        visit("waiting", self.waiting, "Requests that wait for a part, a segment or a playlist that is not there yet.");
        visit("expired", self.expired, "Requests that waited too long.");
        visit("refused", self.refused, "Requests that could not wait: as many did already as the limit allows.");
    }
};

class IndexWaiters {
  public:
    struct Limits {
        std::size_t waiting = 20'000;
        base::Duration linger = std::chrono::seconds(5);  ///< how long a subscription outlives the last that waited

        void fields(this auto& self, auto&& visit) {
            visit("waiting", self.waiting,
                  base::Limit{.what = "requests that wait for a part or a playlist, of one event loop",
                              .at_limit = "a further one is refused (503; of a part 404)",
                              .metric = "weir_wait_refused_total"});
        }
    };
    /// What a request waits for: a position in the playlist of a rendition; without a name any index at all.
    struct Want {
        static constexpr std::size_t whole = std::numeric_limits<std::size_t>::max();

        std::string rendition;
        package::hls::Position position;
        std::size_t slices = whole;  ///< or more of the part that is being made there than so many
        package::hls::Piece piece = package::hls::Piece::any;  ///< of those
        friend auto operator<=>(const Want&, const Want&) = default;
    };

    IndexWaiters(WaitCounts& counts, Limits limits) : counts_(counts), limits_(limits) {}
    ~IndexWaiters();
    IndexWaiters(const IndexWaiters&) = delete;
    IndexWaiters& operator=(const IndexWaiters&) = delete;

    /// Returns when an index has it, when the stream is over, at `deadline` (within a second), or at once at the limit. Whoever
    /// waited looks at the newest index again.
    [[nodiscard]] boost::asio::awaitable<void> wait(net::Shard& shard, std::shared_ptr<stream::Stream> stream,
                                                    Want want, base::Instant deadline);

  private:
    using Wake = std::move_only_function<void()>;
    struct Waiter {
        base::Instant deadline;
        Wake wake;
    };
    struct Feed {
        std::shared_ptr<stream::Stream> stream;
        std::shared_ptr<std::uint64_t> subscription = std::make_shared<std::uint64_t>(0);  ///< of the stream's shard
        std::map<Want, std::vector<Waiter>> waiters;
        base::Instant used;
    };
    using Feeds = std::map<const stream::Stream*, std::shared_ptr<Feed>>;

    void add(net::Shard& shard, std::shared_ptr<stream::Stream> stream, Want want, Waiter waiter);
    [[nodiscard]] std::shared_ptr<Feed> open(net::Shard& shard, std::shared_ptr<stream::Stream> stream);
    static void close(const Feed& feed);
    void receive(Feed& feed, const stream::SegmentIndexRef& index);
    void wake(std::vector<Waiter> waiters);
    void sweep(base::Instant now);
    boost::asio::awaitable<void> watch(net::Shard& shard, std::weak_ptr<bool> alive);

    WaitCounts& counts_;
    Limits limits_;
    Feeds feeds_;
    std::size_t waiting_ = 0;
    bool is_watching_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace weir::endpoint
