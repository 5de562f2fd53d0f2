// The samples of one track in a movie fragment (`traf`, ISO 14496-12 8.8.6): collected, and then written in as few bytes as say it.
// Times are in the track's own units.
#pragma once

#include "base/byte_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir::format {

struct FragmentSample {
    std::int64_t decode = 0;
    std::int64_t composition_offset = 0;  ///< presentation less decode; may be negative
    std::int64_t duration = 0;            ///< where it is the last one; else it lasts until the next
    std::size_t size = 0;
    bool keyframe = false;
};

class TrackFragment {
  public:
    void clear() noexcept;
    /// In decode order.
    void add(const FragmentSample& sample);
    [[nodiscard]] bool is_empty() const noexcept { return rows_.empty(); }
    /// Bytes of the samples.
    [[nodiscard]] std::size_t payload() const noexcept { return payload_; }
    /// Writes `traf`; there is at least one sample. Returns where in `out` the data offset is, four bytes that are known once `moof` is:
    /// from its beginning to the first sample.
    [[nodiscard]] std::size_t write(std::uint32_t track_id, base::ByteWriter& out) const;

  private:
    /// A sample as `trun` lists it.
    struct Row {
        std::uint32_t duration;
        std::uint32_t size;
        std::uint32_t flags;
        std::int32_t composition_offset;
    };
    [[nodiscard]] std::size_t write_trun(std::uint32_t fields, base::ByteWriter& out) const;

    std::vector<Row> rows_;
    std::int64_t first_decode_ = 0;
    std::int64_t last_decode_ = 0;
    std::size_t payload_ = 0;
};

}  // namespace weir::format
