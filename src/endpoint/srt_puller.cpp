#include "endpoint/srt_puller.hpp"

#include "base/clock.hpp"
#include "endpoint/mpegts_input.hpp"
#include "endpoint/srt_call.hpp"
#include "format/mpegts_demux.hpp"
#include "net/admitted_connect.hpp"
#include "net/endpoint_text.hpp"
#include "net/srt_socket.hpp"
#include "proto/srt/address.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace srt = proto::srt;
using base::ErrorKind;
using net::Flow;

namespace {

constexpr std::size_t input_size = 64U << 10;
constexpr base::Duration between_looks = std::chrono::milliseconds(100);
/// What has come is read for as long as this after the end, and no longer than the library remembers the connection.
constexpr base::Duration longest_rest = std::chrono::milliseconds(800);

// One fetch. Its coroutine keeps it after its owner has gone; it ends at its next step.
class SrtFetch {
  public:
    SrtFetch(net::SrtPoller& poller, PullRequest request, PullSink& sink, net::Shard& shard)
        : poller_(poller),
          request_(std::move(request)),
          sink_(&sink),
          shard_(shard),
          clock_(shard.context()),
          due_(base::read_clocks().instant + request_.connect) {}

    static asio::awaitable<void> run(std::shared_ptr<SrtFetch> self) {
        const auto address = srt::parse_address(self->request_.url);
        if (!address) co_return self->end(ErrorKind::malformed, std::string(address.error().text));
        const auto policy = [self](const asio::ip::address& there) -> std::string {
            if (self->request_.addresses.admits(net::to_ip_address(there))) return {};
            return there.to_string() + " is no public address, and not among pull.addresses";
        };
        auto called = co_await call_over_srt(self->shard_.context(), *address, policy, self->request_.connect);
        if (self->sink_ == nullptr) co_return;
        if (!called) co_return self->end(called.error().kind, std::move(called.error().text));
        self->begin(*std::move(called));
        while (self->sink_ != nullptr) {
            boost::system::error_code error;
            self->clock_.expires_at(self->next_look());
            co_await self->clock_.async_wait(asio::redirect_error(asio::use_awaitable, error));
            if (self->sink_ != nullptr) self->look(base::read_clocks().instant);
        }
    }

    void let_go() {
        sink_ = nullptr;
        clock_.cancel();
        if (!socket_.is_open()) return;
        poller_.forget(shard_, socket_.id());
        socket_.close();
    }

  private:
    void begin(net::SrtSocket socket) {
        socket_ = std::move(socket);
        if (const auto figures = socket_.measure()) rest_ = std::min(figures->latency, longest_rest);
        poller_.watch(shard_, socket_.id(), [this] { look(base::read_clocks().instant); });
        sink_->connected({"srt", net::print_endpoint(socket_.peer()), "libsrt " + socket_.peer_version()});
    }

    [[nodiscard]] base::Instant next_look() const {
        const base::Instant usual = base::read_clocks().instant + between_looks;
        return not_before_ > base::read_clocks().instant ? std::min(usual, not_before_) : usual;
    }

    // Something came, or might have.
    void look(base::Instant now) {
        if (sink_ == nullptr || now < not_before_) return;
        read(now);
        if (sink_ == nullptr) return;
        if (lost_at_ && now - *lost_at_ >= rest_) finish();
        else if (now >= due_) end(ErrorKind::timed_out, "the source sends nothing");
    }

    void read(base::Instant now) {
        Flow flow = Flow::going;
        while (flow == Flow::going && sink_ != nullptr && now >= not_before_) {
            std::size_t size = 0;
            while (flow == Flow::going && size + net::SrtSocket::longest_message <= input_.size()) {
                const auto received = socket_.receive(std::span(input_).subspan(size, net::SrtSocket::longest_message));
                size += received.size;
                flow = received.flow;
            }
            if (size > 0) take(base::ByteView(input_).first(size), now);
        }
        if (sink_ != nullptr && flow == Flow::broken && !lost_at_) lost_at_ = now;
    }

    void take(base::ByteView bytes, base::Instant now) {
        due_ = now + request_.silence;
        demuxer_.receive(bytes);
        const base::Result<void> drained = drain(demuxer_, *sink_);
        if (!drained) return end(drained.error().kind, std::string(drained.error().text));
        not_before_ = now + sink_->read_done();
        due_ = std::max(due_, not_before_ + request_.silence);
    }

    void finish() {
        demuxer_.finish();
        (void)drain(demuxer_, *sink_);
        (void)sink_->read_done();
        end(ErrorKind::closed, "the source closed the connection");
    }

    void end(ErrorKind kind, std::string text) {
        PullSink* sink = sink_;
        let_go();
        if (sink != nullptr) sink->over({kind, std::move(text)});
    }

    net::SrtPoller& poller_;
    const PullRequest request_;
    PullSink* sink_;  ///< null once nobody wants to hear any more
    net::Shard& shard_;
    net::SrtSocket socket_;
    asio::steady_timer clock_;
    std::vector<std::uint8_t> input_ = std::vector<std::uint8_t>(input_size);
    format::mpegts::Demuxer demuxer_;
    base::Instant not_before_{};            ///< nothing is read: it is too far ahead
    base::Instant due_;                     ///< until then something has to come
    base::Duration rest_{};                 ///< for how long something may be left of a connection that has ended
    std::optional<base::Instant> lost_at_;  ///< it has
};

class SrtPuller final : public Puller {
  public:
    explicit SrtPuller(std::shared_ptr<SrtFetch> fetch) : fetch_(std::move(fetch)) {}
    ~SrtPuller() override { fetch_->let_go(); }
    SrtPuller(const SrtPuller&) = delete;
    SrtPuller& operator=(const SrtPuller&) = delete;

  private:
    std::shared_ptr<SrtFetch> fetch_;
};

}  // namespace

std::unique_ptr<Puller> start_srt_pull(net::SrtPoller& poller, PullRequest request, PullSink& sink, net::Shard& shard) {
    auto fetch = std::make_shared<SrtFetch>(poller, std::move(request), sink, shard);
    asio::co_spawn(shard.context(), SrtFetch::run(fetch), asio::detached);
    return std::make_unique<SrtPuller>(std::move(fetch));
}

}  // namespace weir::endpoint
