// What viewers over RTSP get, as the wire log wants it: RTP packets in the frames that RTSP interleaves on its own connection (RFC 2326
// 10.12). The same bytes for all: timestamps, sequence numbers and SSRC are those of the log, the payload type is `payload_type`, and
// channels go by track: 2 * (id - 1) has its RTP and the next its RTCP. Whoever sends datagrams instead takes the packets out of the
// frames (`take_frame`), and may write a header of its own. One message of the log is one access unit; sender reports come with each
// keyframe of video, and with sound at least once a second, and stand in what a viewer is greeted with.
//
//   | '$' 8 | channel 8 | size 16 | RTP or RTCP packet |
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "format/rtp.hpp"
#include "format/rtp_packetizer.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weir::format::rtp {

/// Clocks wrap, and receivers know it, so the end is only that of counting.
inline constexpr media::Ticks longest_stream = media::Ticks::milliseconds(std::int64_t{365} * 86'400'000);
/// Bytes of one RTP packet: with the headers of UDP and IPv6 it passes through tunnels.
inline constexpr std::size_t packet_size = 1400;

/// The channel of a track's RTP packets; that of its RTCP is one more.
[[nodiscard]] constexpr std::uint8_t channel(std::uint32_t track) noexcept {
    return static_cast<std::uint8_t>(2 * (track - 1));
}

/// A frame, as it lies in the log.
struct InterleavedFrame {
    std::uint8_t channel = 0;
    base::ByteView packet;
};
/// Takes the first frame off the front of `bytes`; nothing where it is not whole or none.
[[nodiscard]] std::optional<InterleavedFrame> take_frame(base::ByteView& bytes) noexcept;

class StreamWriter {
  public:
    explicit StreamWriter(media::Ticks origin) noexcept;
    ~StreamWriter();

    /// Nothing.
    void begin(const media::TrackSet& tracks, base::SlabWriter& out);
    /// A sender report of each track, stamped `at`. Parameter sets go with the keyframes.
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out);
    /// Writes nothing of a track that RTP cannot carry.
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out);

  private:
    struct Line;

    [[nodiscard]] Line& line_of(const media::Track& track);
    [[nodiscard]] std::uint32_t stamp(const Line& line, media::Ticks at) const noexcept;
    void write_packet(Line& line, const Payloads::Payload& payload);
    void write_report(const Line& line, media::Ticks at);
    void write_frame_header(std::uint8_t channel, std::size_t size);

    media::Ticks origin_;
    std::vector<std::unique_ptr<Line>> lines_;
    // Of the message that is being written.
    base::ByteWriter message_;
    base::ByteWriter control_;
    Payloads payloads_;
};

}  // namespace weir::format::rtp
