// Where the stages put what is for the server: one message at a time, from whichever thread. Remarks about what goes wrong come
// once a second at most, so that a bad source does not fill the journal.
#pragma once

#include "base/clock.hpp"
#include "format/relay.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace weir::worker {

class Outlet {
  public:
    /// Called by one thread at a time. May wait: that is the back-pressure of the server.
    using Sink = std::function<void(const format::relay::Message&)>;

    explicit Outlet(Sink sink) : sink_(std::move(sink)) {}

    void write(const format::relay::Message& message) {
        const std::lock_guard lock(mutex_);
        sink_(message);
    }
    /// `subject` names the rung or the stage.
    void trouble(std::string_view subject, std::string_view text, base::Instant now) {
        const std::lock_guard lock(mutex_);
        if (now < quiet_until_) {
            ++unsaid_;
            return;
        }
        quiet_until_ = now + std::chrono::seconds(1);
        std::string line(subject);
        line.append(": ").append(text);
        if (const auto unsaid = std::exchange(unsaid_, 0); unsaid != 0)
            line.append(" (and ").append(std::to_string(unsaid)).append(" more)");
        sink_(format::relay::Remark{base::LogLevel::warning, std::move(line)});
    }

  private:
    std::mutex mutex_;
    Sink sink_;
    base::Instant quiet_until_{};
    std::uint64_t unsaid_ = 0;
};

}  // namespace weir::worker
