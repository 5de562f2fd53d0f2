// Makes CMAF segments of a stream's packets, one rendition per track (`source`: video, `audio`), and keeps the segment index.
// Boundaries come flagged on the packets of the leading track: video where there is video. Audio waits until video has come
// as far, so that it is known which segment it belongs to; a track that falls silent is not waited for, and has gaps. All
// renditions share boundaries, sequence numbers and discontinuities. No segment makes a published TARGETDURATION untrue
// (RFC 8216 4.3.3.1): where the source's keyframes come too late it is cut without one, and a remark says so.
// The index changes when a segment is complete in every rendition. Owned by its stream; lives on its shard.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "config/config.hpp"
#include "package/lane.hpp"
#include "package/numbering.hpp"
#include "package/window.hpp"
#include "stream/packager.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
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
              Limit{.what = "bytes of one segment of all renditions, and of what one waits for another",
                    .at_limit = "the segment is cut there, keyframe or not, and the wait ends",
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

    void write(const stream::Entry& entry, base::WallTime wall_of_dts) override;
    void end() override;
    void shorten() override;
    [[nodiscard]] stream::SegmentIndexRef index() const override;
    [[nodiscard]] std::vector<std::string> take_remarks() override;

  private:
    /// A track, with the packets whose segment is not known yet.
    struct Voice {
        explicit Voice(Lane lane_of_track) : lane(std::move(lane_of_track)) {}
        void await(Lane::Arrival arrival);
        void drop_oldest();

        Lane lane;
        std::deque<Lane::Arrival> waiting;
        std::size_t waiting_bytes = 0;
        media::Ticks newest;                  ///< pts that has arrived
        std::optional<media::Ticks> horizon;  ///< highest pts that the lane has taken (or refused)
        bool is_refused = false;              ///< it cannot be packaged, and that was said
    };

    void adopt(const media::TrackSetRef& tracks);
    [[nodiscard]] Voice* voice_of(media::Kind kind) noexcept { return voices_[static_cast<std::size_t>(kind)].get(); }
    [[nodiscard]] Voice* leader() noexcept;
    void advance();
    [[nodiscard]] bool is_due(const Voice& voice, const Voice& first) const noexcept;
    void take(Voice& voice, const Lane::Arrival& arrival, bool leads);
    [[nodiscard]] bool accept(Voice& voice, const Lane::Arrival& arrival);
    void place_boundaries(const Voice& voice, const Lane::Arrival& arrival, media::Ticks decode, bool leads);
    [[nodiscard]] bool joins_break(const Lane& lane, media::Ticks decode) const noexcept;
    void cut_overdue(const Voice& voice, const media::Packet& packet, media::Ticks decode, base::WallTime wall);
    [[nodiscard]] bool is_overdue(const Voice& voice, const media::Packet& packet, media::Ticks elapsed) const noexcept;
    bool open(media::Ticks at, base::WallTime wall, Break kind);
    [[nodiscard]] bool enter(Lane& lane, media::Ticks decode);
    void publish();
    [[nodiscard]] bool is_awaited(const Voice& voice, const Boundary& end) const noexcept;
    void publish_oldest();
    void let_go_of_the_absent();

    media::Ticks segment_;
    media::Ticks part_;
    SegmenterLimits limits_;
    std::uint64_t epoch_;
    Numbering numbers_;
    Window window_;
    std::array<std::unique_ptr<Voice>, 2> voices_;  ///< by `media::Kind`
    media::TrackSetRef tracks_;                     ///< the newest
    stream::SegmentIndexRef index_;
    std::vector<std::string> remarks_;
    bool has_told_of_cuts_ = false;
    std::uint64_t cuts_ = 0;  ///< boundaries without a keyframe
    bool has_ended_ = false;
};

}  // namespace weir::package
