#include "endpoint/rtsp_puller.hpp"

#include "base/clock.hpp"
#include "endpoint/rtsp_names.hpp"
#include "endpoint/rtsp_source.hpp"
#include "net/admitted_connect.hpp"
#include "net/endpoint_text.hpp"
#include "net/transport.hpp"
#include "proto/rtsp/client_connection.hpp"
#include "proto/rtsp/reader.hpp"
#include "proto/rtsp/url.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace rtp = format::rtp;
namespace rtsp = proto::rtsp;
using asio::ip::tcp;
using base::ErrorKind;

namespace {

constexpr std::size_t input_size = 64U << 10;
constexpr base::Duration between_looks = std::chrono::milliseconds(200);

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

// One fetch. Its coroutines keep it after its owner has gone; they end at their next step.
class RtspFetch {
  public:
    RtspFetch(RtpCounts& counts, PullRequest request, rtsp::Url url, PullSink& sink, net::Shard& shard)
        : counts_(counts),
          request_(std::move(request)),
          url_(std::move(url)),
          sink_(&sink),
          transport_(tcp::socket(shard.context())),
          pause_(shard.context()),
          clock_(shard.context()),
          due_(base::read_clocks().instant + request_.connect) {}

    static asio::awaitable<void> run(std::shared_ptr<RtspFetch> self) {
        if (!co_await self->connect()) co_return;
        while (self->sink_ != nullptr && co_await self->read()) {}
    }

    /// Deadlines, of ours and of the machine.
    static asio::awaitable<void> watch(std::shared_ptr<RtspFetch> self) {
        while (self->sink_ != nullptr) {
            boost::system::error_code error;
            self->clock_.expires_after(between_looks);
            co_await self->clock_.async_wait(redirect(error));
            if (self->sink_ != nullptr) self->look(base::read_clocks());
        }
    }

    /// Says goodbye as far as the socket takes it.
    void let_go() {
        sink_ = nullptr;
        if (machine_) {
            machine_->finish();
            flush();
        }
        transport_.close();
        pause_.cancel();
        clock_.cancel();
    }

  private:
    asio::awaitable<bool> connect() {
        const auto connected =
            co_await net::connect_admitted(transport_.socket(), url_.host, url_.port, request_.addresses);
        if (sink_ == nullptr) co_return false;
        if (!connected) co_return end(connected.error().kind, connected.error().text);
        boost::system::error_code error;
        peer_ = net::print_endpoint(transport_.socket().remote_endpoint(error));
        transport_.socket().non_blocking(true, error);
        transport_.socket().set_option(tcp::no_delay(true), error);
        if (url_.tls && !greet_tls()) co_return false;
        machine_.emplace(rtsp::ClientConnection::Options{.purpose = rtsp::Purpose::play,
                                                         .address = url_.address,
                                                         .login = url_.login,
                                                         .filler = random_session_name()},
                         base::read_clocks().instant);
        flush();
        co_return true;
    }

    bool greet_tls() {
        auto trust = net::TlsContext::client();
        if (!trust) return end(ErrorKind::internal, trust.error());
        net::TlsBytes hello;
        auto channel = net::TlsChannel::connect(*std::move(trust), url_.host, hello);
        (void)transport_.put(hello, scratch_);
        tcp::socket socket = std::move(transport_.socket());
        transport_ = net::Transport(std::move(socket), std::make_unique<net::TlsLink>(std::move(channel), tls_counts_));
        return true;
    }

    asio::awaitable<bool> read() {
        boost::system::error_code error;
        co_await transport_.socket().async_wait(tcp::socket::wait_read, redirect(error));
        if (sink_ == nullptr) co_return false;
        const net::Transport::Received received = transport_.receive(scratch_);
        const base::Now now = base::read_clocks();
        machine_->receive(received.bytes, now.instant);
        if (!drain(now)) co_return false;
        if (received.is_over || error) co_return end(ErrorKind::closed, "the server closed the connection");
        const base::Duration pause = sink_->read_done();
        if (pause <= base::Duration::zero()) co_return true;
        pause_.expires_after(pause);
        co_await pause_.async_wait(redirect(error));
        due_ = base::read_clocks().instant + request_.silence;
        if (machine_) machine_->heard(base::read_clocks().instant);
        co_return true;
    }

    bool drain(base::Now now) {
        while (auto event = machine_->next_event()) {
            std::visit([&](auto& one) { handle(one, now); }, *event);
            if (sink_ == nullptr) return false;
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
                sink_->trouble(section.left_out);
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
        sink_->connected({url_.tls ? "rtsps" : "rtsp", peer_, {}});
    }
    void handle(rtsp::Media& media, base::Now now) {
        due_ = now.instant + request_.silence;
        if (source_ != nullptr) source_->receive(media.track, media.is_control, media.packet, now);
    }
    void handle(rtsp::ClientClosed& closed, base::Now /*now*/) { (void)end(closed.kind, std::move(closed.text)); }

    /// False: it is over.
    bool pass_media() {
        if (source_ == nullptr) return true;
        while (auto event = source_->next_event()) {
            if (auto* track = std::get_if<media::Track>(&*event)) sink_->track(std::move(*track), rtp_clock);
            else if (auto* sample = std::get_if<rtp::Sample>(&*event)) sink_->sample(sample_of(std::move(*sample)));
        }
        if (const std::string_view trouble = source_->take_trouble(); !trouble.empty()) sink_->trouble(trouble);
        return source_->has_left() ? end(ErrorKind::closed, "the source said goodbye") : true;
    }

    void look(base::Now now) {
        if (machine_) {
            machine_->tick(now.instant);
            if (source_ != nullptr) source_->tick(now);
            if (!drain(now)) return;
            report(now);
        }
        if (transport_.has_kept()) (void)transport_.flush(scratch_);
        if (pause_.expiry() < now.instant && now.instant >= due_)
            (void)end(ErrorKind::timed_out, "the source sends nothing");
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
            (void)transport_.put(base::as_bytes(frame), scratch_);
        }
    }

    // Nothing of RTSP is said before TLS has shaken hands.
    void flush() {
        const net::TlsChannel* tls = transport_.tls();
        if (tls != nullptr && tls->state() == net::TlsChannel::State::handshake) return;
        const base::Bytes output = machine_->take_output();
        if (!output.empty()) (void)transport_.put(output, scratch_);
    }

    bool end(ErrorKind kind, std::string text) {
        PullSink* sink = sink_;
        let_go();
        sink->over({kind, std::move(text)});
        return false;
    }

    RtpCounts& counts_;
    const PullRequest request_;
    const rtsp::Url url_;
    PullSink* sink_;  ///< null once nobody wants to hear any more
    net::TlsCounts tls_counts_;
    net::Transport transport_;
    net::Scratch scratch_{input_size};
    asio::steady_timer pause_;
    asio::steady_timer clock_;
    base::Instant due_;  ///< until then something has to come
    std::string peer_;
    std::optional<rtsp::ClientConnection> machine_;
    std::unique_ptr<RtspSource> source_;
};

class RtspPuller final : public Puller {
  public:
    explicit RtspPuller(std::shared_ptr<RtspFetch> fetch) : fetch_(std::move(fetch)) {}
    ~RtspPuller() override { fetch_->let_go(); }
    RtspPuller(const RtspPuller&) = delete;
    RtspPuller& operator=(const RtspPuller&) = delete;

  private:
    std::shared_ptr<RtspFetch> fetch_;
};

}  // namespace

std::unique_ptr<Puller> start_rtsp_pull(RtpCounts& counts, PullRequest request, PullSink& sink, net::Shard& shard) {
    auto url = rtsp::parse_url(request.url);
    // An address that is none is found to have no host.
    auto fetch =
        std::make_shared<RtspFetch>(counts, std::move(request), url ? *std::move(url) : rtsp::Url{}, sink, shard);
    asio::co_spawn(shard.context(), RtspFetch::run(fetch), asio::detached);
    asio::co_spawn(shard.context(), RtspFetch::watch(fetch), asio::detached);
    return std::make_unique<RtspPuller>(std::move(fetch));
}

}  // namespace weir::endpoint
