// Which codecs MP4 carries, and the sample entry that says which one it is, with its configuration record (ISO 14496-12 8.5.2; 14496-14
// for AAC, 14496-15 for H.264 and HEVC, and the bindings of AV1, VP8 and VP9, Opus and FLAC). Pure functions, one table.
#pragma once

#include "base/byte_writer.hpp"
#include "format/carriage.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <string_view>

namespace weir::format::cmaf {

/// Codec and config can be packaged.
[[nodiscard]] bool can_carry(const media::Track& track) noexcept;
/// Why a codec cannot, in words; empty where it can.
[[nodiscard]] std::string_view refusal(media::Codec codec) noexcept;
inline constexpr Carriage carriage{"MP4", &can_carry, &refusal};

/// The entry of a track that `can_carry`; `id` is that of the track in the file.
void write_sample_entry(const media::Track& track, std::uint32_t id, base::ByteWriter& out);

}  // namespace weir::format::cmaf
