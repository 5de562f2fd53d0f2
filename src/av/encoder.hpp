// What the encoders of pictures and of sound share: the context of FFmpeg with explicit states. Send a frame, then receive
// until there is no packet; at the end drain, then receive until it is closed. After an error it is closed.
//
//   created ─► initialised ─► header_written ─► encoding ─► draining ─► closed
//
// It is opened with a global header, so that what a player needs first is known before the first frame.
#pragma once

#include "av/codec_context.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct AVFrame;

namespace weir::av {

enum class EncoderState : std::uint8_t { created, initialised, header_written, encoding, draining, closed };

class Encoder {
  public:
    Encoder() noexcept = default;
    Encoder(Encoder&& other) noexcept
        : context_(std::move(other.context_)),
          packet_(std::move(other.packet_)),
          state_(std::exchange(other.state_, EncoderState::closed)) {}
    Encoder& operator=(Encoder&& other) noexcept {
        context_ = std::move(other.context_);
        packet_ = std::move(other.packet_);
        state_ = std::exchange(other.state_, EncoderState::closed);
        return *this;
    }
    ~Encoder() = default;

    /// `created` to `initialised`: the encoder of that name in FFmpeg. Its context may be set up then.
    [[nodiscard]] base::Result<void> initialise(const char* name);
    /// `initialised` to `header_written`, with options of the encoder's own.
    [[nodiscard]] base::Result<void> open(const std::vector<std::pair<std::string, std::string>>& options);
    [[nodiscard]] base::Result<void> send(const AVFrame& frame);
    [[nodiscard]] base::Result<void> drain();
    /// Whether `packet()` holds the next one, until the next call; not where it needs more frames, or is closed: the end.
    [[nodiscard]] base::Result<bool> receive();
    void close() noexcept;

    [[nodiscard]] EncoderState state() const noexcept { return state_; }
    [[nodiscard]] AVCodecContext& context() const noexcept { return *context_.get(); }
    [[nodiscard]] const AVPacket& packet() const noexcept { return *packet_.get(); }
    [[nodiscard]] base::ByteView header() const noexcept;
    [[nodiscard]] base::ByteView payload() const noexcept;

  private:
    CodecContext context_;
    CodedPacket packet_;
    EncoderState state_ = EncoderState::created;
};

}  // namespace weir::av
