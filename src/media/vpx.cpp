#include "media/vpx.hpp"

#include "base/bit_reader.hpp"
#include "base/byte_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::media::vpx {

using base::BitReader;
using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

/// Of a level the largest picture (VP9 levels; VP8 has none of its own).
struct Level {
    std::uint8_t level;
    std::uint64_t pixels;
};
constexpr std::array<Level, 9> levels{{{10, 36'864},
                                       {11, 73'728},
                                       {20, 122'880},
                                       {21, 245'760},
                                       {30, 552'960},
                                       {31, 983'040},
                                       {40, 2'228'224},
                                       {50, 8'912'896},
                                       {60, 35'651'584}}};
constexpr std::uint8_t highest_level = 62;

std::uint8_t level_of(std::uint32_t width, std::uint32_t height) noexcept {
    const std::uint64_t pixels = std::uint64_t{width} * height;
    const auto level = std::ranges::find_if(levels, [&](const Level& one) { return pixels <= one.pixels; });
    return level == levels.end() ? highest_level : level->level;
}

/// color_space of VP9 (7.2.2) as ISO 23091-2 has it: primaries, transfer, matrix.
constexpr std::array<std::array<std::uint8_t, 3>, 8> color_spaces{
    {{2, 2, 2}, {6, 6, 6}, {1, 1, 1}, {6, 6, 6}, {7, 7, 7}, {9, 14, 9}, {2, 2, 2}, {1, 13, 0}}};
constexpr std::uint32_t rgb = 7;

constexpr std::uint32_t vp9_sync_code = 0x498342;
constexpr std::uint32_t vp8_start_code = 0x9d012a;

/// The head of uncompressed_header().
struct Vp9Start {
    std::uint8_t profile = 0;
    bool is_key = false;
};
Result<Vp9Start> parse_vp9_start(BitReader& bits) {
    if (TRY(bits.bits(2)) != 2) return fail(ErrorKind::malformed, "the VP9 frame has no marker");
    Vp9Start start;
    const std::uint32_t low = TRY(bits.bits(1));
    start.profile = static_cast<std::uint8_t>(TRY(bits.bits(1)) << 1 | low);
    if (start.profile == 3) TRY(bits.skip(1));
    if (TRY(bits.flag())) return start;  // shows a frame that came before
    start.is_key = !TRY(bits.flag());
    TRY(bits.skip(2));
    return start;
}

Result<void> parse_vp9_colors(BitReader& bits, Config& config) {
    if (config.profile >= 2) config.bit_depth = TRY(bits.flag()) ? 12 : 10;
    const std::uint32_t space = TRY(bits.bits(3));
    config.primaries = color_spaces[space][0];
    config.transfer = color_spaces[space][1];
    config.matrix = color_spaces[space][2];
    const bool is_odd = config.profile == 1 || config.profile == 3;
    config.full_range = space == rgb || TRY(bits.flag());
    if (space == rgb) config.subsampling = 3;
    if (!is_odd) return {};
    if (space != rgb) {
        const bool halves_width = TRY(bits.flag());
        const bool halves_height = TRY(bits.flag());
        config.subsampling = halves_width ? (halves_height ? 1 : 2) : 3;
    }
    return bits.skip(1);
}

}  // namespace

Result<Config> parse_config(ByteView record) {
    ByteReader reader(record);
    // No record begins like that: its bit depth is never 0.
    constexpr std::array<std::uint8_t, 4> version_and_flags{1, 0, 0, 0};
    if (record.size() >= 4 && std::ranges::equal(record.first(4), version_and_flags)) TRY(reader.skip(4));
    Config config;
    config.profile = TRY(reader.u8());
    config.level = TRY(reader.u8());
    const std::uint8_t shape = TRY(reader.u8());
    config.bit_depth = shape >> 4;
    config.subsampling = shape >> 1 & 0x07;
    config.full_range = (shape & 1) != 0;
    config.primaries = TRY(reader.u8());
    config.transfer = TRY(reader.u8());
    config.matrix = TRY(reader.u8());
    if (config.profile > 3 || config.bit_depth < 8 || config.bit_depth > 12)
        return fail(ErrorKind::malformed, "the VP8 or VP9 configuration record makes no sense");
    return config;
}

void write_config(const Config& config, base::ByteWriter& out) {
    out.u8(config.profile);
    out.u8(config.level);
    out.u8(static_cast<std::uint8_t>(config.bit_depth << 4 | config.subsampling << 1 | (config.full_range ? 1 : 0)));
    out.u8(config.primaries);
    out.u8(config.transfer);
    out.u8(config.matrix);
    out.u16(0);  // no initialization data
}

std::string codec_string(std::string_view fourcc, const Config& config) {
    return fmt::format("{}.{:02}.{:02}.{:02}", fourcc, config.profile, config.level, config.bit_depth);
}

Result<KeyFrame> parse_vp8_keyframe(ByteView frame) {
    constexpr std::uint32_t size_bits = 0x3fff;
    ByteReader reader(frame);
    const std::uint8_t first = TRY(reader.u8());
    if ((first & 1) != 0) return fail(ErrorKind::malformed, "the VP8 frame is no keyframe");
    TRY(reader.skip(2));
    if (TRY(reader.u24()) != vp8_start_code) return fail(ErrorKind::malformed, "the VP8 keyframe has no start code");
    KeyFrame key;
    key.config.profile = first >> 1 & 0x03;
    const std::uint32_t sides = TRY(reader.u32_little_endian());
    key.width = sides & size_bits;
    key.height = sides >> 16 & size_bits;
    if (key.width == 0 || key.height == 0) return fail(ErrorKind::malformed, "the VP8 keyframe has no size");
    key.config.level = level_of(key.width, key.height);
    return key;
}

Result<KeyFrame> parse_vp9_keyframe(ByteView frame) {
    BitReader bits(frame);
    const Vp9Start start = TRY(parse_vp9_start(bits));
    if (!start.is_key) return fail(ErrorKind::malformed, "the VP9 frame is no keyframe");
    if (TRY(bits.bits(24)) != vp9_sync_code) return fail(ErrorKind::malformed, "the VP9 keyframe has no sync code");
    KeyFrame key;
    key.config.profile = start.profile;
    TRY(parse_vp9_colors(bits, key.config));
    key.width = TRY(bits.bits(16)) + 1;
    key.height = TRY(bits.bits(16)) + 1;
    key.config.level = level_of(key.width, key.height);
    return key;
}

Result<nal::Picture> vp8_picture(ByteView frame) {
    if (frame.empty()) return nal::Picture::none;
    return (frame[0] & 1) == 0 ? nal::Picture::idr : nal::Picture::ordinary;
}

Result<nal::Picture> vp9_picture(ByteView frame) {
    if (frame.empty()) return nal::Picture::none;
    BitReader bits(frame);
    return TRY(parse_vp9_start(bits)).is_key ? nal::Picture::idr : nal::Picture::ordinary;
}

}  // namespace weir::media::vpx
