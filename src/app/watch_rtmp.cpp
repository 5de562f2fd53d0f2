// The viewers of a stream over RTMP.
#include "app/watch_audience.hpp"
#include "format/flv_tags.hpp"
#include "proto/rtmp/client_connection.hpp"

#include <memory>

namespace weir::app {

namespace {

namespace flv = format::flv;
namespace rtmp = proto::rtmp;

class RtmpWatcher final : public Watcher {
  public:
    RtmpWatcher(const RtmpUrl& url, MediaProbe* probe)
        : probe_(probe),
          connection_({.tc_url = proto::rtmp::print_tc_url(url),
                       .app = url.app,
                       .stream_key = url.key,
                       .client = "weir-watch",
                       .purpose = rtmp::Purpose::play},
                      base::read_clocks().instant) {}

    State receive(base::ByteView bytes, base::Now now) override {
        connection_.receive(bytes, now.instant);
        while (auto event = connection_.next_event()) {
            if (const auto* media = std::get_if<rtmp::Media>(&*event)) {
                if (probe_ != nullptr) probe_->see(flv::tag_type(media->kind), media->timestamp, media->body, now);
            } else if (auto* closed = std::get_if<rtmp::ClientClosed>(&*event)) {
                refusal_ = std::move(closed->text);
                state_ = closed->kind == base::ErrorKind::closed ? State::ended : State::failed;
            } else {
                state_ = State::watching;
            }
        }
        return state_;
    }
    void skip(std::size_t count) override { connection_.skip(count); }
    base::Bytes take_output() override { return connection_.take_output(); }
    std::string refusal() const override { return refusal_; }

  private:
    MediaProbe* probe_;
    rtmp::ClientConnection connection_;
    State state_ = State::asking;
    std::string refusal_;
};

}  // namespace

base::Result<WatchReport> watch_rtmp(const RtmpUrl& url, const WatchOptions& options) {
    net::TlsContextRef tls;
    if (url.tls) {
        auto context = net::TlsContext::client(options.trust);
        if (!context)
            return WatchReport{.viewers = options.viewers, .failed = options.viewers, .refusal = context.error()};
        tls = *std::move(context);
    }
    return watch_endless({url.host, url.port}, tls, options,
                         [&](MediaProbe* probe) { return std::make_unique<RtmpWatcher>(url, probe); });
}

}  // namespace weir::app
