// What follows a stream's renditions to make segments of them: the hook that package/ fills. Owned by the stream; lives on
// its shard.
#pragma once

#include "base/clock.hpp"
#include "stream/entry.hpp"
#include "stream/segments.hpp"

#include <string>
#include <vector>

namespace weir::stream {

class Packager {
  public:
    virtual ~Packager() = default;
    virtual void write(const Entry& entry, base::WallTime wall_of_dts) = 0;
    /// The stream is over: the last segment is closed.
    virtual void end() = 0;
    /// Memory is short: keep fewer segments (at least three).
    virtual void shorten() = 0;
    /// The index as it stands; the same pointer until something changed.
    [[nodiscard]] virtual SegmentIndexRef index() const = 0;
    /// What an operator should hear of the source ("its keyframes are 12 s apart ..."), for the journal; then forgotten.
    [[nodiscard]] virtual std::vector<std::string> take_remarks() { return {}; }
};

}  // namespace weir::stream
