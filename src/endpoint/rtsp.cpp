#include "endpoint/rtsp.hpp"

#include "endpoint/rtsp_session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>

namespace weir::endpoint {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// The sessions of one shard, what they read into, and the clock that ticks them.
struct RtspEndpoint::ShardSessions {
    ShardSessions(net::Shard& shard, std::shared_ptr<RtspService> of)
        : service(std::move(of)), log(service->around.log), datagrams(shard, service->udp), timer(shard.context()) {}

    static asio::awaitable<void> run(std::shared_ptr<ShardSessions> self) {
        while (true) {
            self->timer.expires_after(100ms);
            co_await self->timer.async_wait(asio::use_awaitable);
            self->tick(base::read_clocks());
        }
    }
    void tick(base::Now now) {
        std::erase_if(sessions, [](const auto& session) { return session.expired(); });
        for (std::size_t i = 0; i < sessions.size(); ++i)
            if (const auto session = sessions[i].lock()) session->tick(now);
        troubles.report(log, now.instant);
    }
    void stop(std::string_view reason) {
        for (std::size_t i = 0; i < sessions.size(); ++i)
            if (const auto session = sessions[i].lock()) session->stop(reason);
    }
    /// Makes room for a newcomer: of those that do not publish, the one that has had the most time goes.
    bool make_room(std::size_t most_waiting) {
        std::shared_ptr<RtspSession> oldest;
        std::size_t waiting = 0;
        for (const auto& weak : sessions) {
            auto session = weak.lock();
            if (session == nullptr || session->is_busy() || !session->is_open()) continue;
            ++waiting;
            if (oldest == nullptr) oldest = std::move(session);
        }
        if (waiting < most_waiting) return false;
        oldest->close();
        troubles.note("too many connections neither published nor played: the oldest was closed to make room");
        return true;
    }

    const std::shared_ptr<RtspService> service;
    base::Log log;
    base::Troubles troubles;
    DatagramHub datagrams;
    std::vector<std::weak_ptr<RtspSession>> sessions;
    net::Scratch scratch{input_size};
    asio::steady_timer timer;
};

RtspEndpoint::RtspEndpoint(net::Shards& shards, RtspSurroundings surroundings, RtspLimits limits)
    : shards_(shards), service_(std::make_shared<RtspService>(std::move(surroundings), limits)) {
    for (std::size_t index = 0; index < shards_.count(); ++index) {
        net::Shard& shard = shards_.at(index);
        by_shard_.push_back(std::make_shared<ShardSessions>(shard, service_));
        asio::co_spawn(shard.context(), ShardSessions::run(by_shard_.back()), asio::detached);
    }
}

RtspEndpoint::~RtspEndpoint() = default;

DatagramHub& RtspEndpoint::datagrams(const net::Shard& shard) const { return by_shard_[shard.index()]->datagrams; }

void RtspEndpoint::close() {
    for (std::size_t index = 0; index < by_shard_.size(); ++index)
        shards_.at(index).post([sessions = by_shard_[index]] { sessions->stop("the server is shutting down"); });
}

void RtspEndpoint::serve(net::Shard& shard, asio::ip::tcp::socket socket) {
    serve(shard, net::Transport(std::move(socket)));
}

void RtspEndpoint::serve(net::Shard& shard, asio::ip::tcp::socket socket, net::TlsContextRef context) {
    if (context == nullptr || service_->around.registry.memory().is_full()) return service_->tls.refused.add();
    auto channel = net::TlsChannel::accept(std::move(context));
    serve(shard, net::Transport(std::move(socket), std::make_unique<net::TlsLink>(std::move(channel), service_->tls)));
}

void RtspEndpoint::serve(net::Shard& shard, net::Transport transport) {
    static std::atomic<std::uint64_t> numbers{0};
    ShardSessions& here = *by_shard_[shard.index()];
    const std::size_t most_waiting = service_->limits.waiting / shards_.count();
    service_->counts.accepted.add();
    if (here.sessions.size() >= most_waiting && here.make_room(most_waiting)) service_->counts.refused.add();
    const std::uint64_t number = numbers.fetch_add(1, std::memory_order_relaxed) + 1;
    auto session =
        std::make_shared<RtspSession>(shard, std::move(transport), RtspSession::Tools{here.scratch, here.datagrams},
                                      service_, "r-" + std::to_string(number));
    here.sessions.push_back(session);
    asio::co_spawn(shard.context(), RtspSession::run(std::move(session)), asio::detached);
}

}  // namespace weir::endpoint
