#include "app/server.hpp"

#include "api/access.hpp"
#include "api/openapi.hpp"
#include "api/status.hpp"
#include "api/streams.hpp"
#include "app/ceiling.hpp"
#include "app/certificates.hpp"
#include "app/continuity.hpp"
#include "app/formats.hpp"
#include "app/idle_memory.hpp"
#include "app/listening.hpp"
#include "app/pages.hpp"
#include "app/pulling.hpp"
#include "app/stream_desk.hpp"
#include "app/transcoding.hpp"
#include "app/version.hpp"
#include "config/difference.hpp"
#include "endpoint/http_dash.hpp"
#include "endpoint/http_iframes.hpp"
#include "endpoint/http_logs.hpp"
#include "endpoint/http_media.hpp"
#include "endpoint/http_ts.hpp"
#include "endpoint/rtmp.hpp"
#include "endpoint/rtsp.hpp"
#include "endpoint/srt.hpp"
#include "endpoint/thumbnails.hpp"
#include "net/broadcast_hub.hpp"
#include "net/http_server.hpp"
#include "net/shard_value.hpp"
#include "net/srt_poller.hpp"
#include "package/segmenter.hpp"
#include "stream/registry.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/resource.h>

#include <functional>
#include <latch>
#include <thread>

namespace weir::app {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t files_besides_viewers = 200;  // listeners, publishers, logs, the ring and its kin

// As many open files as the system lets us have; how many that is.
std::uint64_t raise_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

stream::Registry::Limits registry_limits(const config::Config& config) {
    return {.streams = config.limits.streams, .memory = config.limits.memory};
}

net::HttpLimits http_limits(const config::Config& config) {
    net::HttpLimits limits;
    limits.connections = config.limits.viewers;
    return limits;
}

std::unique_ptr<stream::Packager> make_packager(const base::StreamId&, const config::StreamOptions& options,
                                                base::Now now) {
    return std::make_unique<package::Segmenter>(options, now);
}

// The clock of the streams that live on one shard.
asio::awaitable<void> drive(net::Shard& shard, stream::Registry& registry) {
    asio::steady_timer timer(shard.context());
    while (true) {
        const bool busy = registry.tick(shard, base::read_clocks());
        timer.expires_after(busy ? 10ms : 50ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace

// In the order in which they are made; `stop` takes them down the other way round.
struct Server::Parts {
    Parts(config::Config initial, base::Journal& to)
        : journal(to),
          log(to.log()),
          config(std::make_shared<const config::Config>(std::move(initial))),
          registry(
              registry_limits(*config), &make_packager,
              [this](const auto& id, const auto& options, const auto& source, auto& sink, auto& shard, auto now) {
                  return transcoding->create(id, options, source, sink, shard, now);
              },
              [this](const auto& id, const auto& keyframe, auto& sink, auto& shard) {
                  return transcoding->create_still(id, keyframe, sink, shard);
              },
              [this](auto rank, auto& stream, auto) { return continuity->create(rank, stream); }) {}

    base::Journal& journal;
    base::Log log;
    std::shared_ptr<const config::Config> config;  ///< the file's; `shared_config` has what the API set over it
    stream::Registry registry;
    std::unique_ptr<net::Shards> shards;
    std::optional<net::ShardValue<config::Config>> shared_config;
    std::unique_ptr<IdleMemory> idle_memory;
    std::unique_ptr<Certificates> certificates;
    std::unique_ptr<Transcoding> transcoding;
    std::unique_ptr<Continuity> continuity;
    std::vector<std::unique_ptr<net::BroadcastHub>> hubs;
    std::unique_ptr<net::SrtPoller> srt_poller;
    std::unique_ptr<StreamDesk> desk;
    std::unique_ptr<endpoint::RtmpEndpoint> rtmp;
    std::unique_ptr<endpoint::SrtEndpoint> srt;
    std::unique_ptr<endpoint::RtspEndpoint> rtsp;
    std::unique_ptr<Pulling> pulling;
    std::unique_ptr<endpoint::HttpMedia> media;
    endpoint::Thumbnails thumbnails{registry};
    std::unique_ptr<endpoint::HttpLogs> logs;
    std::unique_ptr<endpoint::HttpTs> ts;
    endpoint::HttpIFrames iframes{registry};
    std::unique_ptr<endpoint::HttpDash> dash;
    std::unique_ptr<api::StatusSources> status;
    std::unique_ptr<net::HttpServer> http;
    std::unique_ptr<Listening> listening;

    void make();
    void add_counts(base::MetricsWriter& writer) const;
    std::expected<void, std::string> load_certificate();
    void make_srt();
    void reload_certificate();
    void make_hubs();
    void check_open_files();
};

void Server::Parts::make() {
    shards = std::make_unique<net::Shards>(config->limits.threads.count);
    shared_config.emplace(*shards, config);
    idle_memory = std::make_unique<IdleMemory>(*shards);
    certificates = std::make_unique<Certificates>(*shards, log);
    transcoding = std::make_unique<Transcoding>(*shards, *shared_config, *config, registry.memory(), log);
    continuity = std::make_unique<Continuity>(registry, *shared_config,
                                              [this](const base::StreamId& id) { pulling->pulls().want_backup(id); });
    make_hubs();
    srt_poller = net::SrtPoller::create(*shards).value();
    desk = std::make_unique<StreamDesk>(StreamDesk::Surroundings{.shards = *shards,
                                                                 .registry = registry,
                                                                 .config = *shared_config,
                                                                 .hubs = hubs,
                                                                 .srt = *srt_poller,
                                                                 .datagrams = [this](const net::Shard& shard) -> auto& {
                                                                     return rtsp->datagrams(shard);
                                                                 },
                                                                 .log = log},
                                        config);
    rtmp = std::make_unique<endpoint::RtmpEndpoint>(
        *shards, endpoint::RtmpSurroundings{
                     .registry = registry,
                     .config = *shared_config,
                     .access = [](const config::Config& now, const asio::ip::address& peer,
                                  std::string_view token) { return api::may_publish(now.auth, peer, token); },
                     .log = log,
                     .hubs = hubs,
                     .format = rtmp_format,
                     .take_place = [this](net::Shard& shard) { return http->take_place(shard); }});
    rtsp = std::make_unique<endpoint::RtspEndpoint>(
        *shards, endpoint::RtspSurroundings{
                     .registry = registry,
                     .config = *shared_config,
                     .access = [](const config::Config& now, const asio::ip::address& peer,
                                  std::string_view token) { return api::may_publish(now.auth, peer, token); },
                     .log = log,
                     .hubs = hubs,
                     .formats = {.both = rtsp_format, .picture = rtsp_picture_format, .sound = rtsp_sound_format},
                     .take_place = [this](net::Shard& shard) { return http->take_place(shard); }});
    make_srt();
    pulling = std::make_unique<Pulling>(*shards, registry, *shared_config, *srt_poller, rtsp->udp(), log);
    media = std::make_unique<endpoint::HttpMedia>(
        endpoint::HttpMedia::Surroundings{.registry = registry, .shards = shards->count()});
    logs = std::make_unique<endpoint::HttpLogs>(
        endpoint::HttpLogs::Surroundings{.registry = registry, .hubs = hubs, .forms = log_forms()});
    dash = std::make_unique<endpoint::HttpDash>(
        endpoint::HttpDash::Surroundings{.registry = registry, .shards = shards->count()});

    ts = std::make_unique<endpoint::HttpTs>(
        endpoint::HttpTs::Surroundings{.registry = registry, .shards = shards->count()});

    status = std::make_unique<api::StatusSources>(
        registry, [this](base::MetricsWriter& writer) { add_counts(writer); }, version_text());
    // The fixed before the general: `/{app}/{name}` matches much.
    std::vector<net::Route> routes = api::status_routes(*status);
    for (auto more : {api::stream_routes(registry, &desk->overlay()), desk->routes(), thumbnails.routes(),
                      media->routes(), dash->routes(), logs->routes(), ts->routes(), iframes.routes(), page_routes()})
        std::ranges::move(more, std::back_inserter(routes));
    routes.insert(routes.begin(), api::openapi_route(routes, version_text()));
    http = std::make_unique<net::HttpServer>(*shards, std::move(routes), http_limits(*config), net::TrustedProxies(),
                                             &registry.memory());
    listening = std::make_unique<Listening>(Listening::Surroundings{.shards = *shards,
                                                                    .certificates = *certificates,
                                                                    .http = *http,
                                                                    .rtmp = *rtmp,
                                                                    .rtsp = *rtsp,
                                                                    .srt = *srt,
                                                                    .srt_poller = *srt_poller,
                                                                    .log = log});
}

void Server::Parts::add_counts(base::MetricsWriter& writer) const {
    desk->add_counts(writer);
    writer.add(rtmp->counts(), "rtmp");
    writer.add(rtmp->tls_counts(), "rtmp_tls");
    writer.add(srt->counts(), "srt");
    srt->faults().each([&](std::string_view kind, std::uint64_t count) {
        writer.add_value("mpegts_faults", base::Total{count}, "What was wrong with transport streams of sources.",
                         {{"kind", kind}});
    });
    writer.add(rtsp->counts(), "rtsp");
    writer.add(rtsp->tls_counts(), "rtsp_tls");
    writer.add(*rtsp->udp(), "rtsp_udp");
    writer.add(rtsp->rtp_counts(), "rtp");
    writer.add(http->counts(), "http");
    writer.add(http->tls_counts(), "tls");
    writer.add(media->counts(), "media");
    writer.add(media->wait_counts(), "wait");
    writer.add(dash->counts(), "dash");
    writer.add(logs->counts(), "media");
    writer.add(ts->counts(), "ts");
    writer.add(iframes.counts(), "iframe");
    writer.add(pulling->counts(), "pull");
    writer.add(pulling->ingest_counts(), "ingest");
    writer.add(pulling->rtp_counts(), "pull_rtp");
    writer.add(transcoding->counts(), "worker");
    writer.add(transcoding->still_counts(), "still");
    writer.add(continuity->slate_counts(), "slate");
    writer.add(thumbnails.counts(), "thumbnail");
}

// On their own threads: a ring belongs to the thread that makes it.
void Server::Parts::make_hubs() {
    const net::IoKind io = net::choose_io();
    hubs.resize(shards->count());
    std::latch made(static_cast<std::ptrdiff_t>(hubs.size()));
    for (std::size_t index = 0; index < hubs.size(); ++index)
        shards->at(index).post([&, index] {
            hubs[index] = std::make_unique<net::BroadcastHub>(shards->at(index), io, registry.memory());
            made.count_down();
        });
    made.wait();
    log.info("memory", {{"limits.memory", config->limits.memory},
                        {"ceiling", print_mebibytes(memory_ceiling(*config, shards->count()))}});
    log.info("event loops", {{"threads", shards->count()}, {"io", hubs.front()->io()}});
}

void Server::Parts::check_open_files() {
    const std::uint64_t files = raise_open_files();
    if (files >= config->limits.viewers + files_besides_viewers) return;
    log.warning("fewer open files than limits.viewers asks for: raise the limit (ulimit -n, LimitNOFILE=)",
                {{"open_files", files}, {"limits.viewers", config->limits.viewers}});
}

std::expected<void, std::string> Server::Parts::load_certificate() {
    const auto loaded = certificates->load(config->http);
    if (loaded && !certificates->has_one())
        log.info("nothing is served over TLS: http.certificate and http.key name no files");
    return loaded;
}

void Server::Parts::reload_certificate() {
    const bool had_one = certificates->has_one();
    if (const auto loaded = certificates->load(config->http); !loaded)
        return log.error("the certificate cannot be used", {{"reason", loaded.error()}});
    if (had_one || !certificates->has_one()) return;
    if (const auto opened = listening->open(*config); !opened) log.error(opened.error());
    listening->start();
}

void Server::Parts::make_srt() {
    srt = std::make_unique<endpoint::SrtEndpoint>(
        *shards,
        endpoint::SrtSurroundings{
            .publishing = {.registry = registry, .config = *shared_config, .log = log},
            .poller = *srt_poller,
            .access = [](const config::Config& now, const asio::ip::address& peer,
                         std::string_view token) { return api::may_publish(now.auth, peer, token); },
            .hubs = hubs,
            .format = ts_format,
            .take_place = [this](net::Shard& shard) { return http->take_place(shard); }},
        config);
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { stop(); }

std::expected<std::unique_ptr<Server>, std::string> Server::create(config::Config config, base::Journal& journal) {
    auto parts = std::make_unique<Parts>(std::move(config), journal);
    parts->check_open_files();
    parts->make();
    auto ready = parts->load_certificate();
    if (ready) ready = parts->listening->open(*parts->config);
    auto server = std::unique_ptr<Server>(new Server(std::move(parts)));
    if (!ready) return std::unexpected(ready.error());
    return server;
}

void Server::start() {
    for (std::size_t index = 0; index < parts_->shards->count(); ++index) {
        net::Shard& shard = parts_->shards->at(index);
        asio::co_spawn(shard.context(), drive(shard, parts_->registry), asio::detached);
    }
    parts_->listening->start();
    parts_->transcoding->start();
}

void Server::reload(config::Config config) {
    Parts& parts = *parts_;
    for (const config::ChangedKey& change : config::difference(*parts.config, config))
        parts.log.info("configuration changed", {{"key", change.key},
                                                 {"from", change.from},
                                                 {"to", change.to},
                                                 {"effect", config::describe(change.change)}});
    parts.config = std::make_shared<const config::Config>(std::move(config));
    parts.journal.set_level(parts.config->log.level);
    parts.journal.set_format(parts.config->log.format);
    parts.registry.set_limits(registry_limits(*parts.config));
    parts.http->set_connections(http_limits(*parts.config).connections);
    parts.desk->reload(parts.config);
    parts.reload_certificate();
}

void Server::look_at_certificate() { parts_->certificates->look(); }

void Server::give_back_memory() { parts_->idle_memory->look(); }

void Server::stop() {
    Parts& parts = *parts_;
    if (parts.shards == nullptr) return;
    parts.listening->stop();
    parts.srt->close();
    parts.pulling->close();
    parts.rtmp->close();
    parts.rtsp->close();
    parts.http->close();
    // Sessions end on their own shards; what does not within a second is destroyed with them.
    const auto connections = [&parts] {
        return parts.rtmp->counts().connections.value() + parts.rtsp->counts().connections.value() +
               parts.srt->counts().connections.value();
    };
    for (int i = 0; i < 100 && connections() > 0; ++i) std::this_thread::sleep_for(10ms);
    parts.desk->stop();
    parts.shards->stop();
    parts.listening.reset();
    parts.http.reset();
    parts.media.reset();
    parts.pulling.reset();
    parts.rtmp.reset();
    parts.srt.reset();
    parts.rtsp.reset();
    parts.hubs.clear();
    parts.desk.reset();
    parts.srt_poller.reset();
    parts.registry.clear();
    parts.continuity.reset();
    parts.transcoding.reset();
    parts.certificates.reset();
    parts.idle_memory.reset();
    parts.shards.reset();
}

std::uint16_t Server::rtmp_port() const noexcept { return parts_->listening->rtmp_port(); }

}  // namespace weir::app
