// How one RTP source is heard, as receiver reports say it (RFC 3550 6.4.1, A.3, A.8).
#pragma once

#include "base/clock.hpp"
#include "format/rtcp.hpp"
#include "format/rtp_jitter.hpp"

#include <cstdint>
#include <optional>

namespace weir::format::rtp {

class Reception {
  public:
    /// `clock`: units of its timestamps a second.
    explicit Reception(std::uint32_t clock) noexcept : clock_(clock) {}

    void receive(std::uint32_t timestamp, base::Instant now) noexcept;
    void receive_report(rtcp::NtpTime time, base::Instant now) noexcept;
    /// What was lost since the last call is in it.
    [[nodiscard]] rtcp::ReportBlock report(std::uint32_t ssrc, const JitterBuffer& packets, base::Instant now) noexcept;
    /// How unevenly packets come.
    [[nodiscard]] base::Duration jitter() const noexcept;

  private:
    struct Heard {
        rtcp::NtpTime time;
        base::Instant at;
    };

    std::uint32_t clock_;
    std::optional<std::uint32_t> transit_;
    std::uint64_t jitter_ = 0;       ///< in 1/16 units
    std::optional<Heard> heard_;     ///< the newest sender report
    std::uint64_t reported_ = 0;     ///< packets received, when the last report was made
    std::uint64_t lost_before_ = 0;  ///< packets lost then
};

}  // namespace weir::format::rtp
