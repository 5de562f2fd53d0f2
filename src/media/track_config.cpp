#include "media/track_config.hpp"

#include "media/aac.hpp"
#include "media/ac3.hpp"
#include "media/av1.hpp"
#include "media/flac.hpp"
#include "media/g711.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"
#include "media/mpeg_audio.hpp"
#include "media/opus.hpp"
#include "media/vpx.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::media {

using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t largest_config = 64U << 10;

Result<void> describe_h264(ByteView record, Track& track) {
    const h264::Config config = TRY(h264::parse_config(record));
    const h264::Sps sps = TRY(h264::parse_sps(config.sps.front()));
    track.codec_string = h264::codec_string(config);
    track.width = sps.width;
    track.height = sps.height;
    track.frame_rate = sps.frame_rate;
    return {};
}

Result<void> describe_hevc(ByteView record, Track& track) {
    const hevc::Config config = TRY(hevc::parse_config(record));
    const hevc::Sps sps = TRY(hevc::parse_sps(config.first(hevc::NalType::sps)));
    track.codec_string = hevc::codec_string(config);
    track.width = sps.width;
    track.height = sps.height;
    track.frame_rate = sps.frame_rate;
    if (track.frame_rate == 0)
        track.frame_rate = hevc::parse_vps_frame_rate(config.first(hevc::NalType::vps)).value_or(0);
    return {};
}

Result<void> describe_av1(ByteView record, Track& track) {
    const av1::Config config = TRY(av1::parse_config(record));
    track.codec_string = av1::codec_string(config);
    if (const auto header = TRY(av1::find_sequence_header(config.obus))) {
        track.width = header->width;
        track.height = header->height;
        track.frame_rate = header->frame_rate;
    }
    return {};
}

Result<void> describe_vpx(ByteView record, Track& track) {
    const vpx::Config config = TRY(vpx::parse_config(record));
    base::ByteWriter bare;
    vpx::write_config(config, bare);
    track.config = bare.to_bytes();
    track.codec_string = vpx::codec_string(info(track.codec).fourcc, config);
    return {};
}

Result<void> describe_aac(ByteView record, Track& track) {
    const aac::Config config = TRY(aac::parse_config(record));
    track.codec_string = aac::codec_string(config);
    track.sample_rate = config.output_sample_rate();
    track.channels = config.output_channels();
    return {};
}

Result<void> describe_opus(ByteView record, Track& track) {
    const opus::Config config = TRY(opus::parse_config(record));
    base::ByteWriter dops;
    opus::write_dops(config, dops);
    track.config = dops.to_bytes();
    track.codec_string = opus::codec_string;
    track.sample_rate = opus::sample_rate;
    track.channels = config.channels;
    return {};
}

Result<void> describe_flac(ByteView record, Track& track) {
    const ByteView block = TRY(flac::find_stream_info(record));
    const flac::StreamInfo stream = TRY(flac::parse_stream_info(block));
    track.config = base::Bytes::copy_of(block);
    track.codec_string = flac::codec_string;
    track.sample_rate = stream.sample_rate;
    track.channels = stream.channels;
    return {};
}

// There is no string for it in RFC 6381.
Result<void> describe_g711(ByteView record, Track& track) {
    const g711::Config config = TRY(g711::parse_config(record));
    track.sample_rate = config.sample_rate;
    track.channels = config.channels;
    return {};
}

template <unsigned layer>
Result<void> describe_mpeg_audio(ByteView record, Track& track) {
    const mpeg_audio::Header header = TRY(mpeg_audio::parse_header(record));
    if (header.layer != layer) return fail(ErrorKind::malformed, "the MPEG audio header is of another layer");
    track.codec_string = mpeg_audio::codec_string(header);
    track.sample_rate = header.sample_rate;
    track.channels = header.channels;
    return {};
}

Result<void> describe_ac3(ByteView record, Track& track) {
    const ac3::Config config = TRY(ac3::parse_dac3(record));
    track.codec_string = "ac-3";
    track.sample_rate = config.sample_rate();
    track.channels = config.channels();
    return {};
}

Result<void> describe_eac3(ByteView record, Track& track) {
    const ac3::Config config = TRY(ac3::parse_dec3(record));
    track.codec_string = "ec-3";
    track.sample_rate = config.sample_rate();
    track.channels = config.channels();
    return {};
}

unsigned reorder_depth_h264(ByteView record) {
    const auto config = h264::parse_config(record);
    if (!config) return 0;
    const auto sps = h264::parse_sps(config->sps.front());
    return sps ? sps->reorder_depth : 0;
}

unsigned reorder_depth_hevc(ByteView record) {
    const auto config = hevc::parse_config(record);
    if (!config) return 0;
    const auto sps = hevc::parse_sps(config->first(hevc::NalType::sps));
    return sps ? sps->reorder_depth : 0;
}

std::vector<base::Bytes> parameter_sets_h264(ByteView record) {
    auto config = h264::parse_config(record);
    if (!config) return {};
    std::vector<base::Bytes> units = std::move(config->sps);
    std::ranges::move(config->pps, std::back_inserter(units));
    return units;
}

std::vector<base::Bytes> parameter_sets_hevc(ByteView record) {
    auto config = hevc::parse_config(record);
    if (!config) return {};
    std::vector<base::Bytes> units;
    for (auto& array : config->arrays) std::ranges::move(array.units, std::back_inserter(units));
    return units;
}

Ticks frame_duration_aac(const Track& track) {
    const auto config = aac::parse_config(track.config);
    return config ? Ticks::from(config->samples_per_frame(), config->sample_rate) : Ticks();
}

// Encoders choose the length; nearly all choose this one. What each packet says is in media/frames.
Ticks frame_duration_opus(const Track&) { return Ticks::milliseconds(20); }

Ticks frame_duration_flac(const Track& track) {
    const auto stream = flac::parse_stream_info(track.config);
    return stream && stream->smallest_block == stream->largest_block
               ? Ticks::from(stream->largest_block, stream->sample_rate)
               : Ticks();
}

Ticks frame_duration_mpeg_audio(const Track& track) {
    const auto header = mpeg_audio::parse_header(track.config);
    return header ? Ticks::from(header->samples(), header->sample_rate) : Ticks();
}

Ticks frame_duration_ac3(const Track& track) { return Ticks::from(ac3::samples_per_unit, track.sample_rate); }

/// What this unit knows of one codec, in the order of `Codec`.
struct Reader {
    Result<void> (*describe)(ByteView record, Track& track);
    std::string_view refusal;    ///< in place of `describe`
    std::size_t length_size_at;  ///< where the record has the NAL length size; 0: no NAL units
    Result<nal::Picture> (*picture)(ByteView access_unit);        ///< of video
    unsigned (*reorder_depth)(ByteView record);                   ///< with NAL units
    std::vector<base::Bytes> (*parameter_sets)(ByteView record);  ///< with NAL units
    Ticks (*frame_duration)(const Track& track);                  ///< of sound; without one, unknown
};
constexpr std::array<Reader, 14> readers{{
    {describe_h264, {}, 4, h264::picture, reorder_depth_h264, parameter_sets_h264, nullptr},
    {describe_hevc, {}, 21, hevc::picture, reorder_depth_hevc, parameter_sets_hevc, nullptr},
    {describe_av1, {}, 0, av1::picture, nullptr, nullptr, nullptr},
    {describe_vpx, {}, 0, vpx::vp9_picture, nullptr, nullptr, nullptr},
    {describe_vpx, {}, 0, vpx::vp8_picture, nullptr, nullptr, nullptr},
    {describe_aac, {}, 0, nullptr, nullptr, nullptr, frame_duration_aac},
    {describe_opus, {}, 0, nullptr, nullptr, nullptr, frame_duration_opus},
    {describe_mpeg_audio<3>, {}, 0, nullptr, nullptr, nullptr, frame_duration_mpeg_audio},
    {describe_mpeg_audio<2>, {}, 0, nullptr, nullptr, nullptr, frame_duration_mpeg_audio},
    {describe_ac3, {}, 0, nullptr, nullptr, nullptr, frame_duration_ac3},
    {describe_eac3, {}, 0, nullptr, nullptr, nullptr, frame_duration_ac3},
    {describe_flac, {}, 0, nullptr, nullptr, nullptr, frame_duration_flac},
    {describe_g711, {}, 0, nullptr, nullptr, nullptr, nullptr},
    {describe_g711, {}, 0, nullptr, nullptr, nullptr, nullptr},
}};

const Reader& reader(Codec codec) noexcept { return readers[static_cast<std::size_t>(codec)]; }

/// A copy of the record that says four-byte lengths.
base::Bytes normalized(ByteView record, std::size_t length_size_at) {
    base::Buffer copy(record.size());
    std::ranges::copy(record, copy.span().begin());
    if (length_size_at != 0) copy.span()[length_size_at] |= 0x03;
    return std::move(copy).freeze();
}

}  // namespace

Result<Track> track_from_config(Codec codec, ByteView config) {
    const Reader& row = reader(codec);
    if (row.describe == nullptr) return fail(ErrorKind::unsupported, row.refusal);
    if (config.size() > largest_config) return fail(ErrorKind::too_large, "the configuration record is too large");
    Track track;
    track.codec = codec;
    track.kind = info(codec).kind;
    track.id = track.kind == Kind::video ? video_track_id : audio_track_id;
    TRY(row.describe(config, track));
    if (track.config.empty()) track.config = normalized(config, row.length_size_at);
    return track;
}

std::string_view why_not_served(Codec codec) noexcept {
    const Reader& row = reader(codec);
    return row.describe == nullptr ? row.refusal : std::string_view();
}

unsigned nal_length_size(Codec codec, ByteView config) noexcept {
    const std::size_t at = reader(codec).length_size_at;
    return at == 0 || at >= config.size() ? 0 : (config[at] & 0x03U) + 1;
}

Result<nal::Picture> picture(Codec codec, ByteView access_unit) {
    const Reader& row = reader(codec);
    return row.picture == nullptr ? nal::Picture::idr : row.picture(access_unit);
}

std::vector<base::Bytes> parameter_sets(const Track& track) {
    const Reader& row = reader(track.codec);
    return row.parameter_sets == nullptr ? std::vector<base::Bytes>() : row.parameter_sets(track.config);
}

unsigned reorder_depth(const Track& track) {
    const Reader& row = reader(track.codec);
    return row.reorder_depth == nullptr ? 0 : row.reorder_depth(track.config);
}

Ticks frame_duration(const Track& track) {
    if (track.kind == Kind::video)
        return track.frame_rate > 0 ? Ticks(std::llround(Ticks::per_second / track.frame_rate)) : Ticks();
    const Reader& row = reader(track.codec);
    return row.frame_duration == nullptr ? Ticks() : row.frame_duration(track);
}

}  // namespace weir::media
