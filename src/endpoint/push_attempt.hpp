// One attempt to reach a target, on the shard of its pusher: makes it, ticks it, reads its figures, and passes on what it says. Those
// who look after targets live elsewhere (endpoint/pushes) and share it by pointer; they touch nothing but what is atomic.
#pragma once

#include "endpoint/pusher.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace weir::endpoint {

class PushAttempt {
  public:
    /// Called on the attempt's shard. `ended` is the last, and comes once, unless the attempt is stopped before.
    struct Reports {
        std::function<void()> runs;
        std::function<void(PushEnd, const std::string& reason)> ended;
    };
    struct Figures {
        std::atomic<std::uint64_t> bytes{0};
        std::atomic<std::uint64_t> retransmitted{0};
        std::atomic<base::Duration::rep> round_trip{0};
    };

    /// `scheme` and `shard` outlive it.
    PushAttempt(net::Shard& shard, const PushScheme& scheme, PushOrder order, Reports reports)
        : shard_(shard),
          scheme_(scheme),
          order_(std::move(order)),
          reports_(std::move(reports)),
          due_(shard.context()) {}

    /// Begins it. Any thread.
    static void begin(const std::shared_ptr<PushAttempt>& self);
    /// Ends it, and nothing more is reported after what is under way. Any thread.
    static void stop(const std::shared_ptr<PushAttempt>& self);
    [[nodiscard]] const Figures& figures() const noexcept { return figures_; }  ///< any thread

  private:
    static boost::asio::awaitable<void> run(std::shared_ptr<PushAttempt> self);
    void start();
    void read_figures();

    net::Shard& shard_;
    const PushScheme& scheme_;
    PushOrder order_;
    const Reports reports_;
    boost::asio::steady_timer due_;
    std::unique_ptr<Pusher> pusher_;
    Figures figures_;
    bool is_over_ = false;
};

}  // namespace weir::endpoint
