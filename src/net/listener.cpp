#include "net/listener.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::ErrorKind;
using base::fail;

namespace {

base::Result<tcp::endpoint> endpoint_of(const config::ListenAddress& address) {
    if (address.host.empty()) return tcp::endpoint(tcp::v6(), address.port);
    boost::system::error_code bad;
    const auto host = asio::ip::make_address(address.host, bad);
    if (bad) return fail(ErrorKind::malformed, "a host to listen on is an IP address of this machine");
    return tcp::endpoint(host, address.port);
}

}  // namespace

struct Listener::Loop : std::enable_shared_from_this<Listener::Loop> {
    Loop(Shards& all, Accept on_accept)
        : shards(all), accept(std::move(on_accept)), acceptor(all.at(0).context()), pause(all.at(0).context()) {}

    void next() {
        Shard& shard = shards.next();
        acceptor.async_accept(shard.context(), [self = shared_from_this(), &shard](auto error, tcp::socket socket) {
            if (!error) {
                shard.post(
                    [self, &shard, socket = std::move(socket)]() mutable { self->accept(shard, std::move(socket)); });
                self->next();
            } else if (self->acceptor.is_open()) {
                self->wait();
            }
        });
    }

    // Out of descriptors or memory: accepting again at once would spin.
    void wait() {
        pause.expires_after(std::chrono::milliseconds(50));
        pause.async_wait([self = shared_from_this()](auto error) {
            if (!error && self->acceptor.is_open()) self->next();
        });
    }

    Shards& shards;
    Accept accept;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
};

base::Result<std::unique_ptr<Listener>> Listener::create(Shards& shards, const config::ListenAddress& address,
                                                         Accept accept) {
    const tcp::endpoint endpoint = TRY(endpoint_of(address));
    auto loop = std::make_shared<Loop>(shards, std::move(accept));
    boost::system::error_code error;
    loop->acceptor.open(endpoint.protocol(), error);
    if (error) return fail(ErrorKind::io, "no socket could be opened for the listener");
    loop->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (endpoint.protocol() == tcp::v6() && endpoint.address().is_unspecified())
        loop->acceptor.set_option(asio::ip::v6_only(false), error);
    loop->acceptor.bind(endpoint, error);
    if (error == asio::error::address_in_use) return fail(ErrorKind::io, "the address is in use by another program");
    if (error) return fail(ErrorKind::io, "the address is not one of this machine, or not allowed");
    loop->acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(ErrorKind::io, "the socket does not listen");
    const std::uint16_t port = loop->acceptor.local_endpoint().port();
    return std::unique_ptr<Listener>(new Listener(std::move(loop), port));
}

Listener::~Listener() { stop(); }

void Listener::start() {
    asio::post(loop_->acceptor.get_executor(), [loop = loop_] { loop->next(); });
}

void Listener::stop() {
    asio::post(loop_->acceptor.get_executor(), [loop = loop_] {
        boost::system::error_code ignored;
        loop->acceptor.close(ignored);
        loop->pause.cancel();
    });
}

}  // namespace weir::net
