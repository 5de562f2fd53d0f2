// One event-loop thread per core. A session lives on one shard from accept to close, so nothing in it needs a lock; shards
// talk only by posting. `Shard` is the `base::Executor` of everything that lives on it.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace weir::net {

class Shard final : public base::Executor {
  public:
    explicit Shard(std::size_t index);
    ~Shard() override;
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    void post(Task task) override;
    [[nodiscard]] bool is_current() const noexcept override;
    [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] std::size_t index() const noexcept { return index_; }

  private:
    friend class Shards;
    void run();

    std::size_t index_;
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::jthread thread_;
};

/// How many threads a configured count means; zero is one per core that the process may use.
[[nodiscard]] std::size_t threads_for(std::size_t count);

class Shards {
  public:
    /// Starts `threads_for(count)` threads.
    explicit Shards(std::size_t count);
    /// Stops and joins them. Whatever lives on a shard must be gone, or not mind being destroyed here.
    ~Shards();

    [[nodiscard]] std::size_t count() const noexcept { return shards_.size(); }
    [[nodiscard]] Shard& at(std::size_t index) noexcept { return *shards_[index]; }
    /// The shard for the next session, round robin. Any thread.
    [[nodiscard]] Shard& next() noexcept {
        return *shards_[next_.fetch_add(1, std::memory_order_relaxed) % shards_.size()];
    }
    /// Stops all loops; returns once the threads have ended.
    void stop();

  private:
    std::vector<std::unique_ptr<Shard>> shards_;
    std::atomic<std::size_t> next_{0};
};

}  // namespace weir::net
