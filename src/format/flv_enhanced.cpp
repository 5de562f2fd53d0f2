#include "format/flv_enhanced.hpp"

#include "format/flv_tags.hpp"

#include <algorithm>
#include <array>

namespace weir::format::flv {

using base::ErrorKind;
using base::fail;
using base::Result;
using media::Kind;

namespace {

constexpr std::uint8_t type_mask = 0x0f;
constexpr std::uint8_t timestamp_offset_nano = 0;  ///< VideoPacketModExType, AudioPacketModExType

/// Packet types by their number, for each kind: what they are to us.
enum class Meaning : std::uint8_t { part, nothing, multitrack, mod_ex };
struct PacketTypeRow {
    Kind kind;
    std::uint8_t number;
    Meaning meaning;
    Use use;
};
constexpr std::array<PacketTypeRow, 14> packet_types{{
    {Kind::video, 0, Meaning::part, Use::config},
    {Kind::video, 1, Meaning::part, Use::frame},
    {Kind::video, 2, Meaning::part, Use::end},
    {Kind::video, 3, Meaning::part, Use::frame_x},
    {Kind::video, 4, Meaning::nothing, {}},  // metadata: colors
    {Kind::video, 5, Meaning::part, Use::ts_config},
    {Kind::video, 6, Meaning::multitrack, {}},
    {Kind::video, 7, Meaning::mod_ex, {}},
    {Kind::audio, 0, Meaning::part, Use::config},
    {Kind::audio, 1, Meaning::part, Use::frame},
    {Kind::audio, 2, Meaning::part, Use::end},
    {Kind::audio, 4, Meaning::nothing, {}},  // where the channels are
    {Kind::audio, 5, Meaning::multitrack, {}},
    {Kind::audio, 7, Meaning::mod_ex, {}},
}};

Result<PacketTypeRow> packet_type(Kind kind, std::uint8_t number) {
    const auto* const row = std::ranges::find_if(
        packet_types, [&](const PacketTypeRow& one) { return one.kind == kind && one.number == number; });
    if (row == packet_types.end())
        return fail(ErrorKind::unsupported, "this packet type of Enhanced RTMP is not known");
    return *row;
}

}  // namespace

Result<std::optional<Part>> EnhancedReader::next() {
    if (!std::exchange(has_begun_, true)) is_over_ = TRY(begin());
    if (is_over_ || (tracks_ != Tracks::alone && tracks_ != Tracks::one && reader_.at_end())) return std::nullopt;
    Part part{.use = use_, .fourcc = fourcc_, .track = 0, .body = {}};
    if (tracks_ == Tracks::many_codecs) part.fourcc = TRY(reader_.text(4));
    if (tracks_ != Tracks::alone) part.track = TRY(reader_.u8());
    const bool is_last = tracks_ == Tracks::alone || tracks_ == Tracks::one;
    const std::size_t size = is_last ? reader_.remaining() : TRY(reader_.u24());
    const std::size_t start = reader_.position();
    TRY(reader_.skip(size));
    part.body = body_.slice(start, size);
    is_over_ = is_last;
    return part;
}

/// Reads up to the first part; true where there is none.
Result<bool> EnhancedReader::begin() {
    const std::uint8_t first = TRY(reader_.u8());
    PacketTypeRow type = TRY(packet_type(kind_, first & type_mask));
    while (type.meaning == Meaning::mod_ex) {
        const std::uint8_t behind = TRY(read_mod_ex());
        type = TRY(packet_type(kind_, behind));
    }
    if (type.meaning == Meaning::nothing) return true;
    if (kind_ == Kind::video && FrameType(first >> 4 & 0x07) == FrameType::command) return true;
    if (type.meaning == Meaning::multitrack) {
        const std::uint8_t modes = TRY(reader_.u8());
        if (modes >> 4 > static_cast<unsigned>(Tracks::many_codecs))
            return fail(ErrorKind::unsupported, "this kind of multitrack RTMP is not known");
        tracks_ = Tracks(modes >> 4);
        type = TRY(packet_type(kind_, modes & type_mask));
        if (type.meaning == Meaning::nothing) return true;
        if (type.meaning != Meaning::part)
            return fail(ErrorKind::malformed, "a multitrack message has one inside, or an extension");
    }
    use_ = type.use;
    if (tracks_ != Tracks::many_codecs) fourcc_ = TRY(reader_.text(4));
    return false;
}

/// One extension; the packet type behind it.
Result<std::uint8_t> EnhancedReader::read_mod_ex() {
    std::size_t size = TRY(reader_.u8()) + std::size_t{1};
    if (size == 256) size = TRY(reader_.u16()) + std::size_t{1};
    const base::ByteView data = TRY(reader_.take(size));
    const std::uint8_t types = TRY(reader_.u8());
    if (types >> 4 == timestamp_offset_nano && data.size() >= 3) {
        constexpr std::uint32_t millisecond = 1'000'000;
        const std::uint32_t nanoseconds = TRY(base::ByteReader(data).u24());
        fraction_ = media::Ticks::from(std::min(nanoseconds, millisecond - 1), 1'000'000'000);
    }
    return static_cast<std::uint8_t>(types & type_mask);
}

}  // namespace weir::format::flv
