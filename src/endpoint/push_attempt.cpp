#include "endpoint/push_attempt.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;

namespace {

constexpr base::Duration tick_interval = std::chrono::milliseconds(100);

}  // namespace

void PushAttempt::begin(const std::shared_ptr<PushAttempt>& self) {
    self->shard_.post([self] { asio::co_spawn(self->shard_.context(), run(self), asio::detached); });
}

void PushAttempt::stop(const std::shared_ptr<PushAttempt>& self) {
    self->shard_.post([self] {
        self->is_over_ = true;
        self->due_.cancel();
    });
}

asio::awaitable<void> PushAttempt::run(std::shared_ptr<PushAttempt> self) {
    if (!self->is_over_) self->start();
    while (!self->is_over_) {
        boost::system::error_code woken;
        self->due_.expires_after(tick_interval);
        co_await self->due_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        self->read_figures();
        if (!self->is_over_) self->pusher_->tick(base::read_clocks());
    }
    self->pusher_.reset();
}

void PushAttempt::start() {
    PushEvents events{.running =
                          [this] {
                              if (!is_over_) reports_.runs();
                          },
                      .over =
                          [this](PushEnd how, const std::string& reason) {
                              if (std::exchange(is_over_, true)) return;
                              due_.cancel();
                              reports_.ended(how, reason);
                          }};
    pusher_ = scheme_.create(std::move(order_), shard_, std::move(events));
    pusher_->start(base::read_clocks());
}

// What was known last stays when the connection is gone.
void PushAttempt::read_figures() {
    const PushStats stats = pusher_->stats();
    if (stats.bytes < figures_.bytes.load(std::memory_order_relaxed)) return;
    figures_.bytes.store(stats.bytes, std::memory_order_relaxed);
    figures_.retransmitted.store(stats.retransmitted, std::memory_order_relaxed);
    figures_.round_trip.store(stats.round_trip.count(), std::memory_order_relaxed);
}

}  // namespace weir::endpoint
