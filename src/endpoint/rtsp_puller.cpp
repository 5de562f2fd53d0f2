#include "endpoint/rtsp_puller.hpp"

#include "base/clock.hpp"
#include "endpoint/rtsp_legs.hpp"
#include "endpoint/rtsp_names.hpp"
#include "endpoint/rtsp_source.hpp"
#include "endpoint/tcp_fetch.hpp"
#include "proto/rtsp/client_connection.hpp"
#include "proto/rtsp/reader.hpp"
#include "proto/rtsp/url.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weir::endpoint {

namespace rtp = format::rtp;
namespace rtsp = proto::rtsp;
using base::ErrorKind;
using Lower = rtsp::Transport::Lower;

namespace {

// How long datagrams may stay away, where there are routers that let none in.
constexpr base::Duration first_datagram = std::chrono::seconds(3);
// How often the ports are asked for more before others have their turn.
constexpr int turns_at_once = 8;
constexpr std::size_t slab_size = 31U << 10;

class RtspFetch final : public TcpFetch {
  public:
    RtspFetch(RtspPullService service, PullRequest request, Source source, rtsp::Url url, PullSink& sink,
              net::Shard& shard)
        : TcpFetch(std::move(request), std::move(source), sink, shard),
          service_(std::move(service)),
          url_(std::move(url)),
          lower_(url_.lower),
          shard_(shard) {}

  private:
    void begin(base::Now now) override {
        legs_.reset();
        source_.reset();
        machine_.emplace(rtsp::ClientConnection::Options{.purpose = rtsp::Purpose::play,
                                                         .address = url_.address,
                                                         .login = url_.login,
                                                         .lower = lower_,
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
        if (legs_ != nullptr && !is_connected_ && now.instant >= awaited_) return give_udp_up(now);
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
        source_ = std::make_unique<RtspSource>(std::move(taken), service_.rtp);
        machine_->set_up(std::move(offers), now.instant);
    }
    void handle(const rtsp::PortsRequested& event, base::Now now) {
        if (url_.tls)
            return machine_->close(ErrorKind::unsupported, "the source does not send RTP over the connection of TLS");
        if (legs_ == nullptr) legs_ = std::make_unique<RtspLegs>(shard_, service_.udp, local_address(), peer_address());
        const auto ports = legs_->add(event.track);
        if (!ports) return machine_->close(ports.error().kind, ports.error().text);
        awaited_ = base::Instant::max();
        machine_->use_ports(*ports, now.instant);
    }
    void handle(const rtsp::Started& event, base::Now now) {
        const bool is_over_udp = machine_->tracks().front().transport.lower == Lower::udp;
        if (!is_over_udp) legs_.reset();
        const auto transport = is_over_udp ? rtp::Receiver::Transport::unordered : rtp::Receiver::Transport::ordered;
        if (const auto begun = source_->begin(transport, random_ssrc()); !begun)
            return machine_->close(begun.error().kind, begun.error().text);
        source_->begin_at(event.timestamps);
        if (is_over_udp) open_ports(now);
        else connect_sink();
    }
    void handle(rtsp::Media& media, base::Now now) {
        hear(now);
        if (source_ != nullptr) source_->receive(media.track, media.is_control, media.packet, now);
    }
    void handle(rtsp::ClientClosed& closed, base::Now /*now*/) { (void)end(closed.kind, std::move(closed.text)); }

    // Over UDP the source is there when something has come: before it may still be asked to take the connection.
    void connect_sink() {
        if (!std::exchange(is_connected_, true)) sink()->connected({url_.tls ? "rtsps" : "rtsp", peer(), {}});
    }

    void open_ports(base::Now now) {
        for (const rtsp::TrackSetup& one : machine_->tracks())
            if (one.transport.server_ports) legs_->aim(one.track, *one.transport.server_ports);
        legs_->knock();
        legs_->start([this] { receive_datagrams(base::read_clocks()); });
        awaited_ = now.instant + first_datagram;
    }

    // They cannot be held back: while memory is full they are dropped.
    void receive_datagrams(base::Now now) {
        const bool is_dropping = service_.memory.is_full();
        const auto take = [&](const RtspLegs::Received& one) {
            if (sink() == nullptr || is_dropping) return;
            machine_->heard(now.instant);
            if (!one.is_control) hear(now);
            if (!one.is_control) connect_sink();
            base::Buffer copy = slabs_.cut(one.bytes.size());
            std::ranges::copy(one.bytes, copy.span().begin());
            source_->receive(one.track, one.is_control, std::move(copy).freeze(), now);
        };
        for (int i = 0; i < turns_at_once && legs_->receive(take); ++i) {}
        if (sink() == nullptr || !drain(now)) return;
        (void)sink()->read_done();
    }

    /// False where there is nothing else to try.
    bool give_udp_up(base::Now now) {
        if (lower_ == Lower::tcp)
            return end(ErrorKind::timed_out,
                       "no datagrams come from the source, and RTP over the connection it refuses");
        lower_ = Lower::tcp;
        request().log.warning("no datagrams come from the source: RTP over the connection is tried");
        start_over(now);
        return true;
    }

    /// False: it is over.
    bool pass_media() {
        if (source_ == nullptr || !is_connected_) return true;
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
            if (legs_ != nullptr) legs_->send(one.section, RtspLegs::Half::rtcp, one.packet);
            const auto& channels = machine_->tracks()[one.section].transport.channels;
            if (!channels) continue;
            std::string frame;
            rtsp::Reader::write_frame_head(static_cast<std::uint8_t>(channels->rtcp),
                                           static_cast<std::uint16_t>(one.packet.size()), frame);
            frame += base::as_text(one.packet);
            put(base::as_bytes(frame));
        }
    }

    const RtspPullService service_;
    const rtsp::Url url_;
    Lower lower_;  ///< what is tried first
    net::Shard& shard_;
    std::optional<rtsp::ClientConnection> machine_;  ///< nothing before the connection
    std::unique_ptr<RtspSource> source_;
    bool is_connected_ = false;  ///< the sink knows
    // Over UDP.
    std::unique_ptr<RtspLegs> legs_;
    base::Instant awaited_{};  ///< until then the first datagram comes
    base::BufferCutter slabs_{slab_size};
};

}  // namespace

std::unique_ptr<Puller> start_rtsp_pull(const RtspPullService& service, PullRequest request, PullSink& sink,
                                        net::Shard& shard) {
    auto url = rtsp::parse_url(request.url);
    const std::string wrong(url ? std::string_view() : url.error().text);
    if (!url) url = rtsp::Url{};
    auto fetch = std::make_shared<RtspFetch>(
        service, std::move(request), TcpFetch::Source{url->host, url->port, url->tls, wrong}, *url, sink, shard);
    return TcpFetch::start(std::move(fetch), shard);
}

}  // namespace weir::endpoint
