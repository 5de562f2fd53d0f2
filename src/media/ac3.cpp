#include "media/ac3.hpp"

#include "base/bit_reader.hpp"
#include "base/bit_writer.hpp"

#include <array>
#include <bit>

namespace weir::media::ac3 {

using base::BitReader;
using base::BitWriter;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint32_t sync_word = 0x0b77;
constexpr std::uint8_t newest_ac3 = 10;  // bsid; beyond is E-AC-3 (E.1.2.2)
constexpr std::uint8_t newest_eac3 = 16;
constexpr std::uint8_t standard_ac3 = 8;  // 9 and 10 have a half and a quarter of the rate
constexpr std::uint32_t samples_per_block = 256;

/// fscod.
constexpr std::array<std::uint32_t, 3> rates{48'000, 44'100, 32'000};
/// acmod: the full-bandwidth channels.
constexpr std::array<std::uint8_t, 8> channel_counts{2, 1, 2, 3, 3, 4, 4, 5};
/// Table 4.13, kbit/s by half of frmsizecod.
constexpr std::array<std::uint16_t, 19> bitrates{32,  40,  48,  56,  64,  80,  96,  112, 128, 160,
                                                 192, 224, 256, 320, 384, 448, 512, 576, 640};

/// Table 4.13, in bytes.
std::size_t ac3_frame_size(std::uint8_t rate_code, std::uint8_t size_code) {
    const std::size_t bitrate = bitrates[size_code / 2];
    if (rates[rate_code] == 48'000) return bitrate * 4;
    if (rates[rate_code] == 32'000) return bitrate * 6;
    return 2 * (bitrate * 1000 * 1536 / 44'100 / 16 + size_code % 2);
}

/// chan_loc (Table F.6.1) is what the channel map (Table E.1.4, whose bit 0 is the highest) has beyond 5.1; some bits are pairs.
std::uint16_t location_of_map(std::uint16_t map) {
    std::uint16_t location = 0;
    constexpr std::array<unsigned, 9> sources{5, 6, 7, 8, 9, 10, 11, 12, 14};  // by bit of chan_loc, lowest first
    for (std::size_t i = 0; i < sources.size(); ++i)
        if ((map & 0x8000U >> sources[i]) != 0) location |= static_cast<std::uint16_t>(1U << i);
    return location;
}

std::uint32_t channels_of_location(std::uint16_t location) {
    constexpr std::uint16_t pairs = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6;
    return static_cast<std::uint32_t>(std::popcount(location) +
                                      std::popcount(static_cast<std::uint16_t>(location & pairs)));
}

Result<Header> parse_ac3(BitReader& bits) {
    Header header;
    TRY(bits.skip(16));  // checksum
    header.rate_code = static_cast<std::uint8_t>(TRY(bits.bits(2)));
    header.size_code = static_cast<std::uint8_t>(TRY(bits.bits(6)));
    if (header.rate_code >= rates.size() || header.size_code / 2U >= bitrates.size())
        return fail(ErrorKind::malformed, "the AC-3 header has a reserved sampling rate or frame size");
    header.bsid = static_cast<std::uint8_t>(TRY(bits.bits(5)));
    header.bsmod = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    header.acmod = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    if ((header.acmod & 1) != 0 && header.acmod != 1) TRY(bits.skip(2));  // centre mix level
    if ((header.acmod & 4) != 0) TRY(bits.skip(2));                       // surround mix level
    if (header.acmod == 2) TRY(bits.skip(2));                             // Dolby surround mode
    header.low_frequency = TRY(bits.flag());
    const unsigned halvings = header.bsid > standard_ac3 ? header.bsid - standard_ac3 : 0;
    header.sample_rate = rates[header.rate_code] >> halvings;
    header.frame_size = ac3_frame_size(header.rate_code, header.size_code);
    return header;
}

/// fscod and numblkscod, or fscod2 in place of the latter.
Result<void> parse_rate(BitReader& bits, Header& header) {
    static constexpr std::array<std::uint8_t, 4> blocks{1, 2, 3, 6};
    header.rate_code = static_cast<std::uint8_t>(TRY(bits.bits(2)));
    const std::uint32_t code = TRY(bits.bits(2));
    if (header.rate_code < rates.size()) {
        header.sample_rate = rates[header.rate_code];
        header.samples = blocks[code] * samples_per_block;
        return {};
    }
    if (code >= rates.size()) return fail(ErrorKind::malformed, "the E-AC-3 header has a reserved sampling rate");
    header.sample_rate = rates[code] / 2;
    return {};
}

/// What follows bsid as far as the channel map (E.1.2.2).
Result<void> parse_channel_map(BitReader& bits, Header& header) {
    for (unsigned program = 0; program < (header.acmod == 0 ? 2U : 1U); ++program) {
        TRY(bits.skip(5));                        // dialogue level
        if (TRY(bits.flag())) TRY(bits.skip(8));  // compression
    }
    if (header.dependent && TRY(bits.flag())) header.channel_map = static_cast<std::uint16_t>(TRY(bits.bits(16)));
    return {};
}

Result<Header> parse_eac3(BitReader& bits) {
    Header header{.enhanced = true};
    const std::uint32_t kind = TRY(bits.bits(2));
    if (kind == 3) return fail(ErrorKind::malformed, "the E-AC-3 header has a reserved kind of substream");
    header.dependent = kind == 1;
    header.substream = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    header.frame_size = 2 * (TRY(bits.bits(11)) + std::size_t{1});
    TRY(parse_rate(bits, header));
    header.acmod = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    header.low_frequency = TRY(bits.flag());
    header.bsid = static_cast<std::uint8_t>(TRY(bits.bits(5)));
    TRY(parse_channel_map(bits, header));
    return header;
}

}  // namespace

std::uint32_t Header::channels() const noexcept { return channel_counts[acmod & 7] + (low_frequency ? 1U : 0U); }

Result<Header> parse_header(ByteView bytes) {
    if (bytes.size() < header_size) return fail(ErrorKind::malformed, "the AC-3 header is cut short");
    BitReader bits(bytes.first(header_size));
    if (TRY(bits.bits(16)) != sync_word) return fail(ErrorKind::malformed, "this is not an AC-3 header");
    const auto bsid = static_cast<std::uint8_t>(bytes[5] >> 3);  // in the same place in both
    if (bsid > newest_eac3) return fail(ErrorKind::unsupported, "this version of AC-3 is not known");
    const Header header = bsid <= newest_ac3 ? TRY(parse_ac3(bits)) : TRY(parse_eac3(bits));
    if (header.frame_size < header_size) return fail(ErrorKind::malformed, "the AC-3 frame is shorter than its header");
    return header;
}

std::uint32_t Config::sample_rate() const noexcept {
    if (rate_code >= rates.size()) return 24'000;  // a reduced rate that dec3 does not tell from others
    return rates[rate_code] >> (!enhanced && bsid > standard_ac3 ? bsid - standard_ac3 : 0);
}

std::uint32_t Config::channels() const noexcept {
    return channel_counts[acmod & 7] + (low_frequency ? 1U : 0U) + channels_of_location(dependent_channels);
}

Result<Config> parse_dac3(ByteView record) {
    BitReader bits(record);
    Config config;
    config.rate_code = static_cast<std::uint8_t>(TRY(bits.bits(2)));
    if (config.rate_code >= rates.size())
        return fail(ErrorKind::malformed, "the AC-3 record has a reserved sampling rate");
    config.bsid = static_cast<std::uint8_t>(TRY(bits.bits(5)));
    if (config.bsid > newest_ac3) return fail(ErrorKind::malformed, "the AC-3 record is of another format");
    config.bsmod = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    config.acmod = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    config.low_frequency = TRY(bits.flag());
    config.bitrate_code = static_cast<std::uint8_t>(TRY(bits.bits(5)));
    return config;
}

Result<Config> parse_dec3(ByteView record) {
    BitReader bits(record);
    Config config{.enhanced = true};
    config.bitrate = static_cast<std::uint16_t>(TRY(bits.bits(13)));
    if (TRY(bits.bits(3)) != 0) return fail(ErrorKind::unsupported, "E-AC-3 with several programs is not served");
    config.rate_code = static_cast<std::uint8_t>(TRY(bits.bits(2)));
    config.bsid = static_cast<std::uint8_t>(TRY(bits.bits(5)));
    if (config.bsid > newest_eac3) return fail(ErrorKind::malformed, "the E-AC-3 record is of another format");
    TRY(bits.skip(2));
    config.bsmod = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    config.acmod = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    config.low_frequency = TRY(bits.flag());
    TRY(bits.skip(3));
    config.dependents = static_cast<std::uint8_t>(TRY(bits.bits(4)));
    if (config.dependents > 0) config.dependent_channels = static_cast<std::uint16_t>(TRY(bits.bits(9)));
    return config;
}

void write_config(const Config& config, base::ByteWriter& out) {
    BitWriter bits;
    if (config.enhanced) {
        bits.bits(config.bitrate, 13);
        bits.bits(0, 3);  // one independent substream
    }
    bits.bits(config.rate_code, 2);
    bits.bits(config.bsid, 5);
    if (config.enhanced) bits.bits(0, 2);
    bits.bits(config.bsmod, 3);
    bits.bits(config.acmod, 3);
    bits.flag(config.low_frequency);
    if (!config.enhanced) {
        bits.bits(config.bitrate_code, 5);
        bits.bits(0, 5);
        return out.bytes(bits.view());
    }
    bits.bits(0, 3);
    bits.bits(config.dependents, 4);
    if (config.dependents > 0) bits.bits(config.dependent_channels, 9);
    else bits.bits(0, 1);
    out.bytes(bits.view());
}

Config config_from_frames(const std::vector<Header>& frames) {
    const Header& first = frames.front();
    Config config{.enhanced = first.enhanced,
                  .rate_code = first.rate_code,
                  .bsid = first.bsid,
                  .bsmod = first.bsmod,
                  .acmod = first.acmod,
                  .low_frequency = first.low_frequency,
                  .bitrate_code = static_cast<std::uint8_t>(first.size_code / 2)};
    if (!first.enhanced) return config;
    std::size_t size = 0;
    for (const Header& frame : frames) {
        size += frame.frame_size;
        if (!frame.dependent || config.dependents == 0xf) continue;
        ++config.dependents;
        config.dependent_channels |= location_of_map(frame.channel_map);
    }
    const std::size_t bitrate = size * 8 * first.sample_rate / first.samples / 1000;
    config.bitrate = static_cast<std::uint16_t>(bitrate & 0x1fff);
    return config;
}

}  // namespace weir::media::ac3
