// The sequence header of AV1 (AV1 Bitstream 5.5.1 to 5.5.5), read as far as this server has use for it: to the colors, which stand
// behind everything else.
#include "base/bit_reader.hpp"
#include "media/av1.hpp"

namespace weir::media::av1 {

using base::BitReader;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

/// Of decoder_model_info(), what operating points are read by.
struct Timing {
    bool has_decoder_model = false;
    std::uint32_t delay_bits = 0;
};

/// uvlc(), 4.10.3: Exp-Golomb, but 32 zeros and more are the largest number.
Result<std::uint32_t> read_uvlc(BitReader& bits) {
    unsigned zeros = 0;
    while (!TRY(bits.flag()))
        if (++zeros >= 32) return UINT32_MAX;
    return static_cast<std::uint32_t>((std::uint64_t{1} << zeros) - 1 + TRY(bits.bits(zeros)));
}

/// timing_info() and decoder_model_info(), 5.5.3 and 5.5.4.
Result<Timing> parse_timing(BitReader& bits, SequenceHeader& header) {
    Timing timing;
    if (!TRY(bits.flag())) return timing;
    const std::uint32_t units = TRY(bits.bits(32));
    const std::uint32_t scale = TRY(bits.bits(32));
    if (TRY(bits.flag())) {
        const double ticks = TRY(read_uvlc(bits)) + 1.0;
        const double rate = units == 0 ? 0 : scale / (units * ticks);
        if (rate <= 1000) header.frame_rate = rate;
    }
    timing.has_decoder_model = TRY(bits.flag());
    if (timing.has_decoder_model) {
        timing.delay_bits = TRY(bits.bits(5)) + 1;
        TRY(bits.skip(32 + 5 + 5));
    }
    return timing;
}

Result<void> parse_operating_points(BitReader& bits, const Timing& timing, Config& config) {
    const bool has_display_delay = TRY(bits.flag());
    const std::uint32_t count = TRY(bits.bits(5)) + 1;
    for (std::uint32_t i = 0; i < count; ++i) {
        TRY(bits.skip(12));
        const auto level = static_cast<std::uint8_t>(TRY(bits.bits(5)));
        const bool high_tier = level > 7 && TRY(bits.flag());
        if (i == 0) {
            config.level = level;
            config.high_tier = high_tier;
        }
        if (timing.has_decoder_model && TRY(bits.flag())) TRY(bits.skip(std::size_t{2} * timing.delay_bits + 1));
        if (has_display_delay && TRY(bits.flag())) TRY(bits.skip(4));
    }
    return {};
}

Result<void> parse_size(BitReader& bits, SequenceHeader& header) {
    const std::uint32_t width_bits = TRY(bits.bits(4)) + 1;
    const std::uint32_t height_bits = TRY(bits.bits(4)) + 1;
    header.width = TRY(bits.bits(width_bits)) + 1;
    header.height = TRY(bits.bits(height_bits)) + 1;
    return {};
}

/// From use_128x128_superblock to enable_restoration: tools, which are the decoder's.
Result<void> skip_tools(BitReader& bits, bool reduced_still_picture) {
    TRY(bits.skip(3));
    if (!reduced_still_picture) {
        TRY(bits.skip(4));
        const bool has_order_hint = TRY(bits.flag());
        if (has_order_hint) TRY(bits.skip(2));
        const bool chooses_screen_tools = TRY(bits.flag());
        const bool may_have_screen_tools = chooses_screen_tools || TRY(bits.flag());
        if (may_have_screen_tools && !TRY(bits.flag())) TRY(bits.skip(1));
        if (has_order_hint) TRY(bits.skip(3));
    }
    return bits.skip(3);
}

/// color_config(), 5.5.2.
Result<void> parse_colors(BitReader& bits, Config& config) {
    constexpr std::uint32_t unspecified = 2;
    const bool is_high = TRY(bits.flag());
    const bool is_twelve = config.profile == 2 && is_high && TRY(bits.flag());
    config.bit_depth = !is_high ? 8 : is_twelve ? 12 : 10;
    config.monochrome = config.profile != 1 && TRY(bits.flag());
    std::uint32_t primaries = unspecified;
    std::uint32_t transfer = unspecified;
    std::uint32_t matrix = unspecified;
    if (TRY(bits.flag())) {
        primaries = TRY(bits.bits(8));
        transfer = TRY(bits.bits(8));
        matrix = TRY(bits.bits(8));
    }
    const bool is_rgb = primaries == 1 && transfer == 13 && matrix == 0;
    config.subsampling_x = config.monochrome || (!is_rgb && config.profile != 1);
    config.subsampling_y = config.monochrome || (!is_rgb && config.profile == 0);
    if (!config.monochrome && is_rgb) return {};
    TRY(bits.skip(1));  // range
    if (config.monochrome) return {};
    if (config.profile == 2 && config.bit_depth == 12) {
        config.subsampling_x = TRY(bits.flag());
        config.subsampling_y = config.subsampling_x && TRY(bits.flag());
    }
    if (config.subsampling_x && config.subsampling_y)
        config.sample_position = static_cast<std::uint8_t>(TRY(bits.bits(2)));
    return {};
}

}  // namespace

Result<SequenceHeader> parse_sequence_header(base::ByteView payload) {
    BitReader bits(payload);
    SequenceHeader header;
    Config& config = header.config;
    config.profile = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    if (config.profile > 2) return fail(ErrorKind::malformed, "the AV1 sequence header has a reserved profile");
    TRY(bits.skip(1));  // still_picture
    header.reduced_still_picture = TRY(bits.flag());
    if (header.reduced_still_picture) {
        config.level = static_cast<std::uint8_t>(TRY(bits.bits(5)));
    } else {
        const Timing timing = TRY(parse_timing(bits, header));
        TRY(parse_operating_points(bits, timing, config));
    }
    TRY(parse_size(bits, header));
    if (!header.reduced_still_picture && TRY(bits.flag())) TRY(bits.skip(4 + 3));
    TRY(skip_tools(bits, header.reduced_still_picture));
    TRY(parse_colors(bits, config));
    return header;
}

}  // namespace weir::media::av1
