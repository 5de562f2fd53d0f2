// Pictures in, the packets of a rung out: closed groups, no keyframe but where one is asked for, every access unit as
// length-prefixed NAL units without delimiters and SEI of the encoder's. A packet bears the marks of its frame, and exactly its
// time; decode times are earlier presentation times, as many frames back as the encoder reorders. One thread at a time.
#pragma once

#include "av/encoder.hpp"
#include "av/frame.hpp"
#include "base/clock.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace weir::av {

struct VideoSettings {
    media::Codec codec = media::Codec::h264;
    std::uint32_t width = 0;  ///< even
    std::uint32_t height = 0;
    double frame_rate = 0;  ///< what is expected; other times are kept to all the same. 0: 30
    std::uint64_t bitrate = 0;
    std::uint64_t maximum_bitrate = 0;  ///< over one second; 0: a fifth above `bitrate`
    std::uint32_t crf = 0;              ///< constant quality within `maximum_bitrate`; 0: off
    std::string preset = "veryfast";
    std::string profile;       ///< empty: what the encoder chooses
    bool low_latency = false;  ///< no look-ahead, no B-frames
    unsigned threads = 1;
};

/// What a packet bears of its frame.
struct Marks {
    bool keyframe = false;  ///< make it one
    bool segment_boundary = false;
    bool discontinuity = false;
    std::optional<base::WallTime> clock;  ///< written into the packet as SEI
};

class VideoEncoder {
  public:
    [[nodiscard]] static base::Result<VideoEncoder> create(const VideoSettings& settings);

    /// What comes out, configuration record included.
    [[nodiscard]] const media::Track& track() const noexcept { return track_; }
    /// A picture of the size of the settings, 8 bits 4:2:0, later than the one before.
    [[nodiscard]] base::Result<void> send(const Frame& picture, const Marks& marks);
    [[nodiscard]] base::Result<void> drain() { return encoder_.drain(); }
    /// The next packet in order of decoding; nothing where it needs more pictures, or is closed: the end.
    [[nodiscard]] base::Result<std::optional<media::Packet>> receive();
    [[nodiscard]] EncoderState state() const noexcept { return encoder_.state(); }
    /// Pictures that are inside.
    [[nodiscard]] std::size_t depth() const noexcept { return sent_ - received_; }

  private:
    struct Input {
        std::int64_t clock;  ///< in the encoder's own time base
        media::Ticks pts;
        Marks marks;
    };

    explicit VideoEncoder(const VideoSettings& settings) noexcept : settings_(settings) {}
    [[nodiscard]] base::Result<void> open();
    [[nodiscard]] base::Result<void> read_header();
    [[nodiscard]] const Input* find(std::int64_t clock) const noexcept;
    /// The time of the `index`-th picture sent, counted on into the past and the future where there is none.
    [[nodiscard]] media::Ticks time_of(std::int64_t index) const noexcept;
    [[nodiscard]] media::Ticks frame_duration() const noexcept;
    [[nodiscard]] base::Result<base::Bytes> payload(const Marks& marks) const;

    VideoSettings settings_;
    Encoder encoder_;
    media::Track track_;
    std::deque<Input> inputs_;  ///< those that times are still taken from, the last ones sent
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    std::int64_t reorder_depth_ = 0;
    std::optional<media::Ticks> last_dts_;
};

}  // namespace weir::av
