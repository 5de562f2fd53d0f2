#include "media/frames.hpp"

#include "media/ac3.hpp"
#include "media/av1.hpp"
#include "media/flac.hpp"
#include "media/mpeg_audio.hpp"
#include "media/nal.hpp"
#include "media/opus.hpp"
#include "media/track_config.hpp"
#include "media/vpx.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace weir::media {

using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

Result<Track> track_from_av1(ByteView unit) {
    base::ByteWriter record;
    av1::write_config(TRY(av1::config_from_temporal_unit(unit)), record);
    return track_from_config(Codec::av1, record.view());
}

Result<Track> track_from_key(Codec codec, const vpx::KeyFrame& key) {
    base::ByteWriter record;
    vpx::write_config(key.config, record);
    Track track = TRY(track_from_config(codec, record.view()));
    track.width = key.width;
    track.height = key.height;
    return track;
}

Result<Track> track_from_vp9(ByteView frame) { return track_from_key(Codec::vp9, TRY(vpx::parse_vp9_keyframe(frame))); }

Result<Track> track_from_vp8(ByteView frame) { return track_from_key(Codec::vp8, TRY(vpx::parse_vp8_keyframe(frame))); }

template <Codec codec>
Result<Track> track_from_mpeg_audio(ByteView frame) {
    if (frame.size() < mpeg_audio::header_size) return fail(ErrorKind::malformed, "the frame has no header");
    return track_from_config(codec, frame.first(mpeg_audio::header_size));
}

/// Of all frames of an access unit: those of E-AC-3 may depend on the first.
template <Codec codec>
Result<Track> track_from_ac3(ByteView unit) {
    std::vector<ac3::Header> frames;
    while (unit.size() >= ac3::header_size) {
        frames.push_back(TRY(ac3::parse_header(unit)));
        unit = unit.subspan(std::min(unit.size(), frames.back().frame_size));
    }
    if (frames.empty() || frames.front().enhanced != (codec == Codec::eac3))
        return fail(ErrorKind::malformed, "the frame is not what its codec says");
    base::ByteWriter record;
    ac3::write_config(ac3::config_from_frames(frames), record);
    return track_from_config(codec, record.view());
}

Ticks duration_of_opus(const Track&, ByteView packet) { return Ticks::from(opus::samples(packet), opus::sample_rate); }

Ticks duration_of_flac(const Track& track, ByteView frame) {
    return track.sample_rate == 0 ? Ticks() : Ticks::from(flac::samples(frame), track.sample_rate);
}

Ticks duration_of_g711(const Track& track, ByteView samples) {
    const std::uint64_t rate = std::uint64_t{track.sample_rate} * track.channels;
    return rate == 0 ? Ticks()
                     : Ticks::from(static_cast<std::int64_t>(samples.size()), static_cast<std::int64_t>(rate));
}

/// What this unit knows of a codec whose frames say something.
struct Speaker {
    Codec codec;
    Result<Track> (*describe)(ByteView frame);
    Ticks (*duration)(const Track& track, ByteView frame);
};
constexpr std::array<Speaker, 11> speakers{{
    {Codec::av1, track_from_av1, nullptr},
    {Codec::vp9, track_from_vp9, nullptr},
    {Codec::vp8, track_from_vp8, nullptr},
    {Codec::mp3, track_from_mpeg_audio<Codec::mp3>, nullptr},
    {Codec::mp2, track_from_mpeg_audio<Codec::mp2>, nullptr},
    {Codec::ac3, track_from_ac3<Codec::ac3>, nullptr},
    {Codec::eac3, track_from_ac3<Codec::eac3>, nullptr},
    {Codec::opus, nullptr, duration_of_opus},
    {Codec::flac, nullptr, duration_of_flac},
    {Codec::pcma, nullptr, duration_of_g711},
    {Codec::pcmu, nullptr, duration_of_g711},
}};

const Speaker* speaker(Codec codec) noexcept {
    const auto* const row = std::ranges::find(speakers, codec, &Speaker::codec);
    return row == speakers.end() ? nullptr : row;
}

}  // namespace

Result<Bytes> payload_of(Codec codec, const Bytes& frame, unsigned length_size) {
    if (codec == Codec::av1) return av1::normalized(frame);
    return length_size == 0 ? frame : nal::with_four_byte_lengths(frame, length_size);
}

bool describes_itself(Codec codec) noexcept {
    const Speaker* row = speaker(codec);
    return row != nullptr && row->describe != nullptr;
}

Result<Track> track_from_frame(Codec codec, ByteView frame) {
    if (!describes_itself(codec)) return fail(ErrorKind::unsupported, "frames of this codec do not say what they are");
    return speaker(codec)->describe(frame);
}

Ticks own_duration(const Track& track, ByteView frame) {
    const Speaker* row = speaker(track.codec);
    return row == nullptr || row->duration == nullptr ? Ticks() : row->duration(track, frame);
}

Ticks frame_duration(const Track& track, ByteView frame) {
    const Ticks own = own_duration(track, frame);
    return own > Ticks() ? own : frame_duration(track);
}

}  // namespace weir::media
