#include "app/stream_desk.hpp"

#include "app/formats.hpp"
#include "base/clock.hpp"
#include "config/streams.hpp"

#include <algorithm>
#include <iterator>
#include <latch>
#include <utility>

namespace weir::app {

namespace {

std::shared_ptr<endpoint::TcpPushService> make_tcp(const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs) {
    auto trust = net::TlsContext::client();
    return std::make_shared<endpoint::TcpPushService>(hubs, trust ? *trust : nullptr,
                                                      trust ? std::string() : trust.error());
}

// The table: what a stream can be sent by.
std::vector<endpoint::PushScheme> push_schemes(const std::shared_ptr<endpoint::TcpPushService>& tcp,
                                               const StreamDesk::Surroundings& around) {
    std::vector<endpoint::PushScheme> schemes = endpoint::rtmp_push_schemes(tcp, rtmp_format);
    std::ranges::move(
        endpoint::rtsp_push_schemes(
            tcp, {.both = rtsp_format, .picture = rtsp_picture_format, .sound = rtsp_sound_format}, around.datagrams),
        std::back_inserter(schemes));
    schemes.push_back(endpoint::srt_push_scheme({around.srt, around.hubs, ts_format}));
    return schemes;
}

// Who lists viewers: the hubs, and whatever endpoint has sockets of its own.
std::vector<api::SessionSurroundings::Source> session_sources(
    const std::vector<std::unique_ptr<net::BroadcastHub>>& hubs) {
    return {[&hubs](std::size_t shard) -> stream::SessionSource& { return *hubs[shard]; }};
}

}  // namespace

StreamDesk::StreamDesk(Surroundings around, config::ConfigRef file)
    : around_(std::move(around)),
      overlay_(around_.shards, std::make_shared<const config::Overlay>()),
      tcp_(make_tcp(around_.hubs)),
      pushes_({.shards = around_.shards,
               .desk = threads_.at(0),
               .registry = around_.registry,
               .schemes = push_schemes(tcp_, around_),
               .log = around_.log}),
      book_(book_surroundings(), file->store.path),
      control_{around_.registry, around_.config, overlay_, book_, threads_.at(0)},
      sessions_{around_.registry, around_.shards, around_.config, session_sources(around_.hubs)} {
    std::latch read(1);
    threads_.at(0).post([&] {
        book_.set_base(std::move(file));
        read.count_down();
    });
    read.wait();
}

StreamDesk::~StreamDesk() { threads_.stop(); }

api::StreamBook::Surroundings StreamDesk::book_surroundings() {
    return {.config = around_.config,
            .overlay = overlay_,
            .reloaded = [this](const config::ConfigRef& now) { tell_streams(now); },
            .restreaming = {
                .check = [this](std::string_view stream, std::string_view url) { return pushes_.check(stream, url); },
                .set = [this](const std::string& stream, const auto& targets) { pushes_.set(stream, targets); },
                .list = [this](const std::string& stream) { return pushes_.list(stream); }},
            .log = around_.log};
}

std::vector<net::Route> StreamDesk::routes() const {
    std::vector<net::Route> routes = api::control_routes(control_);
    std::ranges::move(api::session_routes(sessions_), std::back_inserter(routes));
    return routes;
}

void StreamDesk::reload(config::ConfigRef file) {
    threads_.at(0).post([this, base = std::move(file)] { book_.set_base(base); });
}

// What can change on a stream that runs.
void StreamDesk::tell_streams(const config::ConfigRef& now) const {
    for (const stream::StreamSnapshotRef& snapshot : around_.registry.list())
        if (const auto stream = around_.registry.find(snapshot->id))
            stream->shard().post([stream, options = config::options_for(*now, snapshot->id.text())] {
                stream->set_options(options, base::read_clocks());
            });
}

void StreamDesk::add_counts(base::MetricsWriter& writer) const {
    writer.add(book_.counts(), "book");
    writer.add(pushes_.counts(), "push");
    writer.add(tcp_->tls, "push_tls");
}

}  // namespace weir::app
