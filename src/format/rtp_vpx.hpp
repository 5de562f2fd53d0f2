// VP8 (RFC 7741) and VP9 (RFC 9628) in RTP, both ways: a frame in parts, each behind a descriptor. The layers of a VP9 picture become
// one superframe, as decoders want it (VP9 Bitstream Annex B).
//
//   VP8 | extended 1 (X) | 0 1 | not a reference 1 (N) | start 1 (S) | 0 1 | partition 3 |
//       X: | picture id 1 (I) | TL0PICIDX 1 (L) | TID 1 (T) | KEYIDX 1 (K) | 0 4 |   I: 8 or, when its first bit is set, 16 |  L: 8 |  T or K: 8 |
//   VP9 | picture id 1 (I) | predicted 1 (P) | layers 1 (L) | flexible 1 (F) | begin 1 (B) | end 1 (E) | structure 1 (V) | not for upper layers 1 (Z) |
//       I: 8 or 16 |  L: temporal 3, up 1, spatial 3, inter-layer 1 | without F: TL0PICIDX 8 |  F and P: (distance 7, more 1) up to thrice |
//       V: layers - 1 3 (N_S), sizes 1 (Y), pictures 1 (G), 0 3 |  Y: (width 16, height 16) of each layer |
//       G: pictures 8 | (temporal 3, up 1, references 2 (R), 0 2 | distance 8 of each reference) of each picture |
#pragma once

#include "format/rtp_frames.hpp"
#include "format/rtp_packetizer.hpp"

#include <vector>

namespace weir::format::rtp {

class Vp8Frames final : public FrameBuilder {
  public:
    [[nodiscard]] bool begins_frame(base::ByteView payload) const noexcept override;
    [[nodiscard]] base::Result<void> add(base::ByteView payload) override;
    [[nodiscard]] base::Result<base::Bytes> finish() override;
    void drop() override { frame_.clear(); }

  private:
    base::ByteWriter frame_;
};

class Vp9Frames final : public FrameBuilder {
  public:
    [[nodiscard]] bool begins_frame(base::ByteView payload) const noexcept override;
    [[nodiscard]] base::Result<void> add(base::ByteView payload) override;
    [[nodiscard]] base::Result<base::Bytes> finish() override;
    void drop() override;

  private:
    void write_index();

    base::ByteWriter frame_;
    std::vector<std::size_t> layer_sizes_;  ///< of those that ended
    std::size_t layer_begin_ = 0;
};

class Vp8Packetizer final : public Packetizer {
  public:
    explicit Vp8Packetizer(std::size_t most) noexcept : most_(most) {}
    void write(const media::Packet& packet, Payloads& out) override;

  private:
    const std::size_t most_;
    std::uint16_t picture_ = 0;  ///< fifteen bits
};

class Vp9Packetizer final : public Packetizer {
  public:
    explicit Vp9Packetizer(std::size_t most) noexcept : most_(most) {}
    void write(const media::Packet& packet, Payloads& out) override;

  private:
    const std::size_t most_;
    std::uint16_t picture_ = 0;  ///< fifteen bits
};

}  // namespace weir::format::rtp
