// The sound of a stream alone, as the wire log wants it: AAC frames behind ADTS headers (ISO 14496-3 1.A.3.2). There is no time in it and
// nothing to be told first: every frame describes itself.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "format/carriage.hpp"
#include "media/aac.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <optional>
#include <string_view>

namespace weir::format::adts {

/// No clock runs out; so the end is only that of counting.
inline constexpr media::Ticks longest_stream = media::Ticks::milliseconds(std::int64_t{365} * 86'400'000);

/// It is AAC, and ADTS can say its config.
[[nodiscard]] bool can_carry(const media::Track& track) noexcept;
/// Why a codec cannot be carried, in words; empty where it can.
[[nodiscard]] std::string_view refusal(media::Codec codec) noexcept;
inline constexpr Carriage carriage{"ADTS", &can_carry, &refusal};

class StreamWriter {
  public:
    explicit StreamWriter(media::Ticks) noexcept {}

    void begin(const media::TrackSet& tracks, base::SlabWriter& out);
    void tracks(const media::TrackSet& tracks, media::Ticks at, base::SlabWriter& out);
    /// Writes nothing for video, and for what cannot be carried.
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out);

  private:
    base::Bytes config_;  ///< that `parsed_` was read from
    std::optional<media::aac::Config> parsed_;
    base::ByteWriter header_;
};

}  // namespace weir::format::adts
