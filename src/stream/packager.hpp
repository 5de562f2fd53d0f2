// What follows a stream's renditions to make segments of them: the hook that package/ fills. Owned by the stream; lives on
// its shard.
#pragma once

#include "base/clock.hpp"
#include "stream/entry.hpp"
#include "stream/segments.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace weir::stream {

class Packager {
  public:
    struct Rung {
        std::string name;  ///< "720p"
        media::Kind kind = media::Kind::video;
        std::uint64_t bitrate = 0;  ///< as configured: the least that BANDWIDTH says
    };

    virtual ~Packager() = default;
    /// The next packet of the source, in order.
    virtual void write(const Entry& entry, base::WallTime wall_of_dts) = 0;
    /// The rungs beside the source, highest first, before their first packet. From here on segments wait for them. Later again, where
    /// they become others: what has the name of one that was goes on as that one; of the rest nothing more comes, and it is no longer
    /// offered.
    virtual void set_rungs(std::span<const Rung> rungs) = 0;
    /// The next packet of one of them, by its place in `set_rungs`, on the source's time line. Packets of the source that it
    /// was made of have been written before.
    virtual void write_rung(std::size_t rung, const Entry& entry, base::WallTime wall_of_dts) = 0;
    /// Nothing comes of this rung for a while: it has gaps until a packet flagged `segment_boundary` comes.
    virtual void interrupt_rung(std::size_t rung) = 0;
    /// Whether the source's video is listed among the renditions (its keyframes come often enough). It is until this says
    /// otherwise; from then on boundaries may be flagged on any of its packets. Holds for the packets that come next: once it
    /// is listed again it goes on at the next keyframe that is a boundary.
    virtual void offer_source(bool is_offered) = 0;
    /// The stream is over: the last segment is closed.
    virtual void end() = 0;
    /// Memory is short: keep fewer segments (at least three).
    virtual void shorten() = 0;
    /// How much of the stream is listed, from the next segment on. What memory was short for stays away.
    virtual void set_window(base::Duration window) { (void)window; }
    /// Whether somebody waits for what comes next: then a part is to be had while it is being made.
    virtual void set_followed(bool is_followed) { (void)is_followed; }
    /// Whether the source catches up what it was held up with: of one track seconds may come before the same of another, which is not late
    /// for that.
    virtual void set_hurried(bool is_hurried) { (void)is_hurried; }
    /// Calls `changed` whenever `index` has become another, as the last thing that it does.
    virtual void on_change(std::function<void()> changed) { (void)changed; }
    /// The index as it stands; the same pointer until something changed.
    [[nodiscard]] virtual SegmentIndexRef index() const = 0;
    /// What an operator should hear of the source ("its keyframes are 12 s apart ..."), for the journal; then forgotten.
    [[nodiscard]] virtual std::vector<std::string> take_remarks() { return {}; }
};

}  // namespace weir::stream
