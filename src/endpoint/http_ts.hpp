// HLS with MPEG-TS segments over HTTP (package/hls_ts.hpp), as rows for the table of routes. It all comes from the stream's snapshot, on
// whatever shard the connection lives; segments are made there too.
#pragma once

#include "endpoint/ts_segments.hpp"
#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <vector>

namespace weir::endpoint {

class HttpTs {
  public:
    struct Surroundings {
        stream::Registry& registry;
        std::size_t shards;
        TsLimits limits{};
    };

    explicit HttpTs(Surroundings surroundings);

    /// The rows refer to this object, which outlives them.
    [[nodiscard]] std::vector<net::Route> routes();
    [[nodiscard]] const TsCounts& counts() const noexcept { return counts_; }

  private:
    using Request = proto::http::Request;

    /// The multivariant playlist where the address has no `{rung}`.
    boost::asio::awaitable<net::HttpResponse> playlist(const Request& request, net::RequestContext& context);
    net::HttpResponse segment(const Request& request, net::RequestContext& context);

    Surroundings around_;
    TsCounts counts_;
    std::vector<std::unique_ptr<TsSegments>> made_;  ///< one per shard
};

}  // namespace weir::endpoint
