// What a media section of a session description says about RTP: payload type, codec, clock and the codec's parameters (`a=rtpmap`,
// `a=fmtp`; static payload types of RFC 3551), and the section that says it of a track of ours. Names are those of the codec table.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "format/carriage.hpp"
#include "format/sdp.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::format::rtp {

/// How one payload type carries its media.
struct Format {
    std::uint8_t payload_type = 96;
    media::Codec codec = media::Codec::h264;
    std::uint32_t clock = 90'000;            ///< units of the timestamp a second
    std::uint32_t channels = 0;              ///< of sound; 0 where not said
    std::vector<sdp::Attribute> parameters;  ///< of `a=fmtp`; names in lower case
    std::uint64_t announced_bitrate = 0;     ///< bits a second; 0 where not said
    double frame_rate = 0;                   ///< of `a=framerate`; 0 where not said

    /// Empty where it is not there.
    [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
    friend bool operator==(const Format&, const Format&) = default;
};

/// The first payload type of the section that is served. `unsupported` says, in words, what is not; `malformed` where a map makes no sense.
[[nodiscard]] base::Result<Format> parse_format(const sdp::Media& section);

/// RTP can carry codec and config.
[[nodiscard]] bool can_carry(const media::Track& track) noexcept;
/// Why a codec cannot be carried, in words; empty where it can.
[[nodiscard]] std::string_view refusal(media::Codec codec) noexcept;
inline constexpr Carriage carriage{"RTP", &can_carry, &refusal};
/// Units of its timestamps a second.
[[nodiscard]] std::uint32_t clock_of(const media::Track& track) noexcept;
/// The payload type that we send a track under: the static one of G.711 and MPEG audio, else 95 + its id.
[[nodiscard]] std::uint8_t payload_type(const media::Track& track) noexcept;
/// The section that describes a track that we send: `m=`, `a=rtpmap`, `a=fmtp`, and `a=control:trackID=ID`. The track can be carried.
[[nodiscard]] sdp::Media describe(const media::Track& track);

}  // namespace weir::format::rtp
