// Sound in, AAC-LC out: raw frames, on their own grid from the time of the first sample on. What the encoder puts before the
// sound to prime the decoder is left out, so that a packet's time is that of what is heard. One thread at a time.
#pragma once

#include "av/encoder.hpp"
#include "av/frame.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <optional>

namespace weir::av {

struct AudioSettings {
    std::uint32_t sample_rate = 48'000;
    std::uint32_t channels = 2;
    std::uint64_t bitrate = 128'000;
};

class AudioEncoder {
  public:
    /// `start` is the time of the first sample.
    [[nodiscard]] static base::Result<AudioEncoder> create(const AudioSettings& settings, media::Ticks start);

    [[nodiscard]] const media::Track& track() const noexcept { return track_; }
    /// Samples that a frame has.
    [[nodiscard]] std::uint32_t frame_size() const noexcept;
    /// A frame of that many samples; its time is counted in samples from the first on.
    [[nodiscard]] base::Result<void> send(const Frame& sound) { return encoder_.send(*sound.get()); }
    [[nodiscard]] base::Result<void> drain() { return encoder_.drain(); }
    /// The next packet; nothing where it needs more sound, or is closed: the end.
    [[nodiscard]] base::Result<std::optional<media::Packet>> receive();
    [[nodiscard]] EncoderState state() const noexcept { return encoder_.state(); }

  private:
    AudioEncoder(const AudioSettings& settings, media::Ticks start) noexcept : settings_(settings), start_(start) {}
    [[nodiscard]] base::Result<void> open();

    AudioSettings settings_;
    media::Ticks start_;
    Encoder encoder_;
    media::Track track_;
};

}  // namespace weir::av
