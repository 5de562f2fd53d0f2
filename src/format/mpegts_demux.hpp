// Takes an MPEG-2 transport stream apart (ISO/IEC 13818-1) as its bytes arrive, cut anywhere: the tables say which program there is
// and what it is made of (2.4.4), its PES packets (2.4.3.6) become access units in the one payload form of the server: H.264 and HEVC behind
// four-byte lengths with the record of their in-band parameter sets as config; AAC out of ADTS; MPEG audio, AC-3 and E-AC-3 frames; Opus.
// Sans-IO; one demultiplexer per source.
//
// One program is taken: the one that is asked for, or the first whose map names something that is served; when it goes, the next. Its
// first video and first audio track have the ids of media/track.hpp, whatever their PIDs are at the time; with `every_track` further
// ones are 3, 4, ... in the order of the map. What a broken wire has damaged never leaves here: a picture with a hole is dropped with
// all that follow until the next keyframe (ten seconds at most, for sources that never send another), and is counted.
#pragma once

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "format/mpegts_events.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weir::format::mpegts {

struct DemuxLimits {
    base::ByteCount access_unit{8U << 20};
    std::size_t tracks = 8;
    std::size_t programs = 32;
    base::ByteCount config{16U << 10};
    base::ByteCount search{64U << 10};

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        constexpr std::string_view metric = "weir_mpegts_faults_total";
        visit("access_unit", self.access_unit,
              Limit{.what = "bytes of one picture or PES packet", .at_limit = "it is dropped", .metric = metric});
        visit("tracks", self.tracks,
              Limit{.what = "tracks of one program", .at_limit = "further ones are left out", .metric = metric});
        visit("programs", self.programs,
              Limit{.what = "programs of one stream", .at_limit = "further ones are left out", .metric = metric});
        visit("config", self.config,
              Limit{.what = "a decoder configuration, which every viewer gets",
                    .at_limit = "it is not taken, and its pictures neither",
                    .metric = metric});
        visit("search", self.search,
              Limit{.what = "bytes without a single packet at the start",
                    .at_limit = "the source is refused: it is no transport stream",
                    .metric = metric});
    }
};

/// What is to be taken of a stream.
struct Selection {
    std::uint16_t program = 0;  ///< its number; 0: the first that has something
    bool every_track = false;   ///< and not only the first of each kind
};

class Demuxer {
  public:
    explicit Demuxer(Selection selection = {}, const DemuxLimits& limits = {});
    Demuxer(Demuxer&&) noexcept;
    Demuxer& operator=(Demuxer&&) noexcept;
    ~Demuxer();

    /// Takes all of `bytes`. Drain `next()` afterwards: the events wait in a queue.
    void receive(base::ByteView bytes);
    /// Nothing follows: what is held back becomes events.
    void finish();
    /// The next event; nothing until more is received. An error (`malformed`: this is no transport stream) is the last answer and
    /// stays. Whatever else is wrong with the bytes is counted, and the stream goes on behind it.
    [[nodiscard]] base::Result<std::optional<Event>> next();

    [[nodiscard]] const Faults& faults() const noexcept;
    /// The numbers of the programs that the stream has, in the order of its table.
    [[nodiscard]] std::vector<std::uint16_t> programs() const;
    /// The one that is taken; 0 until there is one.
    [[nodiscard]] std::uint16_t program() const noexcept;

  private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

}  // namespace weir::format::mpegts
