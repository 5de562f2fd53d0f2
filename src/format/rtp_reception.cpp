#include "format/rtp_reception.hpp"

#include "media/ticks.hpp"

#include <algorithm>
#include <utility>

namespace weir::format::rtp {

using media::Ticks;

void Reception::receive(std::uint32_t timestamp, base::Instant now) noexcept {
    const auto arrival = static_cast<std::uint32_t>(Ticks::from(now.time_since_epoch()).to(clock_));
    const std::uint32_t transit = arrival - timestamp;
    const std::uint32_t before = transit_.value_or(transit);
    const auto difference = static_cast<std::int32_t>(transit - before);
    const auto size = static_cast<std::uint64_t>(std::abs(static_cast<std::int64_t>(difference)));
    transit_ = transit;
    jitter_ += size - (jitter_ + 8) / 16;
}

void Reception::receive_report(rtcp::NtpTime time, base::Instant now) noexcept { heard_ = Heard{time, now}; }

rtcp::ReportBlock Reception::report(std::uint32_t ssrc, const JitterBuffer& packets, base::Instant now) noexcept {
    constexpr std::int64_t report_scale = 65'536;
    constexpr std::uint64_t most_lost = 0x7fffff;
    const JitterCounts& counts = packets.counts();
    const std::uint64_t received = counts.received - std::exchange(reported_, counts.received);
    const std::uint64_t lost = counts.lost - std::exchange(lost_before_, counts.lost);
    const std::uint64_t fraction = received + lost == 0 ? 0 : lost * 256 / (received + lost);
    rtcp::ReportBlock block{.ssrc = ssrc};
    block.fraction_lost = static_cast<std::uint8_t>(std::min<std::uint64_t>(fraction, 255));
    block.lost = static_cast<std::int32_t>(std::min(counts.lost, most_lost));
    block.highest_sequence = packets.highest();
    block.jitter = static_cast<std::uint32_t>(jitter_ / 16);
    if (!heard_) return block;
    block.last_report = heard_->time.compact();
    block.since_last_report = static_cast<std::uint32_t>(Ticks::from(now - heard_->at).to(report_scale));
    return block;
}

base::Duration Reception::jitter() const noexcept {
    return Ticks::from(static_cast<std::int64_t>(jitter_ / 16), clock_).to_duration();
}

}  // namespace weir::format::rtp
