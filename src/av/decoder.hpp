// Turns the packets of one track into frames, with FFmpeg's decoders. One thread at a time. Send a packet, then receive until
// there is no frame; at the end drain, then receive until it is closed. A bad packet is an error and no more than that: the next
// one may be sent. A changed track is another decoder.
//
//   created ─► opened ─► scanning ─► streaming ─► draining ─► closed
//
// It scans until the first keyframe has been decoded; what comes before is passed over. Times of frames are those of their
// packets, to the tick.
#pragma once

#include "av/codec_context.hpp"
#include "av/frame.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <optional>

namespace weir::av {

enum class DecoderState : std::uint8_t { created, opened, scanning, streaming, draining, closed };

class Decoder {
  public:
    Decoder() noexcept = default;
    Decoder(Decoder&& other) noexcept
        : context_(std::move(other.context_)),
          packet_(std::move(other.packet_)),
          state_(std::exchange(other.state_, DecoderState::closed)) {}
    Decoder& operator=(Decoder&& other) noexcept {
        context_ = std::move(other.context_);
        packet_ = std::move(other.packet_);
        state_ = std::exchange(other.state_, DecoderState::closed);
        return *this;
    }
    ~Decoder() = default;

    /// `created` to `opened`; `closed` after an error.
    [[nodiscard]] base::Result<void> open(const media::Track& track, unsigned threads = 1);
    [[nodiscard]] base::Result<void> send(const media::Packet& packet);
    /// No more packets: what is inside comes out.
    [[nodiscard]] base::Result<void> drain();
    /// The next frame in order of presentation; nothing where it needs more packets, or is closed: the end.
    [[nodiscard]] base::Result<std::optional<Frame>> receive();
    void close() noexcept;
    [[nodiscard]] DecoderState state() const noexcept { return state_; }

  private:
    [[nodiscard]] base::Result<void> try_open(const media::Track& track, unsigned threads);

    CodecContext context_;
    CodedPacket packet_;
    DecoderState state_ = DecoderState::created;
};

}  // namespace weir::av
