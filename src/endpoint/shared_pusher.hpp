// The pusher of a connection that a coroutine looks after.
#pragma once

#include "endpoint/pusher.hpp"
#include "net/shards.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <memory>
#include <utility>

namespace weir::endpoint {

/// Drives a push that its coroutine owns too, and that may outlast it for a moment: `Push` has `run`, `tick`, `abandon` and `stats`.
template <typename Push>
class SharedPusher final : public Pusher {
  public:
    SharedPusher(std::shared_ptr<Push> push, net::Shard& shard) : shard_(shard), push_(std::move(push)) {}
    ~SharedPusher() override { push_->abandon(); }
    SharedPusher(const SharedPusher&) = delete;
    SharedPusher& operator=(const SharedPusher&) = delete;

    void start(base::Now /*now*/) override {
        boost::asio::co_spawn(shard_.context(), Push::run(push_), boost::asio::detached);
    }
    void tick(base::Now now) override { push_->tick(now); }
    [[nodiscard]] PushStats stats() const override { return push_->stats(); }

  private:
    net::Shard& shard_;
    std::shared_ptr<Push> push_;
};

}  // namespace weir::endpoint
