#include "endpoint/srt.hpp"

#include "endpoint/srt_gate.hpp"
#include "endpoint/srt_player.hpp"
#include "endpoint/srt_publisher.hpp"
#include "net/endpoint_text.hpp"
#include "net/srt_socket.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace srt = proto::srt;
using namespace std::chrono_literals;

namespace {

/// What a publisher's session reads at once.
constexpr std::size_t input_size = 64U << 10;

}  // namespace

// The sessions of one shard, what they read into, and the clock that ticks them.
struct SrtEndpoint::ShardSessions {
    ShardSessions(net::Shard& on, std::shared_ptr<SrtService> of)
        : shard(on), service(std::move(of)), timer(on.context()) {}

    static asio::awaitable<void> run(std::shared_ptr<ShardSessions> self) {
        while (true) {
            self->timer.expires_after(100ms);
            co_await self->timer.async_wait(asio::use_awaitable);
            self->tick(base::read_clocks());
        }
    }
    void tick(base::Now now) {
        if (shard.index() == 0) service->config.store(service->around.publishing.config.get(shard));
        for (const auto& session : sessions) session->tick(now);
        const std::size_t ended = std::erase_if(sessions, [](const auto& session) { return session->is_over(); });
        service->counts.closed.add(ended);
        service->counts.connections.subtract(static_cast<std::int64_t>(ended));
    }
    void add(std::unique_ptr<SrtSession> session) {
        sessions.push_back(std::move(session));
        service->counts.connections.add();
    }

    net::Shard& shard;
    const std::shared_ptr<SrtService> service;
    std::vector<std::unique_ptr<SrtSession>> sessions;
    net::Scratch scratch{input_size};
    asio::steady_timer timer;
};

SrtEndpoint::SrtEndpoint(net::Shards& shards, SrtSurroundings surroundings, config::ConfigRef config,
                         SrtEndpointLimits limits)
    : shards_(shards), service_(std::make_shared<SrtService>(std::move(surroundings), limits)) {
    service_->config.store(std::move(config));
    for (std::size_t index = 0; index < shards_.count(); ++index) {
        net::Shard& shard = shards_.at(index);
        by_shard_.push_back(std::make_shared<ShardSessions>(shard, service_));
        asio::co_spawn(shard.context(), ShardSessions::run(by_shard_.back()), asio::detached);
    }
}

SrtEndpoint::~SrtEndpoint() {
    for (const auto& here : by_shard_) here->sessions.clear();
}

net::SrtListener::Verdict SrtEndpoint::admit(const net::SrtListener::Caller& caller) {
    const config::ConfigRef config = service_->config.load();
    const auto request = srt::parse_request(caller.stream_id);
    std::optional<SrtRefusal> refusal;
    if (request) refusal = find_refusal(*service_, *config, *request, caller.peer.address());
    else refusal = SrtRefusal{request.error().rejection, std::string(request.error().text)};
    if (!refusal) return {.passphrase = passphrase_of(*config, request->stream), .latency = config->srt.latency};
    service_->counts.rejected[refusal->rejection].add();
    tell(caller, request ? &*request : nullptr, *refusal);
    return {.rejection = srt::code_of(refusal->rejection)};
}

// Players that ask for what is not there are many; a publisher that is turned away is an operator's business, and so is whoever cannot
// say what it wants.
void SrtEndpoint::tell(const net::SrtListener::Caller& caller, const srt::Request* request,
                       const SrtRefusal& refusal) const {
    const bool is_player = request != nullptr && request->purpose == srt::Purpose::play;
    const bool is_publisher = request != nullptr && !is_player;
    const base::Log log =
        request != nullptr ? service_->log().with({.stream = request->stream.text()}) : service_->log();
    const base::LogLevel level = is_publisher ? base::LogLevel::warning
                                 : is_player  ? base::LogLevel::debug
                                              : base::LogLevel::info;
    log.write(level,
              is_publisher ? "publisher refused"
              : is_player  ? "player refused"
                           : "connection refused",
              {{"protocol", "srt"}, {"peer", net::print_endpoint(caller.peer)}, {"reason", refusal.text}});
}

void SrtEndpoint::serve(net::Shard& shard, net::SrtSocket socket) {
    static std::atomic<std::uint64_t> numbers{0};
    const auto request = srt::parse_request(socket.stream_id());
    if (!request) return;  // it was let in with another, which the library no longer has
    ShardSessions& here = *by_shard_[shard.index()];
    const std::string id = "srt-" + std::to_string(numbers.fetch_add(1, std::memory_order_relaxed) + 1);
    const base::Now now = base::read_clocks();
    service_->counts.accepted.add();
    if (request->purpose == srt::Purpose::publish) {
        auto publisher = std::make_unique<SrtPublisher>(service_, shard, std::move(socket), here.scratch, id);
        SrtPublisher& session = *publisher;
        here.add(std::move(publisher));
        return session.begin(*request, id, now);
    }
    const base::Log log = service_->log().with({.stream = request->stream.text(), .session = id});
    auto player = std::make_unique<SrtPlayer>(service_, shard, std::move(socket), log);
    SrtPlayer& session = *player;
    here.add(std::move(player));
    session.begin(*request, now);
}

void SrtEndpoint::close() {
    for (std::size_t index = 0; index < by_shard_.size(); ++index)
        shards_.at(index).post([here = by_shard_[index]] {
            for (const auto& session : here->sessions) session->stop("the server is shutting down");
            here->tick(base::read_clocks());
        });
}

}  // namespace weir::endpoint
