#include "media/flac.hpp"

#include "base/bit_reader.hpp"
#include "base/byte_reader.hpp"

#include <array>
#include <bit>

namespace weir::media::flac {

using base::BitReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view signature = "fLaC";
constexpr std::size_t block_head_size = 4;
constexpr std::uint8_t last_block = 0x80;

/// Type 0 (STREAMINFO) and its size; whether it is the last block does not matter.
bool is_block_head(ByteView bytes) noexcept {
    return bytes.size() >= block_head_size + stream_info_size && (bytes[0] & ~last_block) == 0 && bytes[1] == 0 &&
           bytes[2] == 0 && bytes[3] == stream_info_size;
}

/// The bytes behind the number of the frame, coded like UTF-8 with up to seven bytes; nothing where that is broken.
ByteView behind_number(ByteView bytes) noexcept {
    if (bytes.empty()) return {};
    const auto ones = static_cast<std::size_t>(std::countl_one(bytes[0]));
    const std::size_t size = ones == 0 ? 1 : ones;
    return ones == 1 || ones == 8 || size > bytes.size() ? ByteView() : bytes.subspan(size);
}

}  // namespace

Result<ByteView> find_stream_info(ByteView record) {
    if (record.size() == stream_info_size) return record;
    if (record.size() >= signature.size() && base::as_text(record.first(signature.size())) == signature)
        record = record.subspan(signature.size());
    else if (record.size() >= 4 + block_head_size && is_block_head(record.subspan(4)))
        record = record.subspan(4);  // version and flags
    if (is_block_head(record)) record = record.subspan(block_head_size);
    if (record.size() < stream_info_size) return fail(ErrorKind::malformed, "the FLAC configuration has no STREAMINFO");
    return record.first(stream_info_size);
}

Result<StreamInfo> parse_stream_info(ByteView block) {
    BitReader bits(block);
    StreamInfo info;
    info.smallest_block = static_cast<std::uint16_t>(TRY(bits.bits(16)));
    info.largest_block = static_cast<std::uint16_t>(TRY(bits.bits(16)));
    TRY(bits.skip(24 + 24));
    info.sample_rate = TRY(bits.bits(20));
    info.channels = static_cast<std::uint8_t>(TRY(bits.bits(3)) + 1);
    info.bits = static_cast<std::uint8_t>(TRY(bits.bits(5)) + 1);
    if (info.sample_rate == 0) return fail(ErrorKind::malformed, "the FLAC configuration has no sampling rate");
    return info;
}

void write_block(ByteView stream_info, base::ByteWriter& out) {
    out.u8(last_block);
    out.u24(static_cast<std::uint32_t>(stream_info.size()));
    out.bytes(stream_info);
}

// | sync 14 | 0 1 | variable 1 | block size 4 | rate 4 | channels 4 | bits 3 | 0 1 | number ... | (block size - 1, 8 or 16) |
std::uint32_t samples(ByteView frame) noexcept {
    constexpr std::size_t fixed_size = 4;
    if (frame.size() < fixed_size || frame[0] != 0xff || (frame[1] & 0xfe) != 0xf8) return 0;
    const unsigned code = frame[2] >> 4;
    if (code == 1) return 192;
    if (code >= 2 && code <= 5) return 144U << code;
    if (code >= 8) return 1U << code;
    const ByteView rest = behind_number(frame.subspan(fixed_size));
    if (code == 6 && !rest.empty()) return rest[0] + 1U;
    if (code == 7 && rest.size() >= 2) return (rest[0] << 8 | rest[1]) + 1U;
    return 0;
}

}  // namespace weir::media::flac
