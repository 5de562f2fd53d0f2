// Sound in RTP whose packets hold frames as they are, both ways: Opus (RFC 7587) and G.711 (RFC 3551 4.5.14), one to a packet, and MPEG
// audio (RFC 2250 3.5), several to a packet or one in parts, behind four bytes that say where in its frame a part begins.
//
//   MPEG audio | 0 16 | offset in the frame 16 | frame ... or a part of one |
#pragma once

#include "format/rtp_depacketizer.hpp"
#include "format/rtp_packetizer.hpp"

namespace weir::format::rtp {

/// Opus and G.711.
class WholeFrames final : public Depacketizer {
  public:
    [[nodiscard]] static base::Result<std::unique_ptr<Depacketizer>> create(const Format& format,
                                                                            const DepacketizerLimits& limits);

    explicit WholeFrames(media::Track track) { emit(std::move(track)); }
    void receive(const Packet& packet, bool gap) override;
};

/// Layers II and III; the track is known from the first frame.
class MpegAudioFrames final : public Depacketizer {
  public:
    [[nodiscard]] static base::Result<std::unique_ptr<Depacketizer>> create(const Format& format,
                                                                            const DepacketizerLimits& limits);

    explicit MpegAudioFrames(std::uint64_t announced_bitrate) : announced_bitrate_(announced_bitrate) {}
    void receive(const Packet& packet, bool gap) override;

  private:
    [[nodiscard]] base::Result<void> take(const Packet& packet);
    [[nodiscard]] base::Result<void> take_part(std::uint32_t timestamp, std::size_t offset, base::ByteView part);
    [[nodiscard]] base::Result<void> take_frame(base::ByteView frame, std::uint32_t timestamp);
    void drop_part() noexcept;

    const std::uint64_t announced_bitrate_;
    std::optional<media::Track> track_;
    base::ByteWriter part_;  ///< of a frame that comes in several packets
    std::size_t part_of_ = 0;
    std::uint32_t part_timestamp_ = 0;
};

class WholeFramePacketizer final : public Packetizer {
  public:
    void write(const media::Packet& packet, Payloads& out) override;
};

class MpegAudioPacketizer final : public Packetizer {
  public:
    explicit MpegAudioPacketizer(std::size_t most) noexcept : most_(most) {}
    void write(const media::Packet& packet, Payloads& out) override;

  private:
    const std::size_t most_;
};

}  // namespace weir::format::rtp
