#include "endpoint/rtsp_puller.hpp"

#include "endpoint/rtsp_names.hpp"
#include "endpoint/rtsp_source.hpp"
#include "endpoint/tcp_fetch.hpp"
#include "proto/rtsp/client_connection.hpp"
#include "proto/rtsp/reader.hpp"
#include "proto/rtsp/url.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weir::endpoint {

namespace rtp = format::rtp;
namespace rtsp = proto::rtsp;
using base::ErrorKind;

namespace {

class RtspFetch final : public TcpFetch {
  public:
    RtspFetch(RtpCounts& counts, PullRequest request, rtsp::Url url, PullSink& sink, net::Shard& shard)
        : TcpFetch(std::move(request), {url.host, url.port, url.tls}, sink, shard),
          counts_(counts),
          url_(std::move(url)) {}

  private:
    void begin(base::Now now) override {
        machine_.emplace(rtsp::ClientConnection::Options{.purpose = rtsp::Purpose::play,
                                                         .address = url_.address,
                                                         .login = url_.login,
                                                         .filler = random_session_name()},
                         now.instant);
    }
    bool receive(base::ByteView bytes, base::Now now) override {
        machine_->receive(bytes, now.instant);
        return drain(now);
    }
    bool tick(base::Now now) override {
        machine_->tick(now.instant);
        if (source_ != nullptr) source_->tick(now);
        if (!drain(now)) return false;
        report(now);
        return true;
    }
    base::Bytes take_output() override { return machine_->take_output(); }
    void resume(base::Now now) override { machine_->heard(now.instant); }
    void finish() override { machine_->finish(); }

    bool drain(base::Now now) {
        while (auto event = machine_->next_event()) {
            std::visit([&](auto& one) { handle(one, now); }, *event);
            if (sink() == nullptr) return false;
        }
        flush();
        return pass_media();
    }

    /// Those that are left out are not set up.
    void handle(rtsp::TracksRequested& event, base::Now now) {
        auto sections = parse_description(event.description);
        if (!sections) return machine_->close(sections.error().kind, sections.error().text);
        std::vector<rtsp::TrackOffer> offers;
        std::vector<RtspSection> taken;
        for (RtspSection& section : *sections) {
            if (!section.format) {
                sink()->trouble(section.left_out);
                continue;
            }
            offers.push_back({.control = section.control, .channels = {}});
            taken.push_back(std::move(section));
        }
        source_ = std::make_unique<RtspSource>(std::move(taken), counts_);
        machine_->set_up(std::move(offers), now.instant);
    }
    void handle(const rtsp::PortsRequested& /*event*/, base::Now /*now*/) {
        machine_->close(ErrorKind::unsupported, "the source does not send RTP over the connection");
    }
    void handle(const rtsp::Started& event, base::Now /*now*/) {
        if (const auto begun = source_->begin(rtp::Receiver::Transport::ordered, random_ssrc()); !begun)
            return machine_->close(begun.error().kind, begun.error().text);
        source_->begin_at(event.timestamps);
        sink()->connected({url_.tls ? "rtsps" : "rtsp", peer(), {}});
    }
    void handle(rtsp::Media& media, base::Now now) {
        hear(now);
        if (source_ != nullptr) source_->receive(media.track, media.is_control, media.packet, now);
    }
    void handle(rtsp::ClientClosed& closed, base::Now /*now*/) { (void)end(closed.kind, std::move(closed.text)); }

    /// False: it is over.
    bool pass_media() {
        if (source_ == nullptr) return true;
        while (auto event = source_->next_event()) {
            if (auto* track = std::get_if<media::Track>(&*event)) sink()->track(std::move(*track), rtp_clock);
            else if (auto* sample = std::get_if<rtp::Sample>(&*event)) sink()->sample(sample_of(std::move(*sample)));
        }
        if (const std::string_view trouble = source_->take_trouble(); !trouble.empty()) sink()->trouble(trouble);
        return source_->has_left() ? end(ErrorKind::closed, "the source said goodbye") : true;
    }

    /// What has come of the tracks: some cameras stop where nobody says so.
    void report(base::Now now) {
        if (source_ == nullptr || !machine_->is_started()) return;
        for (const RtspSource::Report& one : source_->take_reports(now)) {
            const auto& channels = machine_->tracks()[one.section].transport.channels;
            if (!channels) continue;
            std::string frame;
            rtsp::Reader::write_frame_head(static_cast<std::uint8_t>(channels->rtcp),
                                           static_cast<std::uint16_t>(one.packet.size()), frame);
            frame += base::as_text(one.packet);
            put(base::as_bytes(frame));
        }
    }

    RtpCounts& counts_;
    const rtsp::Url url_;
    std::optional<rtsp::ClientConnection> machine_;  ///< nothing before the connection
    std::unique_ptr<RtspSource> source_;
};

}  // namespace

std::unique_ptr<Puller> start_rtsp_pull(RtpCounts& counts, PullRequest request, PullSink& sink, net::Shard& shard) {
    auto url = rtsp::parse_url(request.url);
    // An address that is none is found to have no host.
    auto fetch =
        std::make_shared<RtspFetch>(counts, std::move(request), url ? *std::move(url) : rtsp::Url{}, sink, shard);
    return TcpFetch::start(std::move(fetch), shard);
}

}  // namespace weir::endpoint
