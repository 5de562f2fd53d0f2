// I-frame playlists and their pictures over HTTP (package/iframes.hpp), as rows for the table of routes. It all comes from the stream's
// segment index, on whatever shard the connection lives; a picture is cut out of its part there, for whoever asks.
#pragma once

#include "base/metrics.hpp"
#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace weir::endpoint {

struct IFrameCounts {
    base::Counter playlists;
    base::Counter frames;

    void fields(this auto& self, auto&& visit) {
        visit("playlists", self.playlists, "I-frame playlists that were asked for.");
        visit("frames", self.frames, "Keyframes that were asked for by themselves.");
    }
};

class HttpIFrames {
  public:
    explicit HttpIFrames(stream::Registry& registry) noexcept : registry_(registry) {}

    /// The rows refer to this object, which outlives them.
    [[nodiscard]] std::vector<net::Route> routes();
    [[nodiscard]] const IFrameCounts& counts() const noexcept { return counts_; }

  private:
    using Request = proto::http::Request;

    boost::asio::awaitable<net::HttpResponse> playlist(const Request& request, net::RequestContext& context);
    net::HttpResponse frame(const Request& request, net::RequestContext& context);

    stream::Registry& registry_;
    IFrameCounts counts_;
};

}  // namespace weir::endpoint
