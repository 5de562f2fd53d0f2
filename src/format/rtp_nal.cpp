#include "format/rtp_nal.hpp"

#include "base/byte_reader.hpp"
#include "base/text_bytes.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace weir::format::rtp {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Codec;

/// The types of NAL units, and where the header has them.
struct NalForm {
    Codec codec;
    std::size_t header_size;
    unsigned type_shift;     ///< in the first byte of the header
    std::uint8_t type_mask;  ///< once it is shifted
    std::uint8_t aggregate;
    std::uint8_t fragment;
    std::uint8_t first_picture;  ///< types of pictures go from this to the next
    std::uint8_t last_picture;
    std::uint8_t delimiter;
    std::array<std::uint8_t, 4> left_out;        ///< delimiters, filler, ends of sequence and stream
    std::uint8_t message;                        ///< SEI that stands before the first slice
    std::array<std::string_view, 3> parameters;  ///< of `a=fmtp`, with parameter sets

    [[nodiscard]] std::uint8_t type(ByteView unit) const noexcept { return unit[0] >> type_shift & type_mask; }
    [[nodiscard]] bool is_left_out(ByteView unit) const noexcept {
        return std::ranges::find(left_out, type(unit)) != left_out.end();
    }
    /// The first byte of a header with another type.
    [[nodiscard]] std::uint8_t with_type(std::uint8_t first, std::uint8_t type) const noexcept {
        return static_cast<std::uint8_t>((first & ~(type_mask << type_shift)) | type << type_shift);
    }
    [[nodiscard]] bool is_picture(std::uint8_t type) const noexcept {
        return type >= first_picture && type <= last_picture;
    }
};

namespace {

constexpr std::array<NalForm, 2> forms{{
    {Codec::h264, 1, 0, 0x1f, 24, 28, 1, 5, 9, {9, 10, 11, 12}, 6, {"sprop-parameter-sets", "", ""}},
    {Codec::hevc, 2, 1, 0x3f, 48, 49, 0, 31, 35, {35, 36, 37, 38}, 39, {"sprop-vps", "sprop-sps", "sprop-pps"}},
}};

constexpr std::uint8_t start_bit = 0x80;
constexpr std::uint8_t end_bit = 0x40;

const NalForm& form_of(Codec codec) noexcept { return codec == Codec::h264 ? forms[0] : forms[1]; }

/// Cameras exist that put start codes into RTP. No NAL unit of H.264 begins like that, and none of HEVC that is in use.
bool is_annex_b(ByteView payload) noexcept {
    const std::size_t zeros = payload.size() > 3 && payload[2] == 0 ? 3 : 2;
    return payload.size() > 3 && payload[0] == 0 && payload[1] == 0 && payload[zeros] == 1;
}

/// Calls `take` for each unit in a comma-separated list in base64.
template <typename Take>
void for_each_unit(std::string_view list, Take take) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        if (const auto unit = base::parse_base64(list.substr(0, end)); unit && !unit->empty()) take(ByteView(*unit));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

}  // namespace

Result<void> check_nal_format(const Format& format) {
    if (format.codec == Codec::h264 && format.parameter("packetization-mode") == "2")
        return fail(ErrorKind::unsupported, "interleaved H.264 over RTP (packetization-mode=2) is not served");
    const std::string_view order = format.parameter("sprop-max-don-diff");
    if (format.codec == Codec::hevc && !order.empty() && order != "0")
        return fail(ErrorKind::unsupported, "HEVC over RTP with decoding order numbers is not served");
    return {};
}

// Frames

NalFrames::NalFrames(const Format& format) : form_(form_of(format.codec)), parameters_(format.codec) {
    for (const std::string_view name : form_.parameters)
        for_each_unit(format.parameter(name), [this](ByteView unit) {
            if (is_annex_b(unit)) unit = media::nal::AnnexBReader(unit).next().value_or(unit);
            if (parameters_.is_parameter_set(unit)) (void)parameters_.receive(unit);
        });
}

bool NalFrames::begins_frame(ByteView payload) const noexcept {
    if (is_annex_b(payload)) {
        const auto first = media::nal::AnnexBReader(payload).next();
        return first && may_begin(*first);
    }
    if (payload.size() <= form_.header_size) return false;
    const std::uint8_t type = form_.type(payload);
    if (type == form_.aggregate) {
        const std::size_t first = form_.header_size + 2;
        return payload.size() > first && may_begin(payload.subspan(first));
    }
    if (type != form_.fragment) return may_begin(payload);
    const std::uint8_t head = payload[form_.header_size];
    if ((head & start_bit) == 0 || payload.size() < form_.header_size + 2) return false;
    // The unit's header is in two places; of what is behind it the first byte is enough.
    const std::array<std::uint8_t, 3> unit{form_.with_type(payload[0], head & form_.type_mask),
                                           payload[form_.header_size + 1], payload[form_.header_size + 1]};
    return may_begin(unit);
}

/// Nothing that matters can have come before this unit in its frame (H.264 7.4.1.2.3, H.265 7.4.2.4.4).
bool NalFrames::may_begin(ByteView unit) const noexcept {
    const std::uint8_t type = form_.type(unit);
    if (type == form_.delimiter || parameters_.begins_sequence(unit)) return true;
    if (parameters_in_band_) return false;
    const bool is_first_slice = unit.size() > form_.header_size && (unit[form_.header_size] & 0x80) != 0;
    return type == form_.message || (form_.is_picture(type) && is_first_slice);
}

Result<void> NalFrames::add(ByteView payload) {
    if (is_annex_b(payload)) return add_annex_b(payload);
    if (payload.size() <= form_.header_size) return fail(ErrorKind::malformed, "a NAL unit over RTP is cut short");
    const std::uint8_t type = form_.type(payload);
    if (type == form_.fragment) return add_fragment(payload);
    TRY(end_fragment());
    if (type == form_.aggregate) return add_aggregate(payload);
    if (type >= form_.aggregate)
        return fail(ErrorKind::unsupported, "a NAL unit comes over RTP in a mode that was not agreed");
    return add_unit(payload);
}

Result<void> NalFrames::add_aggregate(ByteView payload) {
    ByteReader reader(payload.subspan(form_.header_size));
    while (!reader.at_end()) {
        const std::size_t size = TRY(reader.u16());
        const ByteView unit = TRY(reader.take(size));
        TRY(add_unit(unit));
    }
    return {};
}

Result<void> NalFrames::add_fragment(ByteView payload) {
    const std::uint8_t head = payload[form_.header_size];
    if ((head & start_bit) != 0) {
        TRY(end_fragment());
        fragment_.u8(form_.with_type(payload[0], head & form_.type_mask));
        fragment_.bytes(payload.subspan(1, form_.header_size - 1));
    }
    if (fragment_.size() == 0) return fail(ErrorKind::malformed, "a fragment of a NAL unit has no beginning");
    fragment_.bytes(payload.subspan(form_.header_size + 1));
    return (head & end_bit) != 0 ? end_fragment() : Result<void>();
}

Result<void> NalFrames::add_annex_b(ByteView payload) {
    TRY(end_fragment());
    for (media::nal::AnnexBReader units(payload); const auto unit = units.next();) TRY(add_unit(*unit));
    return {};
}

/// Nothing is missing between packets, so a unit whose end is not marked ends where the next begins.
Result<void> NalFrames::end_fragment() {
    if (fragment_.size() == 0) return {};
    const auto added = add_unit(fragment_.view());
    fragment_.clear();
    return added;
}

Result<void> NalFrames::add_unit(ByteView unit) {
    if (unit.size() <= form_.header_size) return {};
    if (parameters_.is_parameter_set(unit)) {
        parameters_in_band_ = true;
        return parameters_.receive(unit);
    }
    if (form_.is_left_out(unit)) return {};
    frame_.u32(static_cast<std::uint32_t>(unit.size()));
    frame_.bytes(unit);
    return {};
}

Result<base::Bytes> NalFrames::finish() {
    TRY(end_fragment());
    base::Bytes frame = frame_.to_bytes();
    frame_.clear();
    return frame;
}

void NalFrames::drop() {
    frame_.clear();
    fragment_.clear();
}

// Packets

NalPacketizer::NalPacketizer(const media::Track& track, std::size_t most)
    : form_(form_of(track.codec)), most_(most), parameter_sets_(media::parameter_sets(track)) {}

void NalPacketizer::write(const media::Packet& packet, Payloads& out) {
    if (packet.keyframe)
        for (const base::Bytes& unit : parameter_sets_) gather(unit, out);
    media::nal::UnitReader units(packet.payload);
    for (auto unit = units.next(); unit && *unit; unit = units.next())
        if (!form_.is_left_out(**unit)) gather(**unit, out);
    flush(true, out);
}

/// Puts the unit into the packet that is being filled; one that is too large stands there alone.
void NalPacketizer::gather(ByteView unit, Payloads& out) {
    const std::size_t size = 2 + unit.size();
    if (!group_.empty() && group_size_ + size > most_) flush(false, out);
    if (group_.empty()) group_size_ = form_.header_size;
    group_.push_back(unit);
    group_size_ += size;
}

void NalPacketizer::flush(bool marker, Payloads& out) {
    if (group_.size() > 1) write_aggregate(marker, out);
    else if (!group_.empty()) write_unit(group_.front(), marker, out);
    group_.clear();
}

void NalPacketizer::write_unit(ByteView unit, bool marker, Payloads& out) {
    if (unit.size() > most_) return write_fragments(unit, marker, out);
    out.bytes().bytes(unit);
    out.end(marker);
}

void NalPacketizer::write_aggregate(bool marker, Payloads& out) {
    // The header says the most that is said in it: of H.264 the highest priority; of HEVC the lowest layer.
    std::uint8_t first = 0;
    if (form_.codec == Codec::h264)
        for (const ByteView unit : group_) first = std::max<std::uint8_t>(first, unit[0] & 0x60);
    out.bytes().u8(form_.with_type(first, form_.aggregate));
    if (form_.header_size == 2) out.bytes().u8(1);
    for (const ByteView unit : group_) {
        out.bytes().u16(static_cast<std::uint16_t>(unit.size()));
        out.bytes().bytes(unit);
    }
    out.end(marker);
}

void NalPacketizer::write_fragments(ByteView unit, bool marker, Payloads& out) {
    const std::uint8_t type = form_.type(unit);
    const ByteView header = unit.first(form_.header_size);
    const std::size_t room = most_ - form_.header_size - 1;
    std::uint8_t flag = start_bit;
    for (ByteView rest = unit.subspan(form_.header_size); !rest.empty(); flag = 0) {
        const ByteView part = rest.first(std::min(room, rest.size()));
        rest = rest.subspan(part.size());
        if (rest.empty()) flag |= end_bit;
        out.bytes().u8(form_.with_type(header[0], form_.fragment));
        out.bytes().bytes(header.subspan(1));
        out.bytes().u8(flag | type);
        out.bytes().bytes(part);
        out.end(marker && rest.empty());
    }
}

}  // namespace weir::format::rtp
