// What a transport stream brings once it is taken apart (mpegts_demux.hpp): tracks, access units, and in words what is not served. Times
// are as on the wire: 90 kHz in 33 bits, which wrap every 26.5 hours and jump where the source's clock does.
#pragma once

#include "base/bytes.hpp"
#include "media/ticks.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace weir::format::mpegts {

/// Units a second of presentation and decode times, and how many bits these have.
inline constexpr std::int64_t time_scale = 90'000;
inline constexpr unsigned time_bits = 33;
inline constexpr std::uint64_t time_mask = (std::uint64_t{1} << time_bits) - 1;

/// How far it is from one time to another, the shorter way round.
[[nodiscard]] constexpr std::int64_t distance(std::uint64_t from, std::uint64_t to) noexcept {
    const std::uint64_t ahead = (to - from) & time_mask;
    return ahead <= time_mask / 2 ? static_cast<std::int64_t>(ahead)
                                  : -static_cast<std::int64_t>(time_mask + 1 - ahead);
}

/// A track, or new parameters of a known one.
struct Config {
    media::Track track;
};

/// One access unit.
struct Sample {
    std::uint32_t track = 0;          ///< `Track::id`
    std::uint64_t dts = 0;            ///< as on the wire
    media::Ticks composition_offset;  ///< pts - dts
    bool keyframe = false;
    base::Bytes payload;
};

/// Something that the stream brings is not served: a sentence for people, a string literal. Told once for each map that names it.
struct Refusal {
    std::string_view text;
};

using Event = std::variant<Config, Sample, Refusal>;

/// What was wrong with the stream, counted since it began. Names as in the API and in metrics.
struct Faults {
    std::uint64_t lost = 0;            ///< gaps in the counters of packets: at least one packet is missing
    std::uint64_t duplicated = 0;      ///< packets that came twice
    std::uint64_t damaged = 0;         ///< packets that say themselves that they are damaged, or break their format
    std::uint64_t encrypted = 0;       ///< scrambled packets
    std::uint64_t sync = 0;            ///< times that packets had to be looked for
    std::uint64_t tables = 0;          ///< sections with a wrong checksum, or that make no sense
    std::uint64_t clock = 0;           ///< jumps of the program clock
    std::uint64_t frames_dropped = 0;  ///< damaged pictures and sounds, and pictures that needed them
    std::uint64_t frames_without_config = 0;     ///< passed over because no parameter sets came before them
    std::uint64_t leading_pictures_dropped = 0;  ///< of open groups of pictures
    std::uint64_t oversized = 0;                 ///< access units beyond the limit

    void fields(this auto& self, auto&& visit) {
        visit("lost", self.lost);
        visit("duplicated", self.duplicated);
        visit("damaged", self.damaged);
        visit("encrypted", self.encrypted);
        visit("sync", self.sync);
        visit("tables", self.tables);
        visit("clock", self.clock);
        visit("frames_dropped", self.frames_dropped);
        visit("frames_without_config", self.frames_without_config);
        visit("leading_pictures_dropped", self.leading_pictures_dropped);
        visit("oversized", self.oversized);
    }
    friend bool operator==(const Faults&, const Faults&) = default;
};

}  // namespace weir::format::mpegts
