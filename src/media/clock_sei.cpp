#include "media/clock_sei.hpp"

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"

#include <algorithm>
#include <array>

namespace weir::media {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint8_t user_data_unregistered = 5;
constexpr std::uint8_t stop_bit = 0x80;
/// Weir's own: drawn at random once, so that nobody else's messages are taken for a clock.
constexpr std::array<std::uint8_t, 16> uuid{0x8b, 0x51, 0xd6, 0x2e, 0x7c, 0x0f, 0x4a, 0x93,
                                            0xb4, 0x6e, 0x21, 0xf7, 0x95, 0x3a, 0xc8, 0x1d};
constexpr std::size_t payload_size = uuid.size() + 8;

/// What differs between the codecs that have SEI.
struct Syntax {
    ByteView sei_header;  ///< of a NAL unit that holds SEI
    bool (*is_sei)(ByteView unit);
    bool (*is_picture)(ByteView unit);
};

constexpr std::array<std::uint8_t, 1> h264_sei_header{6};
constexpr std::array<std::uint8_t, 2> hevc_sei_header{39 << 1, 1};
constexpr Syntax h264_syntax{
    h264_sei_header,
    [](ByteView unit) { return h264::nal_type(unit) == h264::NalType::sei; },
    [](ByteView unit) { return h264::is_picture(h264::nal_type(unit)); },
};
constexpr Syntax hevc_syntax{
    hevc_sei_header,
    [](ByteView unit) { return hevc::nal_type(unit) == hevc::NalType::prefix_sei; },
    [](ByteView unit) { return hevc::is_picture(hevc::nal_type(unit)); },
};

const Syntax* syntax_of(Codec codec) {
    if (codec == Codec::h264) return &h264_syntax;
    return codec == Codec::hevc ? &hevc_syntax : nullptr;
}

/// The SEI NAL unit behind its length.
void write_unit(const Syntax& syntax, base::WallTime time, base::ByteWriter& out) {
    base::ByteWriter raw;
    raw.bytes(syntax.sei_header);
    raw.u8(user_data_unregistered);
    raw.u8(payload_size);
    raw.bytes(uuid);
    raw.u64(static_cast<std::uint64_t>(time.time_since_epoch().count()));
    raw.u8(stop_bit);
    const std::size_t start = out.size();
    out.u32(0);
    nal::write_escaped(raw.view(), out);
    out.patch_u32(start, static_cast<std::uint32_t>(out.size() - start - 4));
}

/// A number of an SEI message: bytes of 255 and the last, added up (7.3.2.3.1).
Result<std::size_t> parse_number(ByteReader& reader) {
    std::size_t number = 0;
    std::uint8_t byte = 0xff;
    while (byte == 0xff) {
        byte = TRY(reader.u8());
        number += byte;
    }
    return number;
}

/// The clock among the messages of one SEI unit; an error where they end.
Result<base::WallTime> parse_messages(ByteReader reader) {
    while (true) {
        const std::size_t type = TRY(parse_number(reader));
        const std::size_t size = TRY(parse_number(reader));
        ByteReader payload(TRY(reader.take(size)));
        if (type != user_data_unregistered || size != payload_size) continue;
        const ByteView id = TRY(payload.take(uuid.size()));
        if (!std::ranges::equal(id, uuid)) continue;
        return base::WallTime(base::Duration(static_cast<std::int64_t>(TRY(payload.u64()))));
    }
}

}  // namespace

Result<base::Bytes> with_clock(Codec codec, ByteView access_unit, base::WallTime time) {
    const Syntax* syntax = syntax_of(codec);
    if (syntax == nullptr) return fail(ErrorKind::unsupported, "this codec has no place for a clock");
    nal::UnitReader units(access_unit);
    std::size_t before = 0;  // bytes ahead of the first picture
    while (const auto unit = TRY(units.next())) {
        if (syntax->is_picture(*unit)) break;
        before = access_unit.size() - units.rest().size();
    }
    base::ByteWriter out;
    out.bytes(access_unit.first(before));
    write_unit(*syntax, time, out);
    out.bytes(access_unit.subspan(before));
    return out.to_bytes();
}

std::optional<base::WallTime> find_clock(Codec codec, ByteView access_unit) {
    const Syntax* syntax = syntax_of(codec);
    if (syntax == nullptr) return std::nullopt;
    nal::UnitReader units(access_unit);
    while (true) {
        const auto next = units.next();
        if (!next || !*next) return std::nullopt;
        const ByteView unit = **next;
        if (!syntax->is_sei(unit) || unit.size() < syntax->sei_header.size()) continue;
        const std::vector<std::uint8_t> raw = nal::unescape(unit.subspan(syntax->sei_header.size()));
        if (const auto clock = parse_messages(ByteReader(raw))) return *clock;
    }
}

}  // namespace weir::media
