// A source for the segmenter under a virtual clock: frames of a given shape in the order a stream would hand them on, with the
// boundary flag as the stream decides it (the first keyframe at least a segment after the last boundary).
#pragma once

#include "base/byte_writer.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"
#include "media/track_config.hpp"
#include "stream/entry.hpp"
#include "wire/bytes.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir::package::test {

using media::Ticks;
using namespace std::chrono_literals;

inline Ticks seconds(double value) { return Ticks::seconds(value); }

/// What x264 writes for 1280x720 and for 640x360.
inline media::Track video_track(std::uint32_t width) {
    const std::string_view record = width == 1280
                                        ? "0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f18319600"
                                          "1000668ebe3cb22c0fdf8f800"
                                        : "0164001effe1001a6764001eacd940a02ff970110000030001000003003c0f162d960"
                                          "1000668ebe3cb22c0fdf8f800";
    return media::track_from_config(media::Codec::h264, tests::from_hex(record)).value();
}

/// AAC-LC of two channels at 48 or 8 kHz.
inline media::Track audio_track(std::int64_t sample_rate) {
    return media::track_from_config(media::Codec::aac, tests::from_hex(sample_rate == 48'000 ? "1190" : "1590"))
        .value();
}

/// A NAL unit of that many bytes, length included: of an IDR picture, or another.
inline base::Bytes video_payload(std::size_t size, bool is_keyframe = false) {
    base::ByteWriter out;
    out.u32(static_cast<std::uint32_t>(size - 4));
    out.u8(is_keyframe ? 0x65 : 0x41);
    out.text(std::string(size - 5, 'v'));
    return out.to_bytes();
}

/// What a source is like. Frames last `frame_units` of 1/`frame_scale` s.
struct Shape {
    bool video = true;
    bool audio = true;
    std::uint32_t width = 1280;
    std::int64_t frame_units = 1;
    std::int64_t frame_scale = 30;
    std::int64_t gop = 60;   ///< frames, even; 0: one keyframe for ever
    bool reordered = false;  ///< B-frames: I0 P2 B1 P4 B3 ...
    Ticks segment = Ticks::milliseconds(6000);
    std::int64_t sample_rate = 48'000;
    std::size_t video_bytes = 600;
    std::size_t audio_bytes = 100;
    media::Track other_video{};  ///< in place of H.264; its config says that there is one
    media::Track other_audio{};  ///< in place of AAC

    [[nodiscard]] media::TrackSetRef tracks() const {
        auto set = std::make_shared<media::TrackSet>();
        if (video) {
            set->tracks.push_back(other_video.config.empty() ? video_track(width) : other_video);
            set->tracks.back().frame_rate = static_cast<double>(frame_scale) / static_cast<double>(frame_units);
        }
        if (audio) set->tracks.push_back(other_audio.config.empty() ? audio_track(sample_rate) : other_audio);
        return set;
    }
};

class Source {
  public:
    /// Its first frame is decoded at `start`, with a discontinuity where it takes over from another.
    Source(const Shape& shape, Ticks start, bool takes_over = false)
        : shape_(shape), tracks_(shape.tracks()), start_(start), video_breaks_(takes_over), audio_breaks_(takes_over) {}

    /// The dts of what `next` returns.
    [[nodiscard]] Ticks position() const {
        if (!shape_.audio || mute_audio) return video_dts(frames_);
        if (!shape_.video || mute_video) return audio_dts(sounds_);
        return std::min(video_dts(frames_), audio_dts(sounds_));
    }

    [[nodiscard]] stream::Entry next() {
        const Ticks now = position();
        const bool is_video = shape_.video && !mute_video && video_dts(frames_) == now;
        // A muted track goes on in time.
        if (mute_video && shape_.video)
            while (video_dts(frames_) <= now) ++frames_;
        if (mute_audio && shape_.audio)
            while (audio_dts(sounds_) <= now) ++sounds_;
        return is_video ? video() : audio();
    }

    bool mute_video = false;
    bool mute_audio = false;

  private:
    [[nodiscard]] Ticks video_dts(std::int64_t frame) const {
        return start_ + Ticks::from(frame * shape_.frame_units, shape_.frame_scale);
    }
    [[nodiscard]] Ticks audio_dts(std::int64_t frame) const {
        return start_ + Ticks::from(frame * 1024, shape_.sample_rate);
    }

    /// Which frame in presentation order the frame in decode order is.
    [[nodiscard]] std::int64_t shown(std::int64_t frame) const {
        if (!shape_.reordered) return frame;
        const std::int64_t in_gop = shape_.gop == 0 ? frame : frame % shape_.gop;
        const std::int64_t base = frame - in_gop;
        const bool is_last = shape_.gop != 0 && in_gop == shape_.gop - 1;
        if (in_gop == 0 || is_last) return frame + 1;
        return base + (in_gop % 2 == 1 ? in_gop + 1 : in_gop - 1) + 1;
    }

    stream::Entry video() {
        auto packet = std::make_shared<media::Packet>();
        packet->track = media::video_track_id;
        packet->dts = video_dts(frames_);
        packet->pts = video_dts(shown(frames_));
        packet->duration = video_dts(frames_ + 1) - packet->dts;
        packet->keyframe = shape_.gop == 0 ? frames_ == 0 : frames_ % shape_.gop == 0;
        packet->discontinuity = std::exchange(video_breaks_, false);
        packet->payload = video_payload(shape_.video_bytes, packet->keyframe);
        if (packet->keyframe) packet->segment_boundary = is_boundary(packet->pts);
        ++frames_;
        return {.sequence = 0, .packet = std::move(packet), .tracks = tracks_, .join = false};
    }

    stream::Entry audio() {
        auto packet = std::make_shared<media::Packet>();
        packet->track = media::audio_track_id;
        packet->dts = packet->pts = audio_dts(sounds_);
        packet->duration = audio_dts(sounds_ + 1) - packet->dts;
        packet->keyframe = true;
        packet->discontinuity = std::exchange(audio_breaks_, false);
        packet->payload = base::Bytes::copy_of(std::string(shape_.audio_bytes, 'a'));
        if (!shape_.video) packet->segment_boundary = is_boundary(packet->pts);
        ++sounds_;
        return {.sequence = 0, .packet = std::move(packet), .tracks = tracks_, .join = false};
    }

    bool is_boundary(Ticks pts) {
        if (boundary_ && pts - *boundary_ < shape_.segment) return false;
        boundary_ = pts;
        return true;
    }

    Shape shape_;
    media::TrackSetRef tracks_;
    Ticks start_;
    bool video_breaks_;
    bool audio_breaks_;
    std::int64_t frames_ = 0;
    std::int64_t sounds_ = 0;
    std::optional<Ticks> boundary_;
};

}  // namespace weir::package::test
