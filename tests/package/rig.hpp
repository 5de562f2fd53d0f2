// A segmenter with everything around it: a source's packets go in under a virtual wall clock, and a validating player looks at
// every index that comes out.
#pragma once

#include "package/segmenter.hpp"
#include "samples.hpp"
#include "source.hpp"
#include "validator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>
#include <vector>

namespace weir::package::test {

inline constexpr std::uint64_t epoch = 1'795'341'600;

class Rig {
  public:
    explicit Rig(const config::StreamOptions& options = {}, SegmenterLimits limits = {})
        : segmenter(options, base::Now{{}, wall_of(Ticks())}, limits) {}

    /// Wall time goes with stream time but for the pauses of a publisher.
    [[nodiscard]] base::WallTime wall_of(Ticks time) const {
        return base::WallTime(std::chrono::seconds(epoch)) + time.to_duration() + pause;
    }
    void write(const stream::Entry& entry) {
        segmenter.write(entry, wall_of(entry.packet->dts));
        look();
    }
    void write_rung(std::size_t rung, const stream::Entry& entry) {
        segmenter.write_rung(rung, entry, wall_of(entry.packet->dts));
        look();
    }
    void look() {
        if (is_watched) validator.look(segmenter.index());
        for (std::string& remark : segmenter.take_remarks()) remarks.push_back(std::move(remark));
    }
    void run(Source& source, Ticks until) {
        while (source.position() < until) write(source.next());
    }
    void end() {
        segmenter.end();
        validator.look(segmenter.index());
    }
    [[nodiscard]] const stream::SegmentList& list(std::string_view name) const {
        static const stream::SegmentList none;
        const auto* found = segmenter.index() != nullptr ? segmenter.index()->find(name) : nullptr;
        EXPECT_NE(found, nullptr) << "no rendition " << name;
        return found != nullptr ? *found : none;
    }

    base::Duration pause{};
    bool is_watched = true;
    Segmenter segmenter;
    Validator validator;
    std::vector<std::string> remarks;
};

/// In seconds, to the millisecond.
inline std::vector<double> durations(const stream::SegmentList& list) {
    std::vector<double> found;
    found.reserve(list.listed.size());
    for (const auto& segment : list.listed) found.push_back(std::round(segment->duration.to_seconds() * 1000) / 1000);
    return found;
}

/// Counted from the first of the stream.
inline std::vector<std::uint64_t> sequences(const stream::SegmentList& list) {
    std::vector<std::uint64_t> found;
    found.reserve(list.listed.size());
    for (const auto& segment : list.listed) found.push_back(segment->sequence - epoch);
    return found;
}

/// One letter a segment: `|` before a discontinuity, `g`ap, `i`ndependent, `-` neither.
inline std::string shape_of(const stream::SegmentList& list) {
    std::string text;
    for (const auto& segment : list.listed) {
        if (segment->discontinuity) text += '|';
        text += segment->gap ? 'g' : segment->is_independent() ? 'i' : '-';
    }
    return text;
}

}  // namespace weir::package::test
