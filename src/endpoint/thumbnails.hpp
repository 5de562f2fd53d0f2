// The picture of now, `thumbnail.jpg`, as a row for the table of routes: the newest that the stream has, or, where that is older than
// a few seconds, one that is made while the client waits. Any shard.
#pragma once

#include "base/metrics.hpp"
#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <vector>

namespace weir::endpoint {

struct ThumbnailCounts {
    base::Counter requests;
    base::Counter unavailable;

    void fields(this auto& self, auto&& visit) {
        visit("requests", self.requests, "Pictures of now that were asked for.");
        visit("unavailable", self.unavailable, "Pictures of now that were asked for and did not come.");
    }
};

class Thumbnails {
  public:
    explicit Thumbnails(stream::Registry& registry) noexcept : registry_(registry) {}

    /// The rows refer to this object, which outlives them.
    [[nodiscard]] std::vector<net::Route> routes();
    [[nodiscard]] const ThumbnailCounts& counts() const noexcept { return counts_; }

  private:
    using Request = proto::http::Request;

    boost::asio::awaitable<net::HttpResponse> get(const Request& request, net::RequestContext& context);
    boost::asio::awaitable<stream::StreamSnapshotRef> wait_for_new(stream::StreamSnapshotRef before,
                                                                   net::RequestContext& context);

    stream::Registry& registry_;
    ThumbnailCounts counts_;
};

}  // namespace weir::endpoint
