// RTCP (RFC 3550 6): the reports of senders and receivers, who they are, and that they leave. Pure functions on bytes, which may
// be hostile. Packets of other types (feedback, extended reports, applications') are passed over.
//
//   | version 2 = 2 | padding 1 | count 5 | type 8 | words - 1 16 | SSRC 32 | body, see 6.4.1, 6.4.2, 6.5, 6.6 |
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "media/ticks.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace weir::format::rtcp {

/// Seconds since 1900 in 32 bits, and their fraction in 32: what sender reports call the time. It wraps in 2036.
struct NtpTime {
    std::uint64_t value = 0;

    /// The middle 32 bits: what reports refer to a sender report by.
    [[nodiscard]] std::uint32_t compact() const noexcept { return static_cast<std::uint32_t>(value >> 16); }
    friend bool operator==(NtpTime, NtpTime) = default;
};
[[nodiscard]] NtpTime to_ntp(base::WallTime time) noexcept;
/// How much later `to` is, at most 68 years either way.
[[nodiscard]] media::Ticks between(NtpTime from, NtpTime to) noexcept;

/// What was heard of one source (6.4.1).
struct ReportBlock {
    std::uint32_t ssrc = 0;
    std::uint8_t fraction_lost = 0;       ///< in 1/256, since the last report
    std::int32_t lost = 0;                ///< in all; 24 bits, negative with duplicates
    std::uint32_t highest_sequence = 0;   ///< with the turns of the counter in the upper half
    std::uint32_t jitter = 0;             ///< in units of the timestamp
    std::uint32_t last_report = 0;        ///< `NtpTime::compact` of its last sender report; 0: none yet
    std::uint32_t since_last_report = 0;  ///< in 1/65,536 s
    friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};

struct SenderReport {
    std::uint32_t ssrc = 0;
    NtpTime time;
    std::uint32_t timestamp = 0;  ///< RTP timestamp at `time`
    std::uint32_t packets = 0;
    std::uint32_t octets = 0;  ///< of payload
    std::vector<ReportBlock> blocks;
    friend bool operator==(const SenderReport&, const SenderReport&) = default;
};

struct ReceiverReport {
    std::uint32_t ssrc = 0;
    std::vector<ReportBlock> blocks;
    friend bool operator==(const ReceiverReport&, const ReceiverReport&) = default;
};

/// Of all items only CNAME.
struct SourceDescription {
    std::uint32_t ssrc = 0;
    std::string cname;
    friend bool operator==(const SourceDescription&, const SourceDescription&) = default;
};

struct Goodbye {
    std::vector<std::uint32_t> ssrcs;
    std::string reason;
    friend bool operator==(const Goodbye&, const Goodbye&) = default;
};

using Message = std::variant<SenderReport, ReceiverReport, SourceDescription, Goodbye>;

/// The messages of a compound packet, in order. `malformed` where a length or version is wrong: none of it counts then.
[[nodiscard]] base::Result<std::vector<Message>> parse(base::ByteView datagram);
/// Appends one packet; a compound packet is several, of which the first is a report. At most 31 blocks or sources are written,
/// and 255 bytes of a text.
void write(const Message& message, base::ByteWriter& out);

}  // namespace weir::format::rtcp
