// The frames of audio in an elementary stream, where nothing but their own headers says where one ends: ADTS (ISO 14496-3 1.A.3.2), MPEG audio
// (ISO 11172-3 2.4.1), AC-3 and E-AC-3 (ETSI TS 102 366 4.3, E.1), and Opus behind a control header that says how long the packet is
// (https://wiki.xiph.org/OpusTS). One table over the codecs; pure functions.
//   control header | prefix 11 = 0x3ff | start trim 1, end trim 1, extension 1, 2 | size 8 = 0xff ... | trims 16 each | extension's size 8 ... |
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/codec.hpp"

#include <cstdint>
#include <optional>

namespace weir::format::mpegts {

/// One frame, as its header has it. Of E-AC-3 it is an independent substream with those that depend on it.
struct AudioFrame {
    media::Codec codec{};
    std::size_t header_size = 0;  ///< bytes before the payload
    std::size_t size = 0;         ///< header and payload
    std::uint32_t samples = 0;    ///< it lasts `samples / sample_rate` seconds
    std::uint32_t sample_rate = 0;
    std::uint64_t key = 0;  ///< the same as long as the config is
};

/// It is sound whose frames are found.
[[nodiscard]] bool is_framed(media::Codec codec) noexcept;
/// The frame that begins where `bytes` do; nothing where there are too few to know. `malformed` where none begins here, and
/// `unsupported` where it is one that is not served. `family` is the codec by the map: MPEG audio turns out to be MP2 or MP3.
[[nodiscard]] base::Result<std::optional<AudioFrame>> find_frame(media::Codec family, base::ByteView bytes);
/// The track's config (`Track::config`) by a whole frame.
/// `unsupported` of codecs whose config is in the map.
[[nodiscard]] base::Result<base::Bytes> config_of_frame(const AudioFrame& frame, base::ByteView bytes);

}  // namespace weir::format::mpegts
