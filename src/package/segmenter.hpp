// Makes CMAF segments of a stream's packets, one rendition per track of the source (`source`: video, `audio`) and one per rung
// that is made of it, and keeps the segment index. Boundaries come flagged on the packets of the leading track: the source's
// video where there is video, whether it is packaged itself or not. Audio waits until video has come as far, so that it is
// known which segment it belongs to. All renditions share boundaries, sequence numbers and discontinuities. No segment makes a
// published TARGETDURATION untrue (RFC 8216 4.3.3.1): where the source's keyframes come too late it is cut without one, and a
// remark says so. The index changes with each part that is shown to players, and with each segment that is complete in every
// rendition. One that falls behind is waited for a while (waiting.hpp), and has a gap then; one that has fallen silent, or of
// which it was said that nothing comes, is not waited for. What was shown stays: a source that breaks off before the next
// number is due waits for it, and what comes meanwhile is dropped.
// A source that is no longer offered leaves the multivariant playlist at once. Its media playlist goes on with gaps, on
// which a player that is there changes to another variant (RFC 8216bis 4.4.4.7), until it holds nothing else; then it goes.
// Owned by its stream; lives on its shard.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "config/config.hpp"
#include "package/lane.hpp"
#include "package/numbering.hpp"
#include "package/publishing.hpp"
#include "package/voice.hpp"
#include "stream/packager.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
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
              Limit{.what =
                        "bytes of one segment of the source, or of a rung, and of what one rendition waits for another",
                    .at_limit = "the segment is cut there, keyframe or not, and the wait ends; a rung has a gap",
                    .metric = "weir_segments_cut_total"});
        visit("window_bytes", self.window_bytes,
              Limit{.what = "bytes of all segments of a stream",
                    .at_limit = "the oldest go, down to the fewest that RFC 8216 allows",
                    .metric = "weir_segment_bytes"});
        visit("patience", self.patience,
              Limit{.what = "how far a rendition may be behind the others",
                    .at_limit = "the others go on without it; it has a gap (a rung whose frames are long: 30 of them)",
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
    void set_rungs(std::span<const Rung> rungs) override;
    void write_rung(std::size_t rung, const stream::Entry& entry, base::WallTime wall_of_dts) override;
    void interrupt_rung(std::size_t rung) override;
    void offer_source(bool is_offered) override;
    void end() override;
    void shorten() override;
    void set_window(base::Duration window) override { publishing_.window().set_duration(media::Ticks::from(window)); }
    void set_followed(bool is_followed) override;
    void set_hurried(bool is_hurried) override { is_hurried_ = is_hurried; }
    void on_change(std::function<void()> changed) override { publishing_.on_change(std::move(changed)); }
    [[nodiscard]] stream::SegmentIndexRef index() const override { return publishing_.index(); }
    [[nodiscard]] std::vector<std::string> take_remarks() override;

  private:
    // Places in the index. Rungs stand behind what they are made of.
    static constexpr unsigned source_place = 0;
    static constexpr unsigned rung_place = 1000;
    static constexpr unsigned audio_place = 1'000'000;

    [[nodiscard]] media::Ticks patience() const noexcept {
        return media::Ticks::from(limits_.patience) * (is_hurried_ ? hurry : 1);
    }
    void adopt(const media::TrackSetRef& tracks);
    void insert(std::unique_ptr<Voice> voice);
    [[nodiscard]] Voice& rung_of(Rendition rendition);
    void take_rung(Voice& voice, const Lane::Arrival& arrival);
    void withdraw(Voice& voice);
    [[nodiscard]] Voice* source_of(media::Kind kind) noexcept;
    [[nodiscard]] Voice* leader() noexcept;
    void advance();
    [[nodiscard]] bool is_due(const Voice& voice, const Voice& first) const noexcept;
    void take(Voice& voice, const Lane::Arrival& arrival, bool leads);
    void take_source(Voice& voice, const Lane::Arrival& arrival, bool leads);
    [[nodiscard]] bool follow(Voice& voice, const Lane::Arrival& arrival);
    [[nodiscard]] bool accept(Voice& voice, const Lane::Arrival& arrival);
    void mark_boundaries(const Voice& voice, const Lane::Arrival& arrival);
    void choose_part_target(const media::Packet& packet, const media::TrackSet& tracks);
    [[nodiscard]] bool place_boundaries(const Voice& voice, const Lane::Arrival& arrival, media::Ticks decode,
                                        bool leads);
    [[nodiscard]] bool joins_break(const Lane& lane, media::Ticks decode) const noexcept;
    void place_next(const Voice& voice, const media::Packet& packet, media::Ticks at, base::WallTime wall);
    void cut_overdue(const Voice& voice, const media::Packet& packet, media::Ticks time, base::WallTime wall);
    [[nodiscard]] bool is_overdue(const Voice& voice, const media::Packet& packet, media::Ticks elapsed) const noexcept;
    bool open(media::Ticks at, base::WallTime wall, Break kind);
    [[nodiscard]] bool enter(Lane& lane, media::Ticks decode);
    void publish();
    [[nodiscard]] Publishing::Company company() const noexcept;
    void let_go_of_the_absent();
    [[nodiscard]] bool finish_lanes(media::Ticks last);
    void renew_index();

    /// Of a source that catches up one track may be by as many times more behind another.
    static constexpr std::int64_t hurry = 5;

    media::Ticks segment_;
    media::Ticks part_;         ///< as configured
    media::Ticks part_target_;  ///< zero before the first packet
    SegmenterLimits limits_;
    std::uint64_t epoch_;
    Numbering numbers_;
    Publishing publishing_;
    std::vector<std::unique_ptr<Voice>> voices_;  ///< by place
    std::vector<Voice*> rungs_;                   ///< those of them that were set last, in that order
    media::TrackSetRef tracks_;                   ///< of the source: the newest
    bool is_offered_ = true;
    bool is_followed_ = false;
    bool is_hurried_ = false;
    std::vector<std::string> remarks_;
    bool has_told_of_cuts_ = false;
    std::uint64_t cuts_ = 0;   ///< boundaries without a keyframe
    bool owes_break_ = false;  ///< what comes next continues nothing, and no segment could start with it yet
    bool has_ended_ = false;
};

}  // namespace weir::package
