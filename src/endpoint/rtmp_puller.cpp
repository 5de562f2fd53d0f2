#include "endpoint/rtmp_puller.hpp"

#include "endpoint/tcp_fetch.hpp"
#include "format/flv_body_parser.hpp"
#include "format/flv_tags.hpp"
#include "proto/rtmp/client_connection.hpp"
#include "proto/rtmp/url.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace weir::endpoint {

namespace flv = format::flv;
namespace rtmp = proto::rtmp;

namespace {

constexpr stream::WireClock milliseconds{.timescale = 1000, .bits = 32};

class RtmpFetch final : public TcpFetch {
  public:
    RtmpFetch(PullRequest request, rtmp::Url url, PullSink& sink, net::Shard& shard)
        : TcpFetch(std::move(request), {url.host, url.port, url.tls}, sink, shard), url_(std::move(url)) {}

  private:
    void begin(base::Now now) override {
        machine_.emplace(rtmp::ClientConnection::Options{.tc_url = rtmp::print_tc_url(url_),
                                                         .app = url_.app,
                                                         .stream_key = url_.key,
                                                         .seed = request().seed,
                                                         .purpose = rtmp::Purpose::play},
                         now.instant);
    }
    bool receive(base::ByteView bytes, base::Now now) override {
        machine_->receive(bytes, now.instant);
        return drain(now);
    }
    bool tick(base::Now now) override {
        machine_->tick(now.instant);
        return drain(now);
    }
    base::Bytes take_output() override { return machine_->take_output(); }

    bool drain(base::Now now) {
        while (auto event = machine_->next_event()) {
            std::visit([&](auto& one) { handle(one, now); }, *event);
            if (sink() == nullptr) return false;
        }
        flush();
        return true;
    }

    void handle(const rtmp::Ready& /*event*/, base::Now /*now*/) {
        sink()->connected({url_.tls ? "rtmps" : "rtmp", peer(), {}});
    }
    void handle(rtmp::ClientClosed& closed, base::Now /*now*/) { (void)end(closed.kind, std::move(closed.text)); }
    void handle(const rtmp::Media& media, base::Now now) {
        hear(now);
        auto first = bodies_.receive(flv::tag_type(media.kind), media.timestamp, media.body);
        if (!first) return sink()->trouble(first.error().text);
        for (auto event = *std::move(first); event && sink() != nullptr; event = bodies_.next())
            take(*std::move(event));
    }

    // Of a source with several qualities the first is the stream.
    void take(flv::Event event) {
        if (auto* config = std::get_if<flv::Config>(&event)) {
            if (config->track.id <= media::audio_track_id) sink()->track(std::move(config->track), milliseconds);
        } else if (auto* sample = std::get_if<flv::Sample>(&event);
                   sample != nullptr && sample->track <= media::audio_track_id) {
            sink()->sample({.track = sample->track,
                            .wire_time = sample->dts,
                            .composition_offset = sample->composition_offset,
                            .keyframe = sample->keyframe,
                            .payload = std::move(sample->payload)});
        }
    }

    const rtmp::Url url_;
    std::optional<rtmp::ClientConnection> machine_;  ///< nothing before the connection
    flv::BodyParser bodies_;
};

}  // namespace

std::unique_ptr<Puller> start_rtmp_pull(PullRequest request, PullSink& sink, net::Shard& shard) {
    auto url = rtmp::parse_url(request.url);
    // An address that is none is found to have no host.
    auto fetch = std::make_shared<RtmpFetch>(std::move(request), url ? *std::move(url) : rtmp::Url{}, sink, shard);
    return TcpFetch::start(std::move(fetch), shard);
}

}  // namespace weir::endpoint
