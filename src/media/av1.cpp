#include "media/av1.hpp"

#include "base/bit_reader.hpp"
#include "base/bit_writer.hpp"
#include "base/byte_reader.hpp"

#include <fmt/format.h>

#include <vector>

namespace weir::media::av1 {

using base::ByteReader;
using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint8_t marker_and_version = 0x81;
constexpr std::uint8_t extension_flag = 0x04;
constexpr std::uint8_t size_flag = 0x02;
constexpr std::size_t fixed_config_size = 4;

/// leb128(), 4.10.5: seven bits a byte, the lowest first.
Result<std::uint32_t> read_leb128(ByteReader& reader) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) {
        const std::uint8_t byte = TRY(reader.u8());
        value |= std::uint64_t{byte & 0x7fU} << (7 * i);
        if ((byte & 0x80) == 0) {
            if (value > UINT32_MAX) break;
            return static_cast<std::uint32_t>(value);
        }
    }
    return fail(ErrorKind::malformed, "an AV1 size is too large");
}

void write_leb128(std::size_t value, base::ByteWriter& out) {
    do {
        const auto bits = static_cast<std::uint8_t>(value & 0x7f);
        value >>= 7;
        out.u8(static_cast<std::uint8_t>(bits | (value != 0 ? 0x80 : 0)));
    } while (value != 0);
}

/// The same OBU with a size field.
void write_obu(const Obu& obu, base::ByteWriter& out) {
    if (obu.has_size) return out.bytes(obu.whole);
    out.u8(obu.whole[0] | size_flag);
    if ((obu.whole[0] & extension_flag) != 0) out.u8(obu.whole[1]);
    write_leb128(obu.payload.size(), out);
    out.bytes(obu.payload);
}

/// What stands in no sample (AV1 in ISO Media 2.4).
bool is_left_out(ObuType type) noexcept {
    return type == ObuType::temporal_delimiter || type == ObuType::tile_list || type == ObuType::padding;
}

/// The head of uncompressed_header(), 5.9.2.
Result<nal::Picture> picture_of(ByteView header, bool reduced_still_picture) {
    if (reduced_still_picture) return nal::Picture::idr;
    base::BitReader bits(header);
    if (TRY(bits.flag())) return nal::Picture::ordinary;  // shows a frame that came before
    const bool is_key = TRY(bits.bits(2)) == 0;
    const bool is_shown = TRY(bits.flag());
    return is_key && is_shown ? nal::Picture::idr : nal::Picture::ordinary;
}

}  // namespace

Result<std::optional<Obu>> ObuReader::next() {
    if (rest_.empty()) return std::nullopt;
    ByteReader reader(rest_);
    const std::uint8_t header = TRY(reader.u8());
    if ((header & 0x80) != 0) return fail(ErrorKind::malformed, "an AV1 unit has its forbidden bit set");
    if ((header & extension_flag) != 0) TRY(reader.skip(1));
    Obu obu;
    obu.type = ObuType(header >> 3 & 0x0f);
    obu.has_size = (header & size_flag) != 0;
    const std::size_t size = obu.has_size ? TRY(read_leb128(reader)) : reader.remaining();
    obu.payload = TRY(reader.take(size));
    obu.whole = rest_.first(reader.position());
    rest_ = rest_.subspan(reader.position());
    return obu;
}

Result<Config> parse_config(ByteView record) {
    if (record.size() < fixed_config_size || record[0] != marker_and_version)
        return fail(ErrorKind::malformed, "the AV1 configuration record is not of version 1");
    base::BitReader bits(record.subspan(1, fixed_config_size - 1));
    Config config;
    config.profile = static_cast<std::uint8_t>(TRY(bits.bits(3)));
    config.level = static_cast<std::uint8_t>(TRY(bits.bits(5)));
    config.high_tier = TRY(bits.flag());
    const bool is_high = TRY(bits.flag());
    const bool is_twelve = TRY(bits.flag());
    config.bit_depth = !is_high ? 8 : is_twelve ? 12 : 10;
    config.monochrome = TRY(bits.flag());
    config.subsampling_x = TRY(bits.flag());
    config.subsampling_y = TRY(bits.flag());
    config.sample_position = static_cast<std::uint8_t>(TRY(bits.bits(2)));
    TRY(bits.skip(3));
    if (TRY(bits.flag())) config.presentation_delay = static_cast<std::uint8_t>(TRY(bits.bits(4)));
    ObuReader obus(record.subspan(fixed_config_size));
    while (TRY(obus.next())) {}
    config.obus = Bytes::copy_of(record.subspan(fixed_config_size));
    return config;
}

void write_config(const Config& config, base::ByteWriter& out) {
    base::BitWriter bits;
    bits.bits(marker_and_version, 8);
    bits.bits(config.profile, 3);
    bits.bits(config.level, 5);
    bits.flag(config.high_tier);
    bits.flag(config.bit_depth > 8);
    bits.flag(config.bit_depth > 10);
    bits.flag(config.monochrome);
    bits.flag(config.subsampling_x);
    bits.flag(config.subsampling_y);
    bits.bits(config.sample_position, 2);
    bits.bits(0, 3);
    bits.flag(config.presentation_delay.has_value());
    bits.bits(config.presentation_delay.value_or(0), 4);
    out.bytes(bits.view());
    out.bytes(config.obus);
}

Result<Config> config_from_temporal_unit(ByteView unit) {
    ObuReader obus(unit);
    while (const auto obu = TRY(obus.next())) {
        if (obu->type != ObuType::sequence_header) continue;
        Config config = TRY(parse_sequence_header(obu->payload)).config;
        base::ByteWriter header;
        write_obu(*obu, header);
        config.obus = header.to_bytes();
        return config;
    }
    return fail(ErrorKind::malformed, "the AV1 temporal unit has no sequence header");
}

std::string codec_string(const Config& config) {
    return fmt::format("av01.{}.{:02}{}.{:02}", config.profile, config.level, config.high_tier ? 'H' : 'M',
                       config.bit_depth);
}

Result<std::optional<SequenceHeader>> find_sequence_header(ByteView obus) {
    ObuReader reader(obus);
    while (const auto obu = TRY(reader.next()))
        if (obu->type == ObuType::sequence_header) return TRY(parse_sequence_header(obu->payload));
    return std::nullopt;
}

Result<Bytes> normalized(const Bytes& unit) {
    std::vector<Obu> kept;
    bool is_one_run = true;  // of the bytes as they are
    std::size_t end = 0;
    std::size_t position = 0;
    ObuReader obus(unit);
    while (const auto obu = TRY(obus.next())) {
        const std::size_t start = std::exchange(position, position + obu->whole.size());
        if (is_left_out(obu->type)) continue;
        is_one_run = is_one_run && obu->has_size && (kept.empty() || start == end);
        end = position;
        kept.push_back(*obu);
    }
    if (kept.empty()) return Bytes();
    if (is_one_run) {
        const auto first = static_cast<std::size_t>(kept.front().whole.data() - unit.data());
        return unit.slice(first, end - first);
    }
    base::ByteWriter out;
    for (const Obu& obu : kept) write_obu(obu, out);
    return out.to_bytes();
}

Result<nal::Picture> picture(ByteView unit) {
    bool reduced = false;
    auto found = nal::Picture::none;
    ObuReader obus(unit);
    while (const auto obu = TRY(obus.next())) {
        if (obu->type == ObuType::sequence_header)
            reduced = TRY(parse_sequence_header(obu->payload)).reduced_still_picture;
        const bool is_frame = obu->type == ObuType::frame || obu->type == ObuType::frame_header;
        if (is_frame && found == nal::Picture::none) found = TRY(picture_of(obu->payload, reduced));
    }
    return found;
}

}  // namespace weir::media::av1
