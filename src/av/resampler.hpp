// Makes any decoded sound one of a given rate, planar floats, one or two channels, and cuts it into frames as long as the
// encoder wants them. The input's form may change at any time. One thread at a time.
#pragma once

#include "av/frame.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>

struct SwrContext;
struct AVAudioFifo;

namespace weir::av {

namespace detail {
void release_resampler(SwrContext* context) noexcept;
void release_fifo(AVAudioFifo* fifo) noexcept;
}  // namespace detail

class Resampler {
  public:
    [[nodiscard]] static base::Result<Resampler> create(std::uint32_t sample_rate, std::uint32_t channels,
                                                        std::uint32_t frame_size);
    [[nodiscard]] base::Result<void> send(const Frame& sound);
    [[nodiscard]] base::Result<void> send_silence(std::uint32_t samples);
    /// What is still inside comes out, the last frame filled up with silence.
    [[nodiscard]] base::Result<void> drain();
    /// The next whole frame, its time counted in samples; nothing where it needs more.
    [[nodiscard]] base::Result<std::optional<Frame>> receive();
    /// Samples that came in, at the rate that goes out; what a drain fills up is not counted.
    [[nodiscard]] std::int64_t samples() const noexcept { return samples_; }

  private:
    using Context = Owned<SwrContext, Object::context, detail::release_resampler>;
    using Fifo = Owned<AVAudioFifo, Object::context, detail::release_fifo>;
    /// What the input is like.
    struct Form {
        int format = -1;
        int sample_rate = 0;
        int channels = 0;
        std::uint64_t mask = 0;
        friend bool operator==(const Form&, const Form&) = default;
    };

    Resampler(std::uint32_t sample_rate, std::uint32_t channels, std::uint32_t frame_size) noexcept
        : sample_rate_(static_cast<int>(sample_rate)),
          channels_(static_cast<int>(channels)),
          frame_size_(static_cast<int>(frame_size)) {}
    [[nodiscard]] base::Result<Frame> make_frame(int samples) const;
    [[nodiscard]] base::Result<void> open(const Frame& sound, const Form& form);
    /// Through the context into the queue; without sound, what the context still holds.
    [[nodiscard]] base::Result<void> convert(const Frame* sound);
    [[nodiscard]] base::Result<void> keep(Frame& sound);

    int sample_rate_;
    int channels_;
    int frame_size_;
    Form form_;
    Context context_;
    Fifo fifo_;
    std::int64_t samples_ = 0;
    std::int64_t taken_ = 0;
};

}  // namespace weir::av
