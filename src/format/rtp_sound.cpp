#include "format/rtp_sound.hpp"

#include "base/byte_reader.hpp"
#include "media/g711.hpp"
#include "media/mpeg_audio.hpp"
#include "media/opus.hpp"
#include "media/track_config.hpp"

#include <algorithm>

namespace weir::format::rtp {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Codec;

namespace {

constexpr std::uint32_t mpeg_clock = 90'000;

/// What the session description says is all that there is. Of Opus it says one or two channels, and no sender minds being decoded as two.
base::ByteWriter config_of(const Format& format) {
    base::ByteWriter record;
    if (format.codec == Codec::opus) {
        const bool is_mono = format.parameter("sprop-stereo") == "0";
        const auto channels = static_cast<std::uint8_t>(is_mono ? 1 : 2);
        media::opus::write_dops({.channels = channels, .mapping = {}}, record);
    } else {
        const auto channels = static_cast<std::uint8_t>(std::clamp(format.channels, 1U, 255U));
        media::g711::write_config({.sample_rate = format.clock, .channels = channels}, record);
    }
    return record;
}

Result<media::mpeg_audio::Header> parse_header(ByteView frame) {
    const auto header = TRY(media::mpeg_audio::parse_header(frame));
    if (header.layer == 1) return fail(ErrorKind::unsupported, "MPEG audio of layer I over RTP is not served");
    return header;
}

}  // namespace

Result<std::unique_ptr<Depacketizer>> WholeFrames::create(const Format& format, const DepacketizerLimits&) {
    media::Track track = TRY(media::track_from_config(format.codec, config_of(format).view()));
    track.announced_bitrate = format.announced_bitrate;
    return std::make_unique<WholeFrames>(std::move(track));
}

void WholeFrames::receive(const Packet& packet, bool) {
    if (packet.payload.empty()) return;
    emit(Unit{.timestamp = packet.header.timestamp, .keyframe = true, .payload = base::Bytes::copy_of(packet.payload)});
}

Result<std::unique_ptr<Depacketizer>> MpegAudioFrames::create(const Format& format, const DepacketizerLimits&) {
    return std::make_unique<MpegAudioFrames>(format.announced_bitrate);
}

void MpegAudioFrames::receive(const Packet& packet, bool gap) {
    if (part_of_ != 0 && gap) drop_part();
    if (packet.payload.empty()) return;
    const auto taken = take(packet);
    if (taken) return;
    refuse(taken.error());
    if (part_of_ != 0) drop_part();
}

Result<void> MpegAudioFrames::take(const Packet& packet) {
    ByteReader reader(packet.payload);
    TRY(reader.skip(2));
    const std::size_t offset = TRY(reader.u16());
    std::uint32_t timestamp = packet.header.timestamp;
    if (offset == 0 && part_of_ != 0) drop_part();
    if (offset != 0) return take_part(timestamp, offset, reader.rest());
    for (ByteView rest = reader.rest(); !rest.empty();) {
        const auto header = TRY(parse_header(rest));
        if (header.frame_size > rest.size()) return take_part(timestamp, 0, rest);
        TRY(take_frame(rest.first(header.frame_size), timestamp));
        rest = rest.subspan(header.frame_size);
        timestamp += static_cast<std::uint32_t>(std::uint64_t{header.samples()} * mpeg_clock / header.sample_rate);
    }
    return {};
}

Result<void> MpegAudioFrames::take_part(std::uint32_t timestamp, std::size_t offset, ByteView part) {
    if (offset != part_.size()) return fail(ErrorKind::malformed, "a part of an MPEG audio frame over RTP is missing");
    if (offset == 0) {
        part_of_ = TRY(parse_header(part)).frame_size;
        part_timestamp_ = timestamp;
    }
    part_.bytes(part);
    if (part_.size() > part_of_)
        return fail(ErrorKind::malformed, "the parts of an MPEG audio frame over RTP do not make one");
    if (part_.size() < part_of_) return {};
    const auto taken = take_frame(part_.view(), part_timestamp_);
    part_.clear();
    part_of_ = 0;
    return taken;
}

Result<void> MpegAudioFrames::take_frame(ByteView frame, std::uint32_t timestamp) {
    const auto header = TRY(parse_header(frame));
    const Codec codec = header.layer == 2 ? Codec::mp2 : Codec::mp3;
    const bool is_same = track_ && track_->codec == codec && track_->sample_rate == header.sample_rate &&
                         track_->channels == header.channels;
    if (!is_same) {
        track_ = TRY(media::track_from_config(codec, frame.first(media::mpeg_audio::header_size)));
        track_->announced_bitrate = announced_bitrate_;
        emit(*track_);
    }
    emit(Unit{.timestamp = timestamp, .keyframe = true, .payload = base::Bytes::copy_of(frame)});
    return {};
}

void MpegAudioFrames::drop_part() noexcept {
    ++tally.groups_damaged;
    ++tally.frames_dropped;
    part_.clear();
    part_of_ = 0;
}

void WholeFramePacketizer::write(const media::Packet& packet, Payloads& out) {
    out.bytes().bytes(packet.payload);
    out.end(false);
}

void MpegAudioPacketizer::write(const media::Packet& packet, Payloads& out) {
    constexpr std::size_t offset_size = 4;
    const ByteView frame = packet.payload;
    for (std::size_t offset = 0; offset < frame.size();) {
        const std::size_t size = std::min(most_ - offset_size, frame.size() - offset);
        out.bytes().u16(0);
        out.bytes().u16(static_cast<std::uint16_t>(offset));
        out.bytes().bytes(frame.subspan(offset, size));
        out.end(false);
        offset += size;
    }
}

}  // namespace weir::format::rtp
