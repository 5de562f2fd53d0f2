#include "endpoint/srt_push.hpp"

#include "endpoint/shared_pusher.hpp"
#include "endpoint/srt_call.hpp"
#include "endpoint/srt_feed.hpp"
#include "format/mpegts_mux.hpp"
#include "proto/srt/address.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace srt = proto::srt;

namespace {

/// From the name of the target to its agreement.
constexpr base::Duration patience = std::chrono::seconds(10);
constexpr base::Duration between_measurements = std::chrono::seconds(1);

std::string everywhere(const asio::ip::address& /*there*/) { return {}; }

PushEnd end_of(base::ErrorKind kind) noexcept {
    const bool says_no = kind == base::ErrorKind::refused || kind == base::ErrorKind::not_found;
    return says_no ? PushEnd::refused : PushEnd::transient;
}

// One attempt. Its coroutine keeps it until the call is answered, the pusher until it is gone.
class SrtPush {
  public:
    SrtPush(PushOrder order, net::Shard& shard, PushEvents events, SrtPushService service)
        : order_(std::move(order)), shard_(shard), events_(std::move(events)), service_(service) {}

    static asio::awaitable<void> run(std::shared_ptr<SrtPush> self) {
        if (const media::TrackSetRef& tracks = self->order_.tracks)
            if (const auto why = format::nothing_to_carry(format::mpegts::carriage, *tracks))
                co_return self->end(PushEnd::impossible, *why);
        auto called = co_await call_over_srt(self->shard_.context(), *srt::parse_address(self->order_.url), &everywhere,
                                             patience);
        if (self->is_over_) co_return;
        if (called) self->feed(*std::move(called));
        else self->end(end_of(called.error().kind), called.error().text);
    }

    void tick(base::Now now) {
        if (is_over_ || !feed_) return;
        if (now.instant - measured_ >= between_measurements) measure(now.instant);
        feed_->tick(now);
        if (feed_->is_over()) end(feed_->has_had_all() ? PushEnd::drained : PushEnd::transient, feed_->reason());
    }

    /// The owner wants it no more: nobody is told.
    void abandon() {
        is_over_ = true;
        feed_.reset();
    }

    [[nodiscard]] PushStats stats() const { return stats_; }

  private:
    void feed(net::SrtSocket socket) {
        if (order_.stream->is_over()) return end(PushEnd::drained, "the stream has ended");
        feed_.emplace(shard_, service_.poller, std::move(socket));
        events_.running();
        if (is_over_) return;
        const auto begun = feed_->begin(*service_.hubs[shard_.index()],
                                        {.stream = order_.stream,
                                         .rung = order_.rung,
                                         .format = service_.format,
                                         .viewers = order_.stream->viewers()[stream::ViewerProtocol::srt],
                                         .place = {},
                                         .asked = base::read_clocks().instant});
        if (!begun) end(PushEnd::transient, begun.error().text);
    }

    void measure(base::Instant now) {
        measured_ = now;
        const auto figures = feed_->socket().measure();
        if (!figures) return;
        stats_.bytes = figures->sent_bytes;
        stats_.retransmitted = figures->retransmitted;
        stats_.round_trip = figures->round_trip;
    }

    void end(PushEnd how, std::string_view why) {
        if (std::exchange(is_over_, true)) return;
        const std::string reason(why);  // the feed's goes with it
        feed_.reset();
        events_.over(how, reason);
    }

    const PushOrder order_;
    net::Shard& shard_;
    PushEvents events_;
    const SrtPushService service_;
    std::optional<SrtFeed> feed_;  ///< once it is connected
    PushStats stats_;
    base::Instant measured_{};
    bool is_over_ = false;
};

base::Result<void> check(std::string_view url) {
    (void)TRY(srt::parse_address(url));
    return {};
}

}  // namespace

PushScheme srt_push_scheme(SrtPushService service) {
    return {.scheme = "srt",
            .check = &check,
            .create = [service](PushOrder order, net::Shard& shard, PushEvents events) -> std::unique_ptr<Pusher> {
                return std::make_unique<SharedPusher<SrtPush>>(
                    std::make_shared<SrtPush>(std::move(order), shard, std::move(events), service), shard);
            }};
}

}  // namespace weir::endpoint
