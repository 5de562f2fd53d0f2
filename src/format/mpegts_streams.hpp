// What an elementary stream of a program map is, by its stream type (ISO/IEC 13818-1 Table 2-34, and what ATSC and discs have added) and, for private
// data, by its descriptors (ETSI EN 300 468 for DVB, and registered formats).
#pragma once

#include "base/bytes.hpp"
#include "format/mpegts_tables.hpp"
#include "media/codec.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::format::mpegts {

struct StreamKind {
    /// Of the family: MPEG audio is MP3 here, and AC-3 may turn out to be E-AC-3; the frames know.
    std::optional<media::Codec> codec;
    std::string_view
        refusal;           ///< of media that is not served, in words; empty for data, of which nobody expects anything
    std::string language;  ///< three letters of ISO 639-2; empty where unknown
    base::Bytes config;    ///< where the map has it and not the frames
};

[[nodiscard]] StreamKind stream_kind(const Map::Stream& stream);

/// A program may bring the codec: a map names its pictures, and its frames are known where they are sound.
[[nodiscard]] bool can_read(media::Codec codec) noexcept;

/// Why it is neither read nor written, though there is a draft of how.
inline constexpr std::string_view no_av1 = "AV1 in a transport stream is not served: send H.264 or HEVC";

/// The tag of DVB's extension descriptor, and in it of Opus, which a byte follows: how many channels there are.
inline constexpr std::uint8_t extension_tag = 0x7f;
inline constexpr std::uint8_t opus_extension = 0x80;

}  // namespace weir::format::mpegts
