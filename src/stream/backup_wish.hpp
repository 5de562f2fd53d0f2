// A backup that is fetched from an address: all that the stream does is to say again and again, while it wants it, that it does. Who
// fetches it (endpoint/pulls) publishes it as everybody does, and lets go of it when nothing more is said.
#pragma once

#include "base/clock.hpp"
#include "base/stream_id.hpp"
#include "stream/standby.hpp"

#include <chrono>
#include <functional>
#include <utility>

namespace weir::stream {

class BackupWish final : public Standby {
  public:
    static constexpr base::Duration interval = std::chrono::milliseconds(500);
    /// How long a wish holds.
    static constexpr base::Duration validity = 4 * interval;
    using Want = std::function<void(const base::StreamId&)>;

    BackupWish(base::StreamId id, Want want) : id_(std::move(id)), want_(std::move(want)) {}

    void tick(base::Now now) override {
        if (now.instant < next_) return;
        next_ = now.instant + interval;
        want_(id_);
    }

  private:
    const base::StreamId id_;
    const Want want_;
    base::Instant next_{};
};

}  // namespace weir::stream
