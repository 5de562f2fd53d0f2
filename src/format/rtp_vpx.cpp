#include "format/rtp_vpx.hpp"

#include "base/byte_reader.hpp"

#include <algorithm>

namespace weir::format::rtp {

using base::ByteReader;
using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t most_layers = 8;
constexpr std::uint16_t long_id = 0x8000;  ///< of a picture id of fifteen bits

/// Of a descriptor, what matters here.
struct Part {
    bool starts = false;  ///< a frame
    bool ends = false;
    ByteView bytes;
};

Result<void> skip_picture_id(ByteReader& reader) {
    if ((TRY(reader.u8()) & 0x80) != 0) TRY(reader.skip(1));
    return {};
}

Result<Part> parse_vp8(ByteView payload) {
    ByteReader reader(payload);
    const std::uint8_t first = TRY(reader.u8());
    if ((first & 0x80) != 0) {
        const std::uint8_t extension = TRY(reader.u8());
        if ((extension & 0x80) != 0) TRY(skip_picture_id(reader));
        if ((extension & 0x40) != 0) TRY(reader.skip(1));
        if ((extension & 0x30) != 0) TRY(reader.skip(1));
    }
    if (reader.at_end()) return fail(ErrorKind::malformed, "a VP8 packet has nothing in it");
    return Part{.starts = (first & 0x17) == 0x10, .bytes = reader.rest()};
}

/// V of VP9.
Result<void> skip_structure(ByteReader& reader) {
    const std::uint8_t head = TRY(reader.u8());
    if ((head & 0x10) != 0) TRY(reader.skip(std::size_t{4} * ((head >> 5) + 1U)));
    if ((head & 0x08) == 0) return {};
    const unsigned pictures = TRY(reader.u8());
    for (unsigned i = 0; i < pictures; ++i) {
        const std::size_t references = TRY(reader.u8()) >> 2 & 0x03U;
        TRY(reader.skip(references));
    }
    return {};
}

Result<Part> parse_vp9(ByteView payload) {
    ByteReader reader(payload);
    const std::uint8_t first = TRY(reader.u8());
    const bool is_flexible = (first & 0x10) != 0;
    unsigned layer = 0;
    if ((first & 0x80) != 0) TRY(skip_picture_id(reader));
    if ((first & 0x20) != 0) {
        layer = TRY(reader.u8()) >> 1 & 0x07;
        if (!is_flexible) TRY(reader.skip(1));
    }
    if (is_flexible && (first & 0x40) != 0)
        for (unsigned i = 0; i < 3 && (TRY(reader.u8()) & 1) != 0;) ++i;
    if ((first & 0x02) != 0) TRY(skip_structure(reader));
    if (reader.at_end()) return fail(ErrorKind::malformed, "a VP9 packet has nothing in it");
    const bool starts_layer = (first & 0x08) != 0;
    return Part{.starts = starts_layer && layer == 0, .ends = (first & 0x04) != 0, .bytes = reader.rest()};
}

/// Cuts a frame into parts of about the same size, and calls `write(part, is_first, is_last)` for each.
template <typename Write>
void for_each_part(ByteView frame, std::size_t most, Write write) {
    const std::size_t parts = (frame.size() + most - 1) / most;
    for (std::size_t i = 0; i < parts; ++i) {
        const std::size_t begin = frame.size() * i / parts;
        const std::size_t end = frame.size() * (i + 1) / parts;
        write(frame.subspan(begin, end - begin), i == 0, i + 1 == parts);
    }
}

}  // namespace

// Frames

bool Vp8Frames::begins_frame(ByteView payload) const noexcept {
    const auto part = parse_vp8(payload);
    return part && part->starts;
}

Result<void> Vp8Frames::add(ByteView payload) {
    const Part part = TRY(parse_vp8(payload));
    if (part.starts != (frame_.size() == 0)) return fail(ErrorKind::malformed, "a VP8 frame begins amid another");
    frame_.bytes(part.bytes);
    return {};
}

Result<Bytes> Vp8Frames::finish() {
    Bytes frame = frame_.to_bytes();
    frame_.clear();
    return frame;
}

bool Vp9Frames::begins_frame(ByteView payload) const noexcept {
    const auto part = parse_vp9(payload);
    return part && part->starts;
}

Result<void> Vp9Frames::add(ByteView payload) {
    const Part part = TRY(parse_vp9(payload));
    if (frame_.size() == 0 && !part.starts) return fail(ErrorKind::malformed, "a VP9 frame has no beginning");
    frame_.bytes(part.bytes);
    if (!part.ends) return {};
    if (layer_sizes_.size() == most_layers) return fail(ErrorKind::malformed, "a VP9 picture has too many layers");
    layer_sizes_.push_back(frame_.size() - layer_begin_);
    layer_begin_ = frame_.size();
    return {};
}

Result<Bytes> Vp9Frames::finish() {
    if (layer_sizes_.size() > 1 && layer_begin_ == frame_.size()) write_index();
    Bytes frame = frame_.to_bytes();
    drop();
    return frame;
}

void Vp9Frames::drop() {
    frame_.clear();
    layer_sizes_.clear();
    layer_begin_ = 0;
}

/// superframe_index(): the sizes of all frames between two heads that say how many there are.
void Vp9Frames::write_index() {
    constexpr unsigned size_bytes = 4;
    const auto head = static_cast<std::uint8_t>(0xc0 | (size_bytes - 1) << 3 | (layer_sizes_.size() - 1));
    frame_.u8(head);
    for (const std::size_t size : layer_sizes_) frame_.u32_little_endian(static_cast<std::uint32_t>(size));
    frame_.u8(head);
}

// Packets

void Vp8Packetizer::write(const media::Packet& packet, Payloads& out) {
    constexpr std::size_t descriptor_size = 4;
    for_each_part(packet.payload, most_ - descriptor_size, [&](ByteView part, bool is_first, bool is_last) {
        out.bytes().u8(is_first ? 0x90 : 0x80);
        out.bytes().u8(0x80);
        out.bytes().u16(long_id | picture_);
        out.bytes().bytes(part);
        out.end(is_last);
    });
    picture_ = (picture_ + 1) & 0x7fff;
}

void Vp9Packetizer::write(const media::Packet& packet, Payloads& out) {
    constexpr std::size_t descriptor_size = 3;
    const unsigned predicted = packet.keyframe ? 0 : 0x40;
    for_each_part(packet.payload, most_ - descriptor_size, [&](ByteView part, bool is_first, bool is_last) {
        out.bytes().u8(static_cast<std::uint8_t>(0x80 | predicted | (is_first ? 0x08 : 0) | (is_last ? 0x04 : 0)));
        out.bytes().u16(long_id | picture_);
        out.bytes().bytes(part);
        out.end(is_last);
    });
    picture_ = (picture_ + 1) & 0x7fff;
}

}  // namespace weir::format::rtp
