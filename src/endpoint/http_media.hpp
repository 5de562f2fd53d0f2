// What players fetch over HTTP piece by piece: playlists and segments, as rows for the table of routes. They come from the
// stream's snapshot, on whatever shard the connection lives.
#pragma once

#include "base/metrics.hpp"
#include "endpoint/open_segments.hpp"
#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <memory>
#include <vector>

namespace weir::endpoint {

struct HttpMediaCounts {
    base::Counter playlists;
    base::Counter segments;

    void fields(this auto& self, auto&& visit) {
        visit("playlists", self.playlists, "HLS playlists that were asked for.");
        visit("segments", self.segments, "HLS segments and headers that were asked for.");
    }
};

class HttpMedia {
  public:
    struct Surroundings {
        stream::Registry& registry;
        std::size_t shards;
    };

    explicit HttpMedia(Surroundings surroundings);
    ~HttpMedia();

    /// The rows refer to this object, which outlives them. The special stand before the general.
    [[nodiscard]] std::vector<net::Route> routes();
    [[nodiscard]] const HttpMediaCounts& counts() const noexcept { return counts_; }

  private:
    class PlaylistCache;
    using Request = proto::http::Request;

    boost::asio::awaitable<net::HttpResponse> multivariant(const Request& request, net::RequestContext& context);
    boost::asio::awaitable<net::HttpResponse> media_playlist(const Request& request, net::RequestContext& context);
    net::HttpResponse init(const Request& request, net::RequestContext& context);
    net::HttpResponse segment(const Request& request, net::RequestContext& context);
    net::HttpResponse open_segment(const Request& request, net::RequestContext& context, const base::StreamId& id,
                                   const stream::SegmentIndexRef& index);

    Surroundings around_;
    HttpMediaCounts counts_;
    std::vector<std::unique_ptr<PlaylistCache>> caches_;  ///< one per shard
    std::vector<std::shared_ptr<OpenSegments>> open_;     ///< the same, once one was asked for
};

}  // namespace weir::endpoint
