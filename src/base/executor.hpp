// "Run this over there": what a shard offers to the floors below net/. Everything that belongs to a shard runs on it, one
// task at a time, in the order posted; so nothing on a shard needs a lock. Tests use `InlineExecutor`.
#pragma once

#include <deque>
#include <functional>
#include <utility>

namespace weir::base {

class Executor {
  public:
    virtual ~Executor() = default;
    using Task = std::move_only_function<void()>;

    /// Runs `task` on this shard, later. May be called from any thread. A shard that has stopped destroys the task unrun.
    virtual void post(Task task) = 0;
    /// Whether the caller already runs on this shard.
    [[nodiscard]] virtual bool is_current() const noexcept = 0;

    /// Runs `task` at once when already on this shard, else posts it.
    void dispatch(Task task) {
        if (is_current()) task();
        else post(std::move(task));
    }
};

/// For tests: everything is current; posted tasks wait for `drain`.
class InlineExecutor final : public Executor {
  public:
    void post(Task task) override { tasks_.push_back(std::move(task)); }
    [[nodiscard]] bool is_current() const noexcept override { return true; }
    /// Runs what was posted, and what that posts, until nothing is left.
    void drain() {
        while (!tasks_.empty()) {
            Task task = std::move(tasks_.front());
            tasks_.pop_front();
            task();
        }
    }

  private:
    std::deque<Task> tasks_;
};

}  // namespace weir::base
