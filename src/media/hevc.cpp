#include "media/hevc.hpp"

#include "base/byte_reader.hpp"

#include <fmt/format.h>

namespace weir::media::hevc {

using base::ByteReader;
using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

Result<Profile> parse_profile(ByteReader& reader) {
    Profile profile;
    const std::uint8_t first = TRY(reader.u8());
    profile.space = first >> 6;
    profile.high_tier = (first & 0x20) != 0;
    profile.idc = first & 0x1f;
    profile.compatibility = TRY(reader.u32());
    for (std::uint8_t& byte : profile.constraints) byte = TRY(reader.u8());
    profile.level = TRY(reader.u8());
    return profile;
}

void write_profile(const Profile& profile, base::ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>(profile.space << 6 | (profile.high_tier ? 0x20 : 0) | profile.idc));
    out.u32(profile.compatibility);
    out.bytes(profile.constraints);
    out.u8(profile.level);
}

Result<Config::Array> parse_array(ByteReader& reader) {
    Config::Array array;
    const std::uint8_t first = TRY(reader.u8());
    array.complete = (first & 0x80) != 0;
    array.type = NalType(first & 0x3f);
    const std::size_t count = TRY(reader.u16());
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = TRY(reader.u16());
        if (const ByteView unit = TRY(reader.take(size)); !unit.empty()) array.units.push_back(Bytes::copy_of(unit));
    }
    return array;
}

void write_array(const Config::Array& array, base::ByteWriter& out) {
    out.u8(static_cast<std::uint8_t>((array.complete ? 0x80U : 0U) | static_cast<unsigned>(array.type)));
    out.u16(static_cast<std::uint16_t>(array.units.size()));
    for (const Bytes& unit : array.units) {
        out.u16(static_cast<std::uint16_t>(unit.size()));
        out.bytes(unit);
    }
}

bool fits(const std::vector<Bytes>& units) {
    if (units.empty() || units.size() > 0xff) return false;
    for (const Bytes& unit : units)
        if (unit.empty() || unit.size() > 0xffff) return false;
    return true;
}

/// The compatibility flags as E.3 prints them: flag 0 in the lowest bit.
std::uint32_t reversed(std::uint32_t flags) {
    std::uint32_t result = 0;
    for (unsigned i = 0; i < 32; ++i) result |= (flags >> i & 1U) << (31 - i);
    return result;
}

nal::Picture picture_of(NalType type) {
    switch (type) {
        case NalType::idr_w_radl:
        case NalType::idr_n_lp: return nal::Picture::idr;
        case NalType::rasl_n:
        case NalType::rasl_r: return nal::Picture::rasl;
        case NalType::radl_n:
        case NalType::radl_r: return nal::Picture::radl;
        default: break;
    }
    const bool open = type == NalType::cra || (type >= NalType::bla_w_lp && type <= NalType::bla_n_lp);
    return open ? nal::Picture::open_access : nal::Picture::ordinary;
}

}  // namespace

ByteView Config::first(NalType type) const noexcept {
    for (const Array& array : arrays)
        if (array.type == type && !array.units.empty()) return array.units.front();
    return {};
}

Result<Config> parse_config(ByteView record) {
    ByteReader reader(record);
    // Drafts of the clause had version 0, and their fields are the same.
    if (TRY(reader.u8()) > 1) return fail(ErrorKind::malformed, "the HEVC configuration record is not of version 1");
    Config config;
    config.profile = TRY(parse_profile(reader));
    config.min_spatial_segmentation = TRY(reader.u16()) & 0x0fff;
    config.parallelism = TRY(reader.u8()) & 0x03;
    config.chroma_format = TRY(reader.u8()) & 0x03;
    config.luma_bit_depth = static_cast<std::uint8_t>((TRY(reader.u8()) & 0x07) + 8);
    config.chroma_bit_depth = static_cast<std::uint8_t>((TRY(reader.u8()) & 0x07) + 8);
    config.average_frame_rate = TRY(reader.u16());
    const std::uint8_t layers = TRY(reader.u8());
    config.constant_frame_rate = layers >> 6;
    config.temporal_layers = layers >> 3 & 0x07;
    config.temporal_nesting = (layers & 0x04) != 0;
    config.length_size = (layers & 0x03U) + 1;
    const std::size_t arrays = TRY(reader.u8());
    for (std::size_t i = 0; i < arrays; ++i) config.arrays.push_back(TRY(parse_array(reader)));
    if (config.first(NalType::sps).empty())
        return fail(ErrorKind::malformed, "the HEVC configuration record has no SPS");
    return config;
}

void write_config(const Config& config, base::ByteWriter& out) {
    out.u8(1);
    write_profile(config.profile, out);
    out.u16(static_cast<std::uint16_t>(0xf000 | config.min_spatial_segmentation));
    out.u8(static_cast<std::uint8_t>(0xfc | config.parallelism));
    out.u8(static_cast<std::uint8_t>(0xfc | config.chroma_format));
    out.u8(static_cast<std::uint8_t>(0xf8 | (config.luma_bit_depth - 8)));
    out.u8(static_cast<std::uint8_t>(0xf8 | (config.chroma_bit_depth - 8)));
    out.u16(config.average_frame_rate);
    out.u8(static_cast<std::uint8_t>(config.constant_frame_rate << 6 | config.temporal_layers << 3 |
                                     (config.temporal_nesting ? 0x04 : 0) | (config.length_size - 1)));
    out.u8(static_cast<std::uint8_t>(config.arrays.size()));
    for (const Config::Array& array : config.arrays) write_array(array, out);
}

Result<Config> config_from_parameter_sets(std::vector<Bytes> vps, std::vector<Bytes> sps, std::vector<Bytes> pps) {
    if (!fits(vps) || !fits(sps) || !fits(pps))
        return fail(ErrorKind::malformed, "the HEVC parameter sets are missing or too many");
    const Sps first = TRY(parse_sps(sps.front()));
    Config config;
    config.profile = first.profile;
    config.chroma_format = first.chroma_format;
    config.luma_bit_depth = first.luma_bit_depth;
    config.chroma_bit_depth = first.chroma_bit_depth;
    config.temporal_layers = first.temporal_layers;
    config.temporal_nesting = first.temporal_nesting;
    config.arrays.push_back({NalType::vps, true, std::move(vps)});
    config.arrays.push_back({NalType::sps, true, std::move(sps)});
    config.arrays.push_back({NalType::pps, true, std::move(pps)});
    return config;
}

std::string codec_string(const Config& config) {
    static constexpr std::array<std::string_view, 4> spaces{"", "A", "B", "C"};
    const Profile& profile = config.profile;
    std::string text = fmt::format("hvc1.{}{}.{:X}.{}{}", spaces[profile.space & 0x03], profile.idc,
                                   reversed(profile.compatibility), profile.high_tier ? 'H' : 'L', profile.level);
    std::size_t used = profile.constraints.size();
    while (used > 0 && profile.constraints[used - 1] == 0) --used;
    for (std::size_t i = 0; i < used; ++i) text += fmt::format(".{:X}", profile.constraints[i]);
    return text;
}

Result<nal::Picture> picture(ByteView access_unit) {
    auto found = nal::Picture::none;
    nal::UnitReader units(access_unit);
    while (const auto unit = TRY(units.next())) {
        const NalType type = nal_type(*unit);
        if (found == nal::Picture::none && is_picture(type)) found = picture_of(type);
    }
    return found;
}

}  // namespace weir::media::hevc
