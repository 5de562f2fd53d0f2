// What is shown while a stream has no source: the picture or clip of a file with silence, made like the source was as far as that is
// known, so that what players see changes as little as it can. H.264 with an IDR in regular distance and no B-frames; AAC-LC where the
// source had sound, or nothing is known. Reads no clock.
#pragma once

#include "av/audio_encoder.hpp"
#include "av/clip_reader.hpp"
#include "av/scaler.hpp"
#include "av/video_encoder.hpp"
#include "base/result.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::worker {

/// What it is made like.
struct SlateShape {
    std::uint32_t width = 1280;  ///< even
    std::uint32_t height = 720;
    double frame_rate = 25;
    std::uint32_t sample_rate = 48'000;
    std::uint32_t channels = 2;  ///< 0: no sound
};
/// Of a source with these tracks; none: nothing is known. No larger than 1920x1080, of no more than 60 frames a second.
[[nodiscard]] SlateShape slate_shape(const media::TrackSet& like);

class Slate {
  public:
    /// `file` is not taken over. `keyframe` is the distance of keyframes.
    [[nodiscard]] static base::Result<Slate> create(int file, const SlateShape& shape, media::Ticks keyframe);

    [[nodiscard]] media::TrackSetRef tracks() const;
    /// When the next frame is due, from the first on.
    [[nodiscard]] media::Ticks due() const noexcept { return time_of(frame_); }
    /// The packets that come of it, by their decode times.
    [[nodiscard]] base::Result<std::vector<media::Packet>> next();

  private:
    Slate(av::ClipReader clip, av::VideoEncoder video, std::optional<av::AudioEncoder> audio, const SlateShape& shape,
          std::int64_t keyframe_distance);
    [[nodiscard]] media::Ticks time_of(std::int64_t frame) const noexcept;
    [[nodiscard]] base::Result<void> film(std::vector<media::Packet>& out);
    [[nodiscard]] base::Result<void> keep_silent(std::vector<media::Packet>& out);

    av::ClipReader clip_;
    av::VideoEncoder video_;
    std::optional<av::AudioEncoder> audio_;
    SlateShape shape_;
    std::int64_t keyframe_distance_;
    av::FrameRef shown_;               ///< of the clip
    std::optional<av::Frame> scaled_;  ///< the same in the size of the slate
    std::optional<av::Scaler> scaler_;
    std::int64_t frame_ = 0;
    std::int64_t samples_ = 0;  ///< that were encoded
};

/// `weir-worker slate`: the slate of the file at `path` in real time, as relay messages on `socket`, which is taken over. The server
/// says Hello, Setup and, in Tracks, what the source was like. Returns the status that the process is to end with.
[[nodiscard]] int serve_slate(int socket, const char* path, std::string_view program);

}  // namespace weir::worker
