// A queue between two stages of the worker: it has a limit, and who puts something into a full one waits. That is how a slow
// stage holds up the ones before it, up to where frames may be dropped. Closed, it gives nothing and takes nothing any more.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace weir::worker {

template <typename T>
class Queue {
  public:
    explicit Queue(std::size_t limit) noexcept : limit_(limit) {}

    /// False where the queue is closed.
    bool push(T item) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return closed_ || items_.size() < limit_; });
        if (closed_) return false;
        items_.push_back(std::move(item));
        filled_.notify_one();
        return true;
    }
    /// Waits for the next; nothing once the queue is closed.
    [[nodiscard]] std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return closed_ || !items_.empty(); });
        if (closed_) return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        room_.notify_one();
        return item;
    }
    /// Whoever waits goes on; what waits is forgotten.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        items_.clear();
        room_.notify_all();
        filled_.notify_all();
    }

    [[nodiscard]] std::size_t depth() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }
    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
    /// What `read` makes of the one that waits longest; nothing where none waits.
    template <typename Read>
    [[nodiscard]] auto oldest(Read&& read) const -> std::optional<decltype(read(std::declval<const T&>()))> {
        const std::lock_guard lock(mutex_);
        if (items_.empty()) return std::nullopt;
        return read(items_.front());
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<T> items_;
    std::size_t limit_;
    bool closed_ = false;
};

}  // namespace weir::worker
