// AV1 in RTP (RTP Payload Format For AV1 1.0, 4.3 to 4.5), both ways: open bitstream units, whole or in fragments, behind a head that says
// how they lie. Inside the server they are a temporal unit as MP4 has it, every unit behind its size.
//
//   | first goes on 1 (Z) | last goes on 1 (Y) | elements 2 (W) | new sequence 1 (N) | 0 3 | (size, leb128 | OBU or a part of it) ... |
//   W = 0: every element has a size; else there are W, and the last has none.
#pragma once

#include "format/rtp_frames.hpp"
#include "format/rtp_packetizer.hpp"

namespace weir::format::rtp {

class Av1Frames final : public FrameBuilder {
  public:
    [[nodiscard]] bool begins_frame(base::ByteView payload) const noexcept override;
    [[nodiscard]] base::Result<void> add(base::ByteView payload) override;
    [[nodiscard]] base::Result<base::Bytes> finish() override;
    void drop() override;

  private:
    [[nodiscard]] base::Result<void> add_element(base::ByteView element, bool goes_on);

    base::ByteWriter frame_;
    base::ByteWriter unit_;  ///< the one that comes in fragments
};

class Av1Packetizer final : public Packetizer {
  public:
    explicit Av1Packetizer(std::size_t most) noexcept : most_(most) {}

    void write(const media::Packet& packet, Payloads& out) override;

  private:
    void write_unit(base::ByteView unit, Payloads& out);
    void begin_packet(bool is_continuation);
    void end_packet(bool goes_on, bool marker, Payloads& out);

    const std::size_t most_;
    // Of the packet that is being filled; its first byte is its head.
    base::ByteWriter payload_;
    std::uint8_t head_ = 0;
    bool begins_sequence_ = false;
    base::ByteWriter unit_;
};

}  // namespace weir::format::rtp
