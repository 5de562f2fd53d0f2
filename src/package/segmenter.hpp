// Makes CMAF segments of a stream's packets, one rendition per track (`source`: video, `audio`), and keeps the segment index.
// Boundaries come flagged on the packets; all renditions share them, their sequence numbers and their discontinuities.
// Sequence numbers start at the Unix second of the start, and no more than one segment is started per elapsed second, so
// they never overtake the clock. A segment never makes a published TARGETDURATION untrue (RFC 8216 4.4.3.1): where the
// source's keyframes come too late it is cut without one, and a remark says so. Owned by its stream; lives on its shard.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "config/config.hpp"
#include "stream/packager.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace weir::package {

struct SegmenterLimits {
    std::size_t segment_bytes = 64U << 20;
    std::size_t window_bytes = 512U << 20;
    base::Duration patience = std::chrono::seconds(2);
    base::Duration first_segment = std::chrono::seconds(30);

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("segment_bytes", self.segment_bytes,
              Limit{.what = "bytes of one segment of one rendition",
                    .at_limit = "the segment is cut there, keyframe or not",
                    .metric = "weir_segments_cut_total"});
        visit("window_bytes", self.window_bytes,
              Limit{.what = "bytes of all segments of a stream",
                    .at_limit = "the oldest go, down to the fewest that RFC 8216 allows",
                    .metric = "weir_segment_bytes"});
        visit("patience", self.patience,
              Limit{.what = "how far a rendition may be behind the others",
                    .at_limit = "the others go on without it; it has a gap",
                    .metric = "weir_segments_cut_total"});
        visit("first_segment", self.first_segment,
              Limit{.what = "length of the first segment, which sets TARGETDURATION",
                    .at_limit = "the segment is cut there, keyframe or not",
                    .metric = "weir_segments_cut_total"});
    }
};

class Segmenter final : public stream::Packager {
public:
    Segmenter(const config::StreamOptions& options, base::Now start, SegmenterLimits limits = {});
    ~Segmenter() override;

    void write(const stream::Entry& entry, base::WallTime wall_of_dts) override;
    void end() override;
    void shorten() override;
    [[nodiscard]] stream::SegmentIndexRef index() const override;
    [[nodiscard]] std::vector<std::string> take_remarks() override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace weir::package
