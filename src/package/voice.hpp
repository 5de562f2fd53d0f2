// A rendition with the packets whose segment is not known yet. The source's own (`source`, `audio`) are led through segments
// by the segmenter; those that are made of it (rungs) know from their packets where they stand: a rung's segment begins with
// the keyframe that is presented at the boundary, or, in sound, with the first frame from there on. A segment of a rung is
// whole or a gap: after a break nothing is taken until one begins, and none begins of which parts were shown. One with another
// header begins at a discontinuity.
#pragma once

#include "package/lane.hpp"
#include "package/numbering.hpp"
#include "package/window.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace weir::package {

struct Voice {
    enum class Origin : std::uint8_t { source, rung };

    Voice(Rendition rendition_of, Origin made_of)
        : rendition(std::move(rendition_of)),
          origin(made_of),
          lane(rendition.kind),
          awaits_boundary(made_of == Origin::rung) {}

    /// It waits until it is known which segment it belongs to.
    void await(Lane::Arrival arrival);
    void drop_oldest();
    void forget_waiting() noexcept;
    /// Where the packet begins a segment that the voice may take it for; null: nowhere.
    [[nodiscard]] const Boundary* begun_by(const media::Packet& packet, const Numbering& numbers) const;
    /// Takes the packet if the segment is whole so far. The lane follows its tracks already.
    void take(const media::PacketRef& packet, const Numbering& numbers, std::size_t most_bytes);
    /// What the open segment holds goes, and so does everything until a segment begins.
    void break_off();
    /// Ends the open segment at `next`, since the others go on. What a rung has of it goes; but where the source breaks off
    /// it may be all there is.
    void leave_behind(const Boundary& next);
    /// Nothing is missing before `end`, as far as can be told where no boundary follows.
    [[nodiscard]] bool reaches(media::Ticks end) const noexcept;
    /// Nothing was shown for longer than `longest` before the packet.
    [[nodiscard]] bool pauses_before(const media::Packet& packet, media::Ticks longest) const noexcept {
        return horizon && packet.pts - *horizon > longest;
    }
    /// It is in the midst of a segment that will be whole.
    [[nodiscard]] bool is_under_way() const noexcept { return lane.is_started() && !awaits_boundary; }

    Rendition rendition;
    Origin origin;
    Lane lane;
    std::deque<Lane::Arrival> waiting;
    std::size_t waiting_bytes = 0;
    media::Ticks newest;                  ///< pts that has arrived
    std::optional<media::Ticks> horizon;  ///< highest pts that was taken (or refused)
    bool is_refused = false;              ///< it cannot be packaged, and that was said
    bool awaits_boundary;                 ///< nothing goes into the lane until a segment begins
    bool has_been_heard = false;          ///< something came of it, or the word that nothing will
    bool is_withdrawn = false;            ///< nothing comes of it any more

  private:
    void leave(const Boundary& next);
    void begin(const Boundary& boundary, media::Ticks time, const Numbering& numbers);
};

}  // namespace weir::package
