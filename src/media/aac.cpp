#include "media/aac.hpp"

#include "base/bit_reader.hpp"
#include "base/bit_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace weir::media::aac {

using base::BitReader;
using base::BitWriter;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint32_t explicit_rate = 15;
constexpr std::uint8_t escape_type = 31;
constexpr std::uint8_t sbr_type = 5;
constexpr std::uint8_t parametric_stereo_type = 29;
constexpr std::uint32_t sbr_extension = 0x2b7;
constexpr std::uint32_t parametric_stereo_extension = 0x548;
constexpr std::uint32_t highest_rate = 768'000;

/// Table 1.18, by samplingFrequencyIndex.
constexpr std::array<std::uint32_t, 13> rates{96'000, 88'200, 64'000, 48'000, 44'100, 32'000, 24'000,
                                              22'050, 16'000, 12'000, 11'025, 8'000,  7'350};
/// Table 1.19, by channelConfiguration; 0 where it is reserved.
constexpr std::array<std::uint8_t, 15> channel_counts{0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8};

/// Main, LC, SSR and LTP: what decoders of live streams know, and what ADTS can say.
bool is_served(std::uint8_t type) { return type >= 1 && type <= 4; }

std::uint32_t rate_index(std::uint32_t rate) {
    const auto found = std::ranges::find(rates, rate);
    return found == rates.end() ? explicit_rate : static_cast<std::uint32_t>(found - rates.begin());
}

Result<std::uint8_t> parse_type(BitReader& bits) {
    const std::uint32_t type = TRY(bits.bits(5));
    if (type != escape_type) return static_cast<std::uint8_t>(type);
    return static_cast<std::uint8_t>(32 + TRY(bits.bits(6)));
}

void write_type(std::uint8_t type, BitWriter& out) {
    if (type <= 30) return out.bits(type, 5);
    out.bits(escape_type, 5);
    out.bits(type - 32U, 6);
}

Result<std::uint32_t> parse_rate(BitReader& bits) {
    const std::uint32_t index = TRY(bits.bits(4));
    if (index < rates.size()) return rates[index];
    if (index != explicit_rate) return fail(ErrorKind::malformed, "the AAC config has a reserved sampling rate");
    const std::uint32_t rate = TRY(bits.bits(24));
    if (rate == 0 || rate > highest_rate)
        return fail(ErrorKind::malformed, "the AAC config has an impossible sampling rate");
    return rate;
}

void write_rate(std::uint32_t rate, BitWriter& out) {
    const std::uint32_t index = rate_index(rate);
    out.bits(index, 4);
    if (index == explicit_rate) out.bits(rate, 24);
}

/// The channels of the elements that a program config element lists, past its counts.
Result<std::uint32_t> skip_elements(BitReader& bits) {
    const std::uint32_t speakers = TRY(bits.bits(12));  // front, side and back elements, four bits each
    const std::uint32_t low_frequency = TRY(bits.bits(2));
    const std::uint32_t associated = TRY(bits.bits(3));
    const std::uint32_t coupled = TRY(bits.bits(4));
    for (const unsigned mix_down : {4U, 4U, 3U})  // mono, stereo, matrix
        if (TRY(bits.flag())) TRY(bits.skip(mix_down));
    std::uint32_t channels = low_frequency;
    const std::uint32_t elements = (speakers >> 8) + (speakers >> 4 & 0x0f) + (speakers & 0x0f);
    for (std::uint32_t i = 0; i < elements; ++i) {
        channels += TRY(bits.flag()) ? 2 : 1;
        TRY(bits.skip(4));
    }
    TRY(bits.skip(std::size_t{4} * (low_frequency + associated) + std::size_t{5} * coupled));
    return channels;
}

/// program_config_element(), 4.4.1.1. Its alignment counts from the start of the record.
Result<void> parse_program_config(BitReader& bits, Config& config) {
    BitReader again = bits;
    TRY(bits.skip(10));  // element_instance_tag, object_type, sampling_frequency_index
    const std::uint32_t channels = TRY(skip_elements(bits));
    if (channels == 0) return fail(ErrorKind::malformed, "the AAC config has no channels");
    config.channels = static_cast<std::uint8_t>(channels);
    TRY(bits.skip((8 - bits.position() % 8) % 8));
    const std::size_t comment = TRY(bits.bits(8));
    TRY(bits.skip(8 * comment));
    while (again.position() < bits.position()) config.program_config.push_back(TRY(again.flag()));
    return {};
}

/// GASpecificConfig(), 4.4.1.
Result<void> parse_general_audio(BitReader& bits, Config& config) {
    config.short_frames = TRY(bits.flag());
    if (TRY(bits.flag())) return fail(ErrorKind::unsupported, "AAC that depends on another coder is not served");
    const bool extension = TRY(bits.flag());
    if (config.channel_configuration == 0) TRY(parse_program_config(bits, config));
    if (extension) TRY(bits.skip(1));
    return {};
}

/// The backward compatible signalling behind everything else, 1.6.5.
Result<void> parse_sync_extension(BitReader& bits, Config& config) {
    if (bits.remaining() < 16 || TRY(bits.bits(11)) != sbr_extension || TRY(parse_type(bits)) != sbr_type) return {};
    const bool sbr = TRY(bits.flag());
    const std::uint32_t rate = sbr ? TRY(parse_rate(bits)) : 0;
    config.signalling = Signalling::backward_compatible;
    config.sbr = sbr;
    config.extension_sample_rate = rate;
    if (sbr && bits.remaining() >= 12 && TRY(bits.bits(11)) == parametric_stereo_extension)
        config.parametric_stereo = TRY(bits.flag());
    return {};
}

}  // namespace

Result<Config> parse_config(ByteView record) {
    BitReader bits(record);
    Config config;
    config.object_type = TRY(parse_type(bits));
    config.sample_rate = TRY(parse_rate(bits));
    config.channel_configuration = static_cast<std::uint8_t>(TRY(bits.bits(4)));
    if (config.object_type == sbr_type || config.object_type == parametric_stereo_type) {
        config.signalling = Signalling::hierarchical;
        config.sbr = true;
        config.parametric_stereo = config.object_type == parametric_stereo_type;
        config.extension_sample_rate = TRY(parse_rate(bits));
        config.object_type = TRY(parse_type(bits));
    }
    if (!is_served(config.object_type))
        return fail(ErrorKind::unsupported, "this kind of MPEG-4 audio is not served, only AAC");
    if (config.channel_configuration < channel_counts.size())
        config.channels = channel_counts[config.channel_configuration];
    if (config.channels == 0 && config.channel_configuration != 0)
        return fail(ErrorKind::malformed, "the AAC config has a reserved channel configuration");
    TRY(parse_general_audio(bits, config));
    // What is cut short here is padding: the core has been described.
    if (config.signalling == Signalling::none) (void)parse_sync_extension(bits, config);
    return config;
}

void write_config(const Config& config, base::ByteWriter& out) {
    BitWriter bits;
    const bool hierarchical = config.signalling == Signalling::hierarchical;
    const std::uint8_t outer_type = config.parametric_stereo ? parametric_stereo_type : sbr_type;
    write_type(hierarchical ? outer_type : config.object_type, bits);
    write_rate(config.sample_rate, bits);
    bits.bits(config.channel_configuration, 4);
    if (hierarchical) {
        write_rate(config.extension_sample_rate, bits);
        write_type(config.object_type, bits);
    }
    bits.flag(config.short_frames);
    bits.bits(0, 2);  // no core coder, no extension
    for (const bool bit : config.program_config) bits.flag(bit);
    if (config.signalling == Signalling::backward_compatible) {
        bits.bits(sbr_extension, 11);
        write_type(sbr_type, bits);
        bits.flag(config.sbr);
        if (config.sbr) write_rate(config.extension_sample_rate, bits);
        if (config.parametric_stereo) {
            bits.bits(parametric_stereo_extension, 11);
            bits.flag(true);
        }
    }
    out.bytes(bits.view());
}

std::string codec_string(const Config& config) {
    const unsigned with_sbr = config.parametric_stereo ? parametric_stereo_type : sbr_type;
    return fmt::format("mp4a.40.{}", config.sbr ? with_sbr : unsigned{config.object_type});
}

Result<AdtsHeader> parse_adts(ByteView bytes) {
    BitReader bits(bytes);
    if (TRY(bits.bits(12)) != 0xfff) return fail(ErrorKind::malformed, "this is not an ADTS header");
    TRY(bits.skip(1));  // MPEG-4 or MPEG-2: the same to us
    if (TRY(bits.bits(2)) != 0) return fail(ErrorKind::malformed, "the ADTS header has a layer");
    AdtsHeader header;
    header.header_size = TRY(bits.flag()) ? adts_header_size : adts_header_size + 2;
    header.object_type = static_cast<std::uint8_t>(TRY(bits.bits(2)) + 1);
    const std::uint32_t index = TRY(bits.bits(4));
    if (index >= rates.size()) return fail(ErrorKind::malformed, "the ADTS header has a reserved sampling rate");
    header.sample_rate = rates[index];
    TRY(bits.skip(1));
    header.channel_configuration = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    TRY(bits.skip(4));
    header.frame_size = TRY(bits.bits(13));
    TRY(bits.skip(11));  // buffer fullness
    header.raw_blocks = TRY(bits.bits(2)) + 1;
    if (header.frame_size < header.header_size)
        return fail(ErrorKind::malformed, "the ADTS frame is shorter than its header");
    return header;
}

Result<void> write_adts(const Config& config, std::size_t payload_size, base::ByteWriter& out) {
    const std::uint32_t index = rate_index(config.sample_rate);
    const bool sayable = is_served(config.object_type) && index != explicit_rate && config.channel_configuration >= 1 &&
                         config.channel_configuration <= 7 && !config.short_frames;
    if (!sayable) return fail(ErrorKind::unsupported, "ADTS cannot describe this AAC stream");
    const std::size_t size = adts_header_size + payload_size;
    if (size > AdtsHeader::max_frame_size) return fail(ErrorKind::too_large, "the AAC frame is too large for ADTS");
    BitWriter bits;
    bits.bits(0xfff, 12);
    bits.bits(0x1, 4);  // MPEG-4, layer 0, no checksum
    bits.bits(config.object_type - 1U, 2);
    bits.bits(index, 4);
    bits.bits(0, 1);
    bits.bits(config.channel_configuration, 3);
    bits.bits(0, 4);
    bits.bits(static_cast<std::uint32_t>(size), 13);
    bits.bits(0x7ff, 11);  // variable bitrate
    bits.bits(0, 2);       // one frame
    out.bytes(bits.view());
    return {};
}

Config config_from_adts(const AdtsHeader& header) {
    Config config;
    config.object_type = header.object_type;
    config.sample_rate = header.sample_rate;
    config.channel_configuration = header.channel_configuration;
    config.channels = channel_counts[header.channel_configuration];
    return config;
}

}  // namespace weir::media::aac
