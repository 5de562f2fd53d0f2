// Joins publications end to end on the time line of their stream. The first picture of a publication lands one frame after
// the end of the last one, whatever clock it counts by: the hold is no hole in stream time. A publication, or a change of
// decoder parameters, starts to be seen at a keyframe of the leading track (video, where there is any), and so does what a publication
// itself calls a discontinuity there; the first packet of each track from there on is a discontinuity. On each track dts strictly
// increases, for ever.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "stream/entry.hpp"

namespace weir::stream {

/// Whether packets of `a` and `b` can follow each other into one decoder.
[[nodiscard]] bool same_decoding(const media::Track& a, const media::Track& b) noexcept;
/// The track whose keyframes start what is seen: video, where there is any. 0 where there is nothing.
[[nodiscard]] std::uint32_t leading_track_of(const media::TrackSet& tracks) noexcept;

/// A packet on the stream's time line, with the tracks in force for it.
struct Spliced {
    media::Packet packet;
    media::TrackSetRef tracks;
    bool starts = false;  ///< media begins anew here: a segment must start with it
};

class Splice {
  public:
    /// The first packet is shown at `origin`.
    explicit Splice(media::Ticks origin = {}) noexcept : origin_(origin) {}

    /// The next item is of a new publication.
    void begin() noexcept;
    /// Nothing when the packet cannot be shown: before the first keyframe, before the start of its publication, or not
    /// after what its track has already. `may_start` is false while no segment may start yet.
    [[nodiscard]] std::optional<Spliced> map(Item item, bool may_start);

    /// The track whose keyframes start segments; 0 before the first packet.
    [[nodiscard]] std::uint32_t leading_track() const noexcept { return leading_; }
    [[nodiscard]] const media::TrackSetRef& tracks() const noexcept { return tracks_; }
    /// Stream time that the publication has sent without a keyframe to start from; zero once it has started.
    [[nodiscard]] media::Ticks waited() const noexcept;

  private:
    struct Line {
        std::uint32_t track = 0;
        media::Ticks last_dts{INT64_MIN};
        bool fresh = true;       ///< has shown nothing since the last start
        bool continues = false;  ///< its parameters are those from before the last start
    };

    [[nodiscard]] bool wants_start(const Item& item) const;
    [[nodiscard]] bool can_start(const Item& item) const;
    [[nodiscard]] bool continues(std::uint32_t track, const media::TrackSet& into) const;
    void start(const Item& item);
    void wait(const media::Packet& packet) noexcept;
    [[nodiscard]] std::optional<Spliced> place(media::Packet packet, bool starts);
    [[nodiscard]] bool is_shown(const media::Packet& packet, const Line& at) const;
    [[nodiscard]] Line& line(std::uint32_t track);
    [[nodiscard]] const Line* find_line(std::uint32_t track) const noexcept;

    media::Ticks origin_;
    media::TrackSetRef tracks_;  ///< in force; null before the first start
    std::uint32_t leading_ = 0;
    std::vector<Line> lines_;
    media::Ticks offset_;    ///< from the publication's time to the stream's
    media::Ticks end_;       ///< of everything shown
    media::Ticks start_;     ///< presentation time of the last start
    bool anchored_ = false;  ///< `offset_` is that of the current publication
    std::uint64_t starts_ = 0;
    std::optional<media::Ticks> waiting_since_;  ///< publication's time
    media::Ticks waiting_until_;
};

}  // namespace weir::stream
