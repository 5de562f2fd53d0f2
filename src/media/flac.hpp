// FLAC headers: the STREAMINFO block (RFC 9639 8.2), in all the wrappings that containers give it, and how many samples a frame has
// (9.1). Pure functions on bytes; all of it may be hostile.
//
//   STREAMINFO  | smallest block 16 | largest block 16 | frame sizes 24 24 | rate 20 | channels - 1 3 | bits - 1 5 | samples 36 | MD5 128 |
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string_view>

namespace weir::media::flac {

inline constexpr std::string_view codec_string = "fLaC";
inline constexpr std::size_t stream_info_size = 34;

struct StreamInfo {
    std::uint16_t smallest_block = 0;  ///< samples
    std::uint16_t largest_block = 0;
    std::uint32_t sample_rate = 0;
    std::uint8_t channels = 0;
    std::uint8_t bits = 0;  ///< of a sample
};

/// The 34 bytes of STREAMINFO in a record: bare, behind the head of their block, behind "fLaC" (Enhanced RTMP; with and without the
/// head of the block) or behind the version and flags of dfLa.
[[nodiscard]] base::Result<base::ByteView> find_stream_info(base::ByteView record);
/// The 34 bytes.
[[nodiscard]] base::Result<StreamInfo> parse_stream_info(base::ByteView block);
/// The block with its head, as the only one: what dfLa has behind version and flags, and Enhanced RTMP behind "fLaC".
void write_block(base::ByteView stream_info, base::ByteWriter& out);

/// Samples of a frame, by its header; 0 where that is none.
[[nodiscard]] std::uint32_t samples(base::ByteView frame) noexcept;

}  // namespace weir::media::flac
