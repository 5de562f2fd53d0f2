// Whether a packet is of the time that it says. One whose timestamp is nowhere near those before it waits for the next, and is believed
// where that one is near it: a source may begin to count anew, but a lone stamp that is far off is damage, and would cost the viewers
// seconds. RFC 3550 A.1 has the same of sequence numbers. Sans-IO; holds one packet at most.
#pragma once

#include "format/rtp_jitter.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

namespace weir::format::rtp {

class Probation {
  public:
    /// `clock`: units of the timestamps a second.
    explicit Probation(std::uint32_t clock) noexcept : clock_(clock) {}

    /// The next in order.
    void receive(JitterBuffer::Ordered packet);
    /// The next that is believed; behind one that is not there is a gap.
    [[nodiscard]] std::optional<JitterBuffer::Ordered> next();
    /// What follows is of another source.
    void restart() noexcept;
    /// How many were not believed.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

  private:
    struct Mark {
        std::uint32_t stamp = 0;
        base::Instant arrived;
    };

    [[nodiscard]] bool is_near(const JitterBuffer::Ordered& packet, const Mark& mark) const noexcept;
    [[nodiscard]] std::int64_t reach() const noexcept;
    void pass(JitterBuffer::Ordered packet);

    std::uint32_t clock_;
    std::optional<Mark> last_;  ///< that was believed
    std::optional<JitterBuffer::Ordered> held_;
    std::array<std::int64_t, 16>
        steps_{};  ///< between the newest timestamps, without those of a source that counts anew
    std::size_t steps_seen_ = 0;
    std::deque<JitterBuffer::Ordered> believed_;
    std::uint64_t refused_ = 0;
};

}  // namespace weir::format::rtp
