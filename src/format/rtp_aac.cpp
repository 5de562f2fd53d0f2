#include "format/rtp_aac.hpp"

#include "base/byte_reader.hpp"
#include "base/text_bytes.hpp"
#include "media/aac.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace weir::format::rtp {

using base::BitReader;
using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t most_frames = 64;        ///< of one packet
constexpr std::size_t largest_frame = 0x1fff;  ///< thirteen bits

std::optional<unsigned> number_of(const Format& format, std::string_view name) {
    const std::string_view text = format.parameter(name);
    unsigned number = 0;
    if (text.empty()) return 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// Where the config is missing, the map says what is usual: AAC-LC of so much.
Result<media::Track> track_of(const Format& format) {
    const auto config = base::parse_hex(format.parameter("config"));
    if (!config) return fail(ErrorKind::malformed, "the AAC config of the session description is not hexadecimal");
    if (!config->empty()) return media::track_from_config(media::Codec::aac, *config);
    const auto channels = static_cast<std::uint8_t>(std::clamp(format.channels, 1U, 8U));
    base::ByteWriter record;
    media::aac::write_config({.sample_rate = format.clock,
                              .channel_configuration = static_cast<std::uint8_t>(channels == 8 ? 7 : channels),
                              .channels = channels},
                             record);
    return media::track_from_config(media::Codec::aac, record.view());
}

}  // namespace

Result<AacDepacketizer::Fields> AacDepacketizer::parse_fields(const Format& format) {
    Fields fields{};
    const std::array<std::pair<std::string_view, unsigned*>, 8> names{
        {{"sizelength", &fields.size},
         {"indexlength", &fields.index},
         {"indexdeltalength", &fields.index_delta},
         {"ctsdeltalength", &fields.cts_delta},
         {"dtsdeltalength", &fields.dts_delta},
         {"randomaccessindication", &fields.random_access},
         {"streamstateindication", &fields.stream_state},
         {"auxiliarydatasizelength", &fields.auxiliary_size}}};
    for (const auto& [name, field] : names) {
        const auto number = number_of(format, name);
        if (!number || *number > 32)
            return fail(ErrorKind::malformed, "a length in the parameters of AAC over RTP makes no sense");
        *field = *number;
    }
    // Some say nothing but the mode.
    const bool is_low = sdp::is_same_name(format.parameter("mode"), "AAC-lbr");
    if (format.parameter("sizelength").empty()) {
        fields.size = is_low ? 6 : 13;
        fields.index = fields.index_delta = is_low ? 2 : 3;
    }
    if (!format.parameter("constantsize").empty() || fields.size == 0)
        return fail(ErrorKind::unsupported, "AAC over RTP in frames of constant size is not served");
    return fields;
}

Result<std::unique_ptr<Depacketizer>> AacDepacketizer::create(const Format& format, const DepacketizerLimits& limits) {
    const Fields fields = TRY(parse_fields(format));
    media::Track track = TRY(track_of(format));
    track.announced_bitrate = format.announced_bitrate;
    return std::unique_ptr<Depacketizer>(new AacDepacketizer(fields, std::move(track), format.clock, limits));
}

AacDepacketizer::AacDepacketizer(const Fields& fields, media::Track track, std::uint32_t clock,
                                 const DepacketizerLimits& limits)
    : fields_(fields),
      limits_(limits),
      frame_units_(static_cast<std::uint32_t>(media::frame_duration(track).to(clock))) {
    emit(std::move(track));
}

void AacDepacketizer::receive(const Packet& packet, bool gap) {
    const bool goes_on = part_of_ != 0 && packet.header.timestamp == part_timestamp_ && !gap;
    if (part_of_ != 0 && !goes_on) drop_part();
    if (packet.payload.empty()) return;
    const auto taken = take(packet);
    if (taken) return;
    refuse(taken.error());
    if (part_of_ != 0) drop_part();
}

Result<void> AacDepacketizer::take(const Packet& packet) {
    ByteView rest = TRY(parse_headers(packet.payload));
    if (sizes_.size() == 1 && sizes_.front() > rest.size()) return take_part(packet, rest);
    std::uint32_t timestamp = packet.header.timestamp;
    for (const std::size_t size : sizes_) {
        if (size > rest.size()) return fail(ErrorKind::malformed, "an AAC frame over RTP is cut short");
        if (size != 0)
            emit(Unit{.timestamp = timestamp, .keyframe = true, .payload = base::Bytes::copy_of(rest.first(size))});
        rest = rest.subspan(size);
        timestamp += frame_units_;
    }
    return {};
}

/// The size of a frame.
Result<std::size_t> AacDepacketizer::parse_header(BitReader& bits, bool is_first) const {
    const std::size_t size = TRY(bits.bits(fields_.size));
    const std::uint32_t index = TRY(bits.bits(is_first ? fields_.index : fields_.index_delta));
    if (!is_first && index != 0)
        return fail(ErrorKind::unsupported, "AAC over RTP in interleaved frames is not served");
    // A delta is there when the bit before it says so; the first frame has none of the composition time.
    if (fields_.cts_delta != 0 && TRY(bits.flag())) TRY(bits.skip(fields_.cts_delta));
    if (fields_.dts_delta != 0 && TRY(bits.flag())) TRY(bits.skip(fields_.dts_delta));
    TRY(bits.skip((fields_.random_access != 0 ? 1 : 0) + std::size_t{fields_.stream_state}));
    return size;
}

/// Fills `sizes_`; what is behind the headers.
Result<ByteView> AacDepacketizer::parse_headers(ByteView payload) {
    sizes_.clear();
    ByteReader reader(payload);
    const std::size_t header_bits = TRY(reader.u16());
    const ByteView headers = TRY(reader.take((header_bits + 7) / 8));
    BitReader bits(headers);
    while (bits.position() + fields_.size <= header_bits && sizes_.size() < most_frames)
        sizes_.push_back(TRY(parse_header(bits, sizes_.empty())));
    if (sizes_.empty()) return fail(ErrorKind::malformed, "an AAC packet over RTP has no header");
    if (fields_.auxiliary_size == 0) return reader.rest();
    BitReader auxiliary(payload.subspan(reader.position()));
    const std::size_t auxiliary_bits = TRY(auxiliary.bits(fields_.auxiliary_size));
    TRY(reader.skip((fields_.auxiliary_size + auxiliary_bits + 7) / 8));
    return reader.rest();
}

Result<void> AacDepacketizer::take_part(const Packet& packet, ByteView part) {
    const std::size_t whole = sizes_.front();
    if (whole > limits_.frame.bytes())
        return fail(ErrorKind::too_large, "an AAC frame over RTP is larger than allowed");
    if (part_of_ == 0) {
        part_of_ = whole;
        part_timestamp_ = packet.header.timestamp;
    }
    part_.bytes(part);
    if (whole != part_of_ || part_.size() > whole)
        return fail(ErrorKind::malformed, "the parts of an AAC frame over RTP do not make one");
    if (part_.size() < whole) return {};
    emit(Unit{.timestamp = part_timestamp_, .keyframe = true, .payload = part_.to_bytes()});
    part_.clear();
    part_of_ = 0;
    return {};
}

void AacDepacketizer::drop_part() noexcept {
    ++tally.groups_damaged;
    ++tally.frames_dropped;
    part_.clear();
    part_of_ = 0;
}

void AacPacketizer::write(const media::Packet& packet, Payloads& out) {
    constexpr std::size_t headers_size = 4;
    constexpr unsigned header_bits = 16;
    const std::size_t size = packet.payload.size();
    if (size == 0 || size > largest_frame) return;
    for (ByteView rest = packet.payload; !rest.empty();) {
        const ByteView part = rest.first(std::min(most_ - headers_size, rest.size()));
        rest = rest.subspan(part.size());
        out.bytes().u16(header_bits);
        out.bytes().u16(static_cast<std::uint16_t>(size << 3));
        out.bytes().bytes(part);
        out.end(rest.empty());
    }
}

}  // namespace weir::format::rtp
