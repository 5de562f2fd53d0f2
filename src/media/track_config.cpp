#include "media/track_config.hpp"

#include "media/aac.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"

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

Result<void> describe_aac(ByteView record, Track& track) {
    const aac::Config config = TRY(aac::parse_config(record));
    track.codec_string = aac::codec_string(config);
    track.sample_rate = config.output_sample_rate();
    track.channels = config.output_channels();
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

/// What this unit knows of one codec, in the order of `Codec`.
struct Reader {
    Result<void> (*describe)(ByteView record, Track& track);
    std::string_view refusal;    ///< in place of `describe`
    std::size_t length_size_at;  ///< where the record has the NAL length size; 0: no NAL units
    Result<nal::Picture> (*picture)(ByteView access_unit);        ///< with NAL units
    unsigned (*reorder_depth)(ByteView record);                   ///< with NAL units
    std::vector<base::Bytes> (*parameter_sets)(ByteView record);  ///< with NAL units
    Ticks (*frame_duration)(const Track& track);                  ///< of sound; without one, unknown
};
constexpr std::array<Reader, 14> readers{{
    {describe_h264, {}, 4, h264::picture, reorder_depth_h264, parameter_sets_h264, nullptr},
    {describe_hevc, {}, 21, hevc::picture, reorder_depth_hevc, parameter_sets_hevc, nullptr},
    {nullptr, "AV1 is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "VP9 is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "VP8 is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {describe_aac, {}, 0, nullptr, nullptr, nullptr, frame_duration_aac},
    {nullptr, "Opus is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "MP3 is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "MPEG audio of layer II is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "AC-3 is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "E-AC-3 is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "FLAC is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "G.711 is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
    {nullptr, "G.711 is not served yet", 0, nullptr, nullptr, nullptr, nullptr},
}};

const Reader& reader(Codec codec) { return readers[static_cast<std::size_t>(codec)]; }

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
    track.config = normalized(config, row.length_size_at);
    return track;
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
