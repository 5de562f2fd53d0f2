// Packets as an MPEG-2 transport stream of one program (ISO/IEC 13818-1): tables (2.4.4), H.264 and HEVC as Annex B with access unit
// delimiters and with their parameter sets before each keyframe (2.14, 2.17), AAC as ADTS (2.4.2.3), MPEG audio, AC-3 and E-AC-3 as they
// are (the latter as ATSC A/52 and A/53 have them), Opus behind control headers, each frame in a PES packet of its own (2.4.3.6), and the program clock, which runs a little ahead of decoding. Clocks wrap, as they do there: every 26.5 hours.
// Stream types are those of the codec table; a track of a codec that has none that is served here is left out.
#pragma once

#include "base/byte_writer.hpp"
#include "format/carriage.hpp"
#include "format/mpegts_packets.hpp"
#include "media/aac.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace weir::format::mpegts {

/// Codec and config can be carried.
[[nodiscard]] bool can_carry(const media::Track& track) noexcept;
/// Why a codec cannot be carried, in words; empty where it can.
[[nodiscard]] std::string_view refusal(media::Codec codec) noexcept;
inline constexpr Carriage carriage{"MPEG-TS", &can_carry, &refusal};

class Muxer {
  public:
    /// Wire times are those since `origin`; what is earlier says 0.
    explicit Muxer(media::Ticks origin) noexcept : origin_(origin) {}

    /// What follows is of these tracks; where they are others than before, decoders are told that they start anew.
    void follow(const media::TrackSet& tracks);
    [[nodiscard]] bool has_tracks() const noexcept { return !lines_.empty(); }

    /// Program association and map, for who reads on.
    void write_tables(base::ByteWriter& out);
    /// The same for somebody who reads on from here and has seen nothing before: counters stay as they are.
    void write_tables_ahead(base::ByteWriter& out) const;
    /// One frame, with the tables before it where they are due. A track that cannot be carried writes nothing.
    void write(const media::Packet& packet, Continuity continuity, base::ByteWriter& out);
    /// Writes tables until their counters have come round too.
    void round_off(base::ByteWriter& out);

  private:
    /// A track on its way.
    struct Line {
        media::Track track;
        PidWriter pid;
        base::ByteWriter parameter_sets;  ///< Annex B
        std::optional<media::aac::Config> aac;
        bool starts_anew = false;
    };

    [[nodiscard]] Line* line_of(std::uint32_t track) noexcept;
    [[nodiscard]] Line create_line(const media::Track& track) const;
    void write_tables(PidWriter& pat, PidWriter& pmt, base::ByteWriter& out) const;
    void write_section(PidWriter& to, std::uint8_t table, std::uint16_t id, std::uint8_t version, base::ByteView body,
                       base::ByteWriter& out) const;
    void gather_video(const Line& line, const media::Packet& packet);
    [[nodiscard]] bool gather_audio(const Line& line, const media::Packet& packet);
    void write_pes_header(const media::Packet& packet, const media::Track& track, std::size_t size);
    void keep_clock(const Line& line, media::Ticks dts, base::ByteWriter& out);
    [[nodiscard]] std::int64_t pcr_at(media::Ticks dts);

    media::Ticks origin_;
    std::vector<Line> lines_;
    std::uint8_t version_ = 0;  ///< of the program map
    PidWriter pat_{0};
    PidWriter pmt_{0x1000};
    std::optional<media::Ticks> tables_at_;
    std::int64_t pcr_ = -1;  ///< written last

    // Of the frame that is being written.
    base::ByteWriter header_;
    base::ByteWriter frame_header_;  ///< of ADTS, or of Opus
    std::vector<base::ByteView> pieces_;
};

}  // namespace weir::format::mpegts
