#include "media/h264.hpp"

#include "base/bit_reader.hpp"
#include "base/byte_reader.hpp"

#include <fmt/format.h>

namespace weir::media::h264 {

using base::ByteReader;
using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t most_sps = 31;
constexpr std::size_t most_pps = 255;

/// Baseline, Main and Extended: their records end with the PPS.
bool ends_with_pps(std::uint8_t profile) { return profile == 66 || profile == 77 || profile == 88; }

Result<std::vector<Bytes>> parse_units(ByteReader& reader, std::size_t count) {
    std::vector<Bytes> units;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = TRY(reader.u16());
        if (const ByteView unit = TRY(reader.take(size)); !unit.empty()) units.push_back(Bytes::copy_of(unit));
    }
    return units;
}

Result<Config::High> parse_high(ByteReader& reader) {
    Config::High high;
    high.chroma_format = TRY(reader.u8()) & 0x03;
    high.luma_bit_depth = static_cast<std::uint8_t>((TRY(reader.u8()) & 0x07) + 8);
    high.chroma_bit_depth = static_cast<std::uint8_t>((TRY(reader.u8()) & 0x07) + 8);
    const std::size_t extensions = TRY(reader.u8());
    high.sps_extensions = TRY(parse_units(reader, extensions));
    return high;
}

void write_units(const std::vector<Bytes>& units, base::ByteWriter& out) {
    for (const Bytes& unit : units) {
        out.u16(static_cast<std::uint16_t>(unit.size()));
        out.bytes(unit);
    }
}

/// payloadType and payloadSize (7.3.2.3.1): bytes of 255, and one that is less.
Result<std::size_t> parse_sei_number(ByteReader& reader) {
    std::size_t number = 0;
    while (true) {
        const std::uint8_t byte = TRY(reader.u8());
        number += byte;
        if (byte != 0xff) return number;
    }
}

/// Whether one of the messages is a recovery point of the picture itself; what is cut short is none.
Result<bool> find_recovery_point(ByteView messages) {
    constexpr std::size_t recovery_point = 6;
    ByteReader reader(messages);
    while (reader.remaining() > 1) {  // behind the last is the stop bit
        const std::size_t type = TRY(parse_sei_number(reader));
        const std::size_t size = TRY(parse_sei_number(reader));
        const ByteView payload = TRY(reader.take(size));
        if (type != recovery_point) continue;
        base::BitReader bits(payload);
        return TRY(bits.unsigned_exp_golomb()) == 0;  // recovery_frame_cnt
    }
    return false;
}

bool fits(const std::vector<Bytes>& units, std::size_t most) {
    if (units.empty() || units.size() > most) return false;
    for (const Bytes& unit : units)
        if (unit.empty() || unit.size() > 0xffff) return false;
    return true;
}

}  // namespace

Result<Config> parse_config(ByteView record) {
    ByteReader reader(record);
    if (TRY(reader.u8()) != 1) return fail(ErrorKind::malformed, "the H.264 configuration record is not of version 1");
    Config config;
    config.profile = TRY(reader.u8());
    config.compatibility = TRY(reader.u8());
    config.level = TRY(reader.u8());
    config.length_size = (TRY(reader.u8()) & 0x03U) + 1;
    const std::size_t sps_count = TRY(reader.u8()) & 0x1fU;
    config.sps = TRY(parse_units(reader, sps_count));
    if (config.sps.empty()) return fail(ErrorKind::malformed, "the H.264 configuration record has no SPS");
    const std::size_t pps_count = TRY(reader.u8());
    config.pps = TRY(parse_units(reader, pps_count));
    // Some writers leave the last fields out, others leave rubbish there; nothing below depends on them.
    if (!ends_with_pps(config.profile))
        if (auto high = parse_high(reader)) config.high = std::move(*high);
    return config;
}

void write_config(const Config& config, base::ByteWriter& out) {
    out.u8(1);
    out.u8(config.profile);
    out.u8(config.compatibility);
    out.u8(config.level);
    out.u8(static_cast<std::uint8_t>(0xfc | (config.length_size - 1)));
    out.u8(static_cast<std::uint8_t>(0xe0 | config.sps.size()));
    write_units(config.sps, out);
    out.u8(static_cast<std::uint8_t>(config.pps.size()));
    write_units(config.pps, out);
    if (!config.high) return;
    out.u8(static_cast<std::uint8_t>(0xfc | config.high->chroma_format));
    out.u8(static_cast<std::uint8_t>(0xf8 | (config.high->luma_bit_depth - 8)));
    out.u8(static_cast<std::uint8_t>(0xf8 | (config.high->chroma_bit_depth - 8)));
    out.u8(static_cast<std::uint8_t>(config.high->sps_extensions.size()));
    write_units(config.high->sps_extensions, out);
}

Result<Config> config_from_parameter_sets(std::vector<Bytes> sps, std::vector<Bytes> pps) {
    if (!fits(sps, most_sps) || !fits(pps, most_pps))
        return fail(ErrorKind::malformed, "the H.264 parameter sets are missing or too many");
    const Sps first = TRY(parse_sps(sps.front()));
    Config config;
    config.profile = first.profile;
    config.compatibility = first.compatibility;
    config.level = first.level;
    config.sps = std::move(sps);
    config.pps = std::move(pps);
    if (!ends_with_pps(config.profile))
        config.high = Config::High{first.chroma_format, first.luma_bit_depth, first.chroma_bit_depth, {}};
    return config;
}

std::string codec_string(const Config& config) {
    return fmt::format("avc1.{:02x}{:02x}{:02x}", config.profile, config.compatibility, config.level);
}

Result<nal::Picture> picture(ByteView access_unit) {
    auto found = nal::Picture::none;
    nal::UnitReader units(access_unit);
    while (const auto unit = TRY(units.next())) {
        const NalType type = nal_type(*unit);
        if (type == NalType::idr) found = nal::Picture::idr;
        else if (is_picture(type) && found == nal::Picture::none) found = nal::Picture::ordinary;
    }
    return found;
}

bool is_recovery_point(ByteView unit) {
    if (unit.empty() || nal_type(unit) != NalType::sei) return false;
    const std::vector<std::uint8_t> raw = nal::unescape(unit.subspan(1));
    return find_recovery_point(raw).value_or(false);
}

}  // namespace weir::media::h264
