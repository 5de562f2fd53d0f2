// What players fetch over HTTP piece by piece: playlists, segments and parts, as rows for the table of routes. They come from the
// stream's segment index, on whatever shard the connection lives; who asks for what is not there yet waits until it is, and a segment
// that is asked for while it is being made is sent part by part.
#pragma once

#include "base/metrics.hpp"
#include "endpoint/growing_objects.hpp"
#include "endpoint/index_waiters.hpp"
#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <memory>
#include <vector>

namespace weir::endpoint {

struct HttpMediaCounts {
    base::Counter playlists;
    base::Counter segments;
    base::Counter parts;

    void fields(this auto& self, auto&& visit) {
        visit("playlists", self.playlists, "HLS playlists that were asked for.");
        visit("segments", self.segments, "HLS segments and headers that were asked for.");
        visit("parts", self.parts, "LL-HLS parts that were asked for.");
    }
};

class HttpMedia {
  public:
    struct Surroundings {
        stream::Registry& registry;
        std::size_t shards;
        IndexWaiters::Limits waiters{};
    };

    explicit HttpMedia(Surroundings surroundings);
    ~HttpMedia();

    /// The rows refer to this object, which outlives them. The special stand before the general.
    [[nodiscard]] std::vector<net::Route> routes();
    [[nodiscard]] const HttpMediaCounts& counts() const noexcept { return counts_; }
    [[nodiscard]] const WaitCounts& wait_counts() const noexcept { return wait_counts_; }

  private:
    class PlaylistCache;
    using Request = proto::http::Request;

    boost::asio::awaitable<net::HttpResponse> multivariant(const Request& request, net::RequestContext& context);
    boost::asio::awaitable<net::HttpResponse> media_playlist(const Request& request, net::RequestContext& context);
    net::HttpResponse init(const Request& request, net::RequestContext& context);
    boost::asio::awaitable<net::HttpResponse> object(const Request& request, net::RequestContext& context);
    net::HttpResponse open_segment(const Request& request, net::RequestContext& context, const base::StreamId& id,
                                   const stream::SegmentIndexRef& index);
    std::optional<net::HttpResponse> growing_object(const net::RequestContext& context, const base::StreamId& id,
                                                    const stream::SegmentIndexRef& index,
                                                    package::hls::Position position, base::Instant deadline);
    boost::asio::awaitable<stream::SegmentIndexRef> first_index(const base::StreamId& id, net::RequestContext& context);
    boost::asio::awaitable<void> wait(net::RequestContext& context, std::shared_ptr<stream::Stream> stream,
                                      IndexWaiters::Want want, base::Instant deadline);

    Surroundings around_;
    HttpMediaCounts counts_;
    WaitCounts wait_counts_;
    std::vector<std::unique_ptr<PlaylistCache>> caches_;    ///< one per shard
    std::vector<std::unique_ptr<IndexWaiters>> waiters_;    ///< the same
    std::vector<std::unique_ptr<GrowingObjects>> growing_;  ///< the same
};

}  // namespace weir::endpoint
