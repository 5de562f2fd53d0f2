#include "app/publisher.hpp"

#include "base/byte_writer.hpp"
#include "base/clock.hpp"
#include "format/flv_metadata.hpp"
#include "format/flv_tags.hpp"
#include "net/tls_channel.hpp"
#include "proto/rtmp/client_connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace weir::app {

namespace asio = boost::asio;
namespace flv = format::flv;
namespace rtmp = proto::rtmp;
using asio::ip::tcp;
using base::ErrorKind;

namespace {

using Outcome = std::expected<void, PublishFailure>;

auto redirect(boost::system::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

// One publication. The reading half runs beside the sending half, on one executor; whichever ends first ends both.
class Session {
  public:
    Session(asio::any_io_executor executor, std::unique_ptr<LiveSource> source, RtmpUrl url, PublishProgress progress,
            net::TlsContextRef tls)
        : context_(std::move(tls)),
          source_(std::move(source)),
          url_(std::move(url)),
          progress_(std::move(progress)),
          socket_(executor),
          due_(executor),
          connection_(
              {.limits = {}, .tc_url = proto::rtmp::print_tc_url(url_), .app = url_.app, .stream_key = url_.key},
              base::read_clocks().instant) {}

    asio::awaitable<Outcome> run() {
        boost::system::error_code error;
        tcp::resolver resolver(socket_.get_executor());
        const auto addresses = co_await resolver.async_resolve(url_.host, std::to_string(url_.port), redirect(error));
        if (!error) co_await asio::async_connect(socket_, addresses, redirect(error));
        if (error) co_return std::unexpected(PublishFailure{ErrorKind::io, "no connection: " + error.message()});
        socket_.set_option(tcp::no_delay(true), error);
        if (url_.tls) {
            const Outcome secured = co_await secure();
            if (!secured) co_return secured;
        }
        using namespace asio::experimental::awaitable_operators;
        const auto ended = co_await (read() || send());
        co_return ended.index() == 0 ? std::get<0>(ended) : std::get<1>(ended);
    }

  private:
    // The handshake of TLS: nothing of RTMP is said before.
    asio::awaitable<Outcome> secure() {
        tls_ = net::TlsChannel::connect(context_, url_.host, sealed_);
        std::array<std::uint8_t, 4096> buffer;
        while (tls_->state() == net::TlsChannel::State::handshake) {
            boost::system::error_code error;
            co_await flush_sealed();
            const std::size_t count = co_await socket_.async_read_some(asio::buffer(buffer), redirect(error));
            if (error) co_return std::unexpected(PublishFailure{ErrorKind::closed, "the server closed the connection"});
            tls_->receive({buffer.data(), count}, opened_, sealed_);
        }
        co_await flush_sealed();
        if (tls_->state() == net::TlsChannel::State::open) co_return Outcome{};
        co_return std::unexpected(PublishFailure{ErrorKind::refused, "TLS failed: " + tls_->failure()});
    }

    asio::awaitable<Outcome> read() {
        std::array<std::uint8_t, 4096> buffer;
        while (true) {
            boost::system::error_code error;
            const std::size_t count = co_await socket_.async_read_some(asio::buffer(buffer), redirect(error));
            if (error) co_return std::unexpected(PublishFailure{ErrorKind::closed, "the server closed the connection"});
            base::ByteView bytes(buffer.data(), count);
            if (tls_ != nullptr) {
                opened_.clear();
                tls_->receive(bytes, opened_, sealed_);
                bytes = opened_;
            }
            connection_.receive(bytes, base::read_clocks().instant);
            while (auto event = connection_.next_event()) {
                if (std::holds_alternative<rtmp::Ready>(*event)) ready_ = true;
                else if (auto* closed = std::get_if<rtmp::ClientClosed>(&*event)) {
                    if (finished_) co_return Outcome{};
                    co_return std::unexpected(PublishFailure{closed->kind, closed->text});
                }
            }
            has_news_ = true;
            due_.cancel();  // the sending half answers
        }
    }

    asio::awaitable<Outcome> send() {
        co_await flush();
        const auto give_up = base::read_clocks().instant + std::chrono::seconds(10);
        while (!ready_) {
            if (base::read_clocks().instant > give_up)
                co_return std::unexpected(PublishFailure{ErrorKind::timed_out, "the server does not answer"});
            co_await doze(give_up);
            if (!co_await flush()) co_await wait_for_end();
        }
        while (true) {
            const auto event = co_await source_->next();
            if (!event) co_return std::unexpected(event.error());
            if (!*event) break;
            const auto* track = std::get_if<media::Track>(&**event);
            if (track != nullptr && !flv::can_carry(track->codec))
                co_return std::unexpected(PublishFailure{
                    ErrorKind::unsupported, "RTMP does not carry " + std::string(media::info(track->codec).name)});
            if (track != nullptr) announce(*track);
            else send_packet(std::get<media::Packet>(**event));
            if (!co_await flush()) co_await wait_for_end();
        }
        finished_ = true;
        connection_.finish();
        co_await flush();
        co_return Outcome{};
    }

    void announce(const media::Track& track) {
        if (const media::Track* known = tracks_.find(track.id); known != nullptr && *known == track) return;
        std::erase_if(tracks_.tracks, [&](const media::Track& known) { return known.id == track.id; });
        tracks_.tracks.push_back(track);
        body_.clear();
        flv::write_metadata(tracks_, body_);
        connection_.send(rtmp::MessageType::amf0_data, flv::wire_time(sent_), body_.view());
        body_.clear();
        flv::write_config_body(track, body_);
        connection_.send(message_type(track.kind), flv::wire_time(sent_), body_.view());
    }

    void send_packet(const media::Packet& packet) {
        const media::Track* track = tracks_.find(packet.track);
        if (track == nullptr) return;
        sent_ = std::max(sent_, packet.dts);
        body_.clear();
        flv::write_frame_header(*track, packet, body_);
        body_.bytes(packet.payload);
        connection_.send(message_type(track->kind), flv::wire_time(packet.dts), body_.view());
        bytes_ += body_.size();
        if (progress_ && sent_ - reported_ >= media::Ticks::milliseconds(1000)) {
            reported_ = sent_;
            progress_(sent_, bytes_);
        }
    }

    static rtmp::MessageType message_type(media::Kind kind) noexcept {
        return kind == media::Kind::video ? rtmp::MessageType::video : rtmp::MessageType::audio;
    }

    // False once the connection is broken: the reading half then says why.
    asio::awaitable<bool> flush() {
        boost::system::error_code error;
        const base::Bytes output = connection_.take_output();
        if (tls_ != nullptr) {
            if (!output.empty() && !tls_->send(output, sealed_)) co_return false;
            co_return co_await flush_sealed();
        }
        if (!output.empty())
            co_await asio::async_write(socket_, asio::buffer(output.data(), output.size()), redirect(error));
        co_return !error;
    }

    asio::awaitable<bool> flush_sealed() {
        boost::system::error_code error;
        const net::TlsBytes sealed = std::exchange(sealed_, {});
        if (!sealed.empty()) co_await asio::async_write(socket_, asio::buffer(sealed), redirect(error));
        co_return !error;
    }

    asio::awaitable<void> sleep_until(base::Instant moment) {
        while (base::read_clocks().instant < moment) co_await doze(moment);
    }

    // Until that moment, or until the reading half has news; news that came while this half was busy is no less.
    asio::awaitable<void> doze(base::Instant moment) {
        if (std::exchange(has_news_, false)) co_return;
        boost::system::error_code woken;
        due_.expires_at(moment);
        co_await due_.async_wait(redirect(woken));
        has_news_ = false;
    }

    asio::awaitable<void> wait_for_end() {
        co_await sleep_until(base::read_clocks().instant + std::chrono::seconds(5));
    }

    net::TlsContextRef context_;
    std::unique_ptr<net::TlsChannel> tls_;  ///< null without TLS
    net::TlsBytes opened_;
    net::TlsBytes sealed_;  ///< what is to be sent
    std::unique_ptr<LiveSource> source_;
    RtmpUrl url_;
    PublishProgress progress_;
    tcp::socket socket_;
    asio::steady_timer due_;
    rtmp::ClientConnection connection_;
    media::TrackSet tracks_;
    base::ByteWriter body_;
    media::Ticks sent_;
    media::Ticks reported_;
    std::uint64_t bytes_ = 0;
    bool ready_ = false;
    bool has_news_ = false;  ///< the reading half has received something
    bool finished_ = false;
};

}  // namespace

asio::awaitable<Outcome> publish(std::unique_ptr<LiveSource> source, RtmpUrl url, PublishProgress progress,
                                 net::TlsContextRef tls) {
    const auto executor = co_await asio::this_coro::executor;
    auto session =
        std::make_unique<Session>(executor, std::move(source), std::move(url), std::move(progress), std::move(tls));
    co_return co_await session->run();
}

}  // namespace weir::app
