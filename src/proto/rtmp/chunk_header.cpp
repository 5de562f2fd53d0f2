#include "proto/rtmp/chunk_header.hpp"

#include <algorithm>
#include <array>

namespace weir::proto::rtmp {

namespace {

using base::ByteView;

constexpr std::uint32_t extended_mark = 0xFFFFFF;

std::uint32_t big_endian(ByteView bytes, std::size_t offset, std::size_t width) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        value = value << 8 | bytes[offset + i];
    }
    return value;
}

std::uint32_t little_endian(ByteView bytes, std::size_t offset) noexcept {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value |= static_cast<std::uint32_t>(bytes[offset + i]) << (8 * i);
    }
    return value;
}

/// Whether a format 3 chunk goes on with the extended timestamp. The specification repeats it, some clients do not; so
/// the bytes decide, and nothing when there are too few of them to tell.
std::optional<bool> repeats(ByteView bytes, std::uint32_t extended) noexcept {
    const std::size_t count = std::min<std::size_t>(bytes.size(), 4);
    for (std::size_t i = 0; i < count; ++i) {
        if (bytes[i] != static_cast<std::uint8_t>(extended >> (24 - 8 * i))) return false;
    }
    return count == 4 ? std::optional(true) : std::nullopt;
}

}  // namespace

std::optional<ChunkHeader> parse_basic_header(ByteView bytes) noexcept {
    if (bytes.empty()) return std::nullopt;
    ChunkHeader header;
    header.format = bytes[0] >> 6;
    header.chunk_stream_id = bytes[0] & 0x3F;
    header.size = header.chunk_stream_id < 2 ? 2 + header.chunk_stream_id : 1;
    if (bytes.size() < header.size) return std::nullopt;
    if (header.chunk_stream_id == 0) {
        header.chunk_stream_id = 64U + bytes[1];
    } else if (header.chunk_stream_id == 1) {
        header.chunk_stream_id = 64U + bytes[1] + 256U * bytes[2];
    }
    return header;
}

std::optional<ChunkHeader> parse_chunk_header(ByteView bytes, ChunkHeader header,
                                              std::optional<std::uint32_t> extended_before) noexcept {
    constexpr std::array<std::size_t, 4> message_header{11, 7, 3, 0};
    const std::size_t fields = header.size;
    header.size += message_header[header.format];
    if (bytes.size() < header.size) return std::nullopt;
    if (header.format == 3) {
        if (!extended_before) return header;
        const std::optional<bool> repeated = repeats(bytes.subspan(header.size), *extended_before);
        if (!repeated) return std::nullopt;
        header.size += *repeated ? 4 : 0;
        return header;
    }
    header.time = big_endian(bytes, fields, 3);
    if (header.format <= 1) {
        header.length = big_endian(bytes, fields + 3, 3);
        header.type = static_cast<MessageType>(bytes[fields + 6]);
    }
    if (header.format == 0) header.stream_id = little_endian(bytes, fields + 7);
    if (header.time == extended_mark) {
        if (bytes.size() < header.size + 4) return std::nullopt;
        header.extended = true;
        header.time = big_endian(bytes, header.size, 4);
        header.size += 4;
    }
    return header;
}

}  // namespace weir::proto::rtmp
