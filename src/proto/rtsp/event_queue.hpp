// Events of a machine until the driver takes them. What a burst made it grow is given back once it is drained.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace weir::proto::rtsp {

template <typename Event>
class EventQueue {
  public:
    void push(Event event) { events_.push_back(std::move(event)); }
    [[nodiscard]] std::optional<Event> pop() {
        if (next_ < events_.size()) return std::move(events_[next_++]);
        clear();
        return std::nullopt;
    }
    void clear() noexcept {
        constexpr std::size_t kept = 16;
        next_ = 0;
        if (events_.capacity() > kept) std::vector<Event>().swap(events_);
        else events_.clear();
    }

  private:
    std::vector<Event> events_;
    std::size_t next_ = 0;
};

}  // namespace weir::proto::rtsp
