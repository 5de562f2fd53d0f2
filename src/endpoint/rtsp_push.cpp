#include "endpoint/rtsp_push.hpp"

#include "base/clock.hpp"
#include "endpoint/rtsp_legs.hpp"
#include "endpoint/rtsp_names.hpp"
#include "endpoint/rtsp_player.hpp"
#include "format/rtp_format.hpp"
#include "proto/rtsp/client_connection.hpp"
#include "proto/rtsp/url.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace weir::endpoint {

namespace rtsp = proto::rtsp;

namespace {

class RtspDialogue final : public PushDialogue {
  public:
    RtspDialogue(const PushOrder& order, const RtspFormats& formats, net::Shard& shard, const DatagramHubs& datagrams)
        : url_(*rtsp::parse_url(order.url)),
          tracks_(order.tracks),
          formats_(formats),
          shard_(shard),
          datagrams_(datagrams),
          play_{.stream = order.stream, .rung = order.rung} {}

    [[nodiscard]] Target target() const override { return {url_.host, url_.port, url_.tls}; }
    [[nodiscard]] std::optional<PushFailure> prepare() override {
        if (tracks_ == nullptr) return PushFailure{PushEnd::transient, "nothing has come of the stream yet"};
        describe_tracks(*tracks_, play_);
        if (!play_.tracks.empty()) return {};
        return PushFailure{PushEnd::impossible, format::nothing_to_carry(format::rtp::carriage, *tracks_)
                                                    .value_or("the stream's first tracks are none that RTP can carry")};
    }
    [[nodiscard]] std::optional<PushFailure> begin(const Ends& ends, base::Instant now) override {
        ends_ = ends;
        machine_.emplace(rtsp::ClientConnection::Options{.purpose = rtsp::Purpose::publish,
                                                         .address = url_.address,
                                                         .login = url_.login,
                                                         .description = play_.description,
                                                         .lower = url_.lower,
                                                         .filler = random_session_name()},
                         now);
        return {};
    }
    [[nodiscard]] std::optional<PushFailure> receive(base::ByteView bytes, base::Instant now) override {
        machine_->receive(bytes, now);
        return drain(now);
    }
    [[nodiscard]] std::optional<PushFailure> tick(base::Instant now) override {
        machine_->tick(now);
        return drain(now);
    }
    [[nodiscard]] base::Bytes take_output() override { return machine_->take_output(); }
    [[nodiscard]] bool is_ready() const override { return machine_->is_started(); }

    // The log's channels are what they are.
    [[nodiscard]] std::optional<PushFailure> conclude() override {
        legs_.reset();
        const auto agrees = [this](const rtsp::TrackSetup& one) {
            return one.transport.channels == play_.tracks[one.track].channels;
        };
        if (!std::ranges::all_of(machine_->tracks(), agrees))
            return PushFailure{PushEnd::impossible, "the target interleaves on channels of its own"};
        return {};
    }
    [[nodiscard]] const stream::WireFormat& format() const override {
        return choose_format(formats_, play_, machine_->tracks());
    }
    [[nodiscard]] stream::ViewerProtocol protocol() const override { return stream::ViewerProtocol::rtsp; }
    [[nodiscard]] bool goes_apart() const override {
        return machine_->tracks().front().transport.lower == rtsp::Transport::Lower::udp;
    }
    void send_apart(const PushOrder& order, std::function<void()> ended) override {
        for (const rtsp::TrackSetup& one : machine_->tracks())
            if (one.transport.server_ports) legs_->aim(one.track, *one.transport.server_ports);
        legs_->start([this] { hear(); });
        viewing_ = datagrams_(shard_).add(order.stream, order.rung, format(),
                                          {.legs = legs_.get(),
                                           .tracks = tracks_by_line(play_, machine_->tracks()),
                                           .asked = base::read_clocks().instant,
                                           .ended = std::move(ended)});
    }
    [[nodiscard]] std::uint64_t sent_apart() const override { return viewing_ == nullptr ? 0 : viewing_->sent_bytes(); }
    void finish() override {
        viewing_.reset();
        machine_->finish();
    }

  private:
    std::optional<PushFailure> drain(base::Instant now) {
        while (auto event = machine_->next_event()) {
            if (std::holds_alternative<rtsp::TracksRequested>(*event)) machine_->set_up(play_.tracks, now);
            else if (const auto* ports = std::get_if<rtsp::PortsRequested>(&*event)) open_ports(ports->track, now);
            else if (const auto* closed = std::get_if<rtsp::ClientClosed>(&*event))
                return PushFailure{push_end_of(closed->kind), closed->text};
        }
        return {};
    }

    void open_ports(std::size_t track, base::Instant now) {
        if (url_.tls)
            return machine_->close(base::ErrorKind::unsupported, "the target takes no RTP over the connection of TLS");
        if (legs_ == nullptr)
            legs_ = std::make_unique<RtspLegs>(shard_, datagrams_(shard_).udp(), ends_.local, ends_.target);
        const auto ports = legs_->add(track);
        if (ports) machine_->use_ports(*ports, now);
        else machine_->close(ports.error().kind, ports.error().text);
    }

    /// The target's reports: it is there.
    void hear() {
        constexpr int turns_at_once = 8;
        const auto take = [this](const RtspLegs::Received&) { machine_->heard(base::read_clocks().instant); };
        for (int i = 0; i < turns_at_once && legs_->receive(take); ++i) {}
    }

    const rtsp::Url url_;
    const media::TrackSetRef tracks_;
    const RtspFormats formats_;
    net::Shard& shard_;
    const DatagramHubs datagrams_;
    Ends ends_;
    RtspPlay play_;                                  ///< what is announced
    std::optional<rtsp::ClientConnection> machine_;  ///< nothing before the connection
    // Over UDP.
    std::unique_ptr<RtspLegs> legs_;
    std::unique_ptr<DatagramHub::Viewing> viewing_;
};

base::Result<void> check(std::string_view url) {
    (void)TRY(rtsp::parse_url(url));
    return {};
}

}  // namespace

std::vector<PushScheme> rtsp_push_schemes(const std::shared_ptr<TcpPushService>& service, const RtspFormats& formats,
                                          const DatagramHubs& datagrams) {
    const auto create = [service, formats, datagrams](PushOrder order, net::Shard& shard, PushEvents events) {
        auto dialogue = std::make_unique<RtspDialogue>(order, formats, shard, datagrams);
        return make_tcp_pusher(std::move(order), std::move(dialogue), shard, std::move(events), service);
    };
    return {{"rtsp", &check, create}, {"rtsps", &check, create}};
}

}  // namespace weir::endpoint
