#include "net/http_server.hpp"

#include "net/http_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace weir::net {

namespace {

/// Newcomers beyond the limit that are still being told so, per shard. Beyond that they are cut.
constexpr std::size_t most_turned_away = 64;

/// What ALPN chooses from.
constexpr std::string_view protocols[] = {"h2", "http/1.1"};

std::size_t share_of(std::size_t limit, std::size_t shards) { return std::max<std::size_t>(1, limit / shards); }

HttpLimits share_of(HttpLimits limits, std::size_t shards) {
    limits.connections = share_of(limits.connections, shards);
    limits.half_open = share_of(limits.half_open, shards);
    limits.bodies = base::ByteCount(share_of(limits.bodies.bytes(), shards));
    limits.answers = base::ByteCount(share_of(limits.answers.bytes(), shards));
    return limits;
}

}  // namespace

HttpServer::HttpServer(Shards& shards, std::vector<Route> routes, const HttpLimits& limits, TrustedProxies proxies,
                       const base::MemoryLimit* memory)
    : service_(std::make_shared<HttpService>(HttpRouter(std::move(routes)), share_of(limits, shards.count()),
                                             std::move(proxies), memory)) {
    for (std::size_t index = 0; index < shards.count(); ++index)
        shards_.push_back(std::make_shared<HttpShard>(shards.at(index), service_));
}

HttpServer::~HttpServer() = default;

void HttpServer::serve(Shard& shard, boost::asio::ip::tcp::socket socket) {
    serve(shard, Transport(std::move(socket)));
}

void HttpServer::serve(Shard& shard, boost::asio::ip::tcp::socket socket, TlsContextRef context) {
    if (context == nullptr || (service_->memory != nullptr && service_->memory->is_full()))
        return service_->tls.refused.add();
    auto channel = TlsChannel::accept(std::move(context), protocols);
    serve(shard, Transport(std::move(socket), std::make_unique<TlsLink>(std::move(channel), service_->tls)));
}

void HttpServer::serve(Shard& shard, Transport transport) {
    const std::shared_ptr<HttpShard>& here = shards_[shard.index()];
    if (here->leaving.size() >= most_turned_away && here->is_full())
        return service_->counts.faults[HttpFault::connections].add();
    boost::asio::co_spawn(shard.context(), HttpConnection::serve(here, std::move(transport)), boost::asio::detached);
}

std::optional<HttpPlace> HttpServer::take_place(Shard& shard) {
    const std::shared_ptr<HttpShard>& here = shards_[shard.index()];
    if (here->make_room()) return HttpPlace(here);
    service_->counts.faults[HttpFault::connections].add();
    return std::nullopt;
}

void HttpServer::set_connections(std::size_t connections) {
    const std::size_t share = share_of(connections, shards_.size());
    for (const auto& here : shards_) here->shard.post([here, share] { here->most_connections = share; });
}

void HttpServer::close() {
    for (const auto& here : shards_) here->shard.post([here] { here->close_all(); });
}

}  // namespace weir::net
