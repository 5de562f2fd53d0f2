// What DASH players fetch beside the objects that HLS has (http_media): the manifest of a stream, and the time that they set their
// clocks by. Rows for the table of routes, answered from the stream's snapshot on whatever shard the connection lives.
#pragma once

#include "base/metrics.hpp"
#include "net/http_router.hpp"
#include "stream/registry.hpp"

#include <memory>
#include <vector>

namespace weir::endpoint {

struct HttpDashCounts {
    base::Counter manifests;
    base::Counter clocks;

    void fields(this auto& self, auto&& visit) {
        visit("manifests", self.manifests, "DASH manifests that were asked for.");
        visit("clocks", self.clocks, "Times that DASH players set their clocks by.");
    }
};

class HttpDash {
  public:
    struct Surroundings {
        stream::Registry& registry;
        std::size_t shards;
    };

    explicit HttpDash(Surroundings surroundings);
    ~HttpDash();

    /// The rows refer to this object, which outlives them.
    [[nodiscard]] std::vector<net::Route> routes();
    [[nodiscard]] const HttpDashCounts& counts() const noexcept { return counts_; }

  private:
    class ManifestCache;
    using Request = proto::http::Request;

    boost::asio::awaitable<net::HttpResponse> manifest(const Request& request, net::RequestContext& context);
    net::HttpResponse clock(const Request& request, net::RequestContext& context);

    Surroundings around_;
    HttpDashCounts counts_;
    std::vector<std::unique_ptr<ManifestCache>> caches_;  ///< one per shard
};

}  // namespace weir::endpoint
