// The demo's own camera: paints, plays, and encodes both, a thirtieth of a second at a time. H.264 Main 720p30 of 2.5 Mbit/s with
// an IDR every two seconds and no B-frames, so that a picture is out as soon as it is painted; AAC-LC of 128 kbit/s. Each
// picture bears the moment that its clock shows as SEI. Reads no clock.
#pragma once

#include "av/audio_encoder.hpp"
#include "av/frame.hpp"
#include "av/video_encoder.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"
#include "worker/demo_picture.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace weir::worker {

/// The time of a frame, from 0 on, on the source's own time line.
[[nodiscard]] constexpr media::Ticks frame_time(std::int64_t frame) noexcept {
    return media::Ticks(media::Ticks::per_second / DemoPicture::frame_rate * frame);
}

/// A picture of the demo, for encoders.
[[nodiscard]] base::Result<av::Frame> paint(const DemoPicture& picture, av::PicturePool& pool, std::int64_t frame,
                                            base::WallTime time);
/// Sound of the demo, for encoders; its time counted in samples.
[[nodiscard]] base::Result<av::Frame> record(std::int64_t first_sample, std::uint32_t samples, base::WallTime time);

class DemoSource {
  public:
    static constexpr std::int64_t keyframe_distance = 60;

    [[nodiscard]] static base::Result<DemoSource> create();

    [[nodiscard]] const media::TrackSetRef& tracks() const noexcept { return tracks_; }
    /// The packets that come of the next frame, whose moment is `time`, by their decode times. Without `with_picture` it has
    /// only its sound: who is late leaves pictures out, but none that is to be a keyframe.
    [[nodiscard]] base::Result<std::vector<media::Packet>> next(base::WallTime time, bool with_picture = true);
    /// The number of the next frame.
    [[nodiscard]] std::int64_t frame() const noexcept { return frame_; }

  private:
    DemoSource(av::PicturePool pool, av::VideoEncoder video, av::AudioEncoder audio);
    [[nodiscard]] base::Result<void> film(base::WallTime time, std::vector<media::Packet>& out);
    [[nodiscard]] base::Result<void> listen(base::WallTime time, std::vector<media::Packet>& out);

    std::unique_ptr<const DemoPicture> picture_;
    av::PicturePool pool_;
    av::VideoEncoder video_;
    av::AudioEncoder audio_;
    media::TrackSetRef tracks_;
    std::int64_t frame_ = 0;
    std::int64_t samples_ = 0;  ///< that were encoded
};

/// `weir-worker demo`: the source in real time, as relay messages on `socket`, which is taken over. Returns the status that the
/// process is to end with: once the other side has gone.
[[nodiscard]] int serve_demo(int socket, std::string_view program);

}  // namespace weir::worker
