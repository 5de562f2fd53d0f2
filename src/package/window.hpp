// What the playlists of a stream list, and what left them but must stay fetchable (RFC 8216 6.2.2: for as long as the
// segment lasts and the longest playlist that held it). All renditions list the same sequence numbers, as far back as they
// go. Time is that of the stream: while nothing is published nothing goes.
#pragma once

#include "base/memory.hpp"
#include "media/ticks.hpp"
#include "package/periods.hpp"
#include "stream/segments.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::package {

/// Bit rates of one rendition as RFC 8216bis 4.4.6.2 defines them.
class RateMeter {
  public:
    /// The next segment of the rendition; `target` is the target duration.
    void add(const stream::Segment& segment, media::Ticks target);
    /// What comes from segment `sequence` on is encoded otherwise: the peak before is forgotten with the last segment before.
    /// `oldest` is the first that is listed.
    void change(std::uint64_t sequence, std::uint64_t oldest) noexcept;
    /// The peak over all sets of adjacent segments that last 0.5 to 1.5 target durations; bits a second, 0 while there is none.
    [[nodiscard]] std::uint64_t peak(std::uint64_t oldest = 0) const noexcept;

  private:
    struct Measure {
        media::Ticks duration;
        std::size_t size;
    };
    std::deque<Measure> recent_;  ///< adjacent segments, as many as may make a set
    std::uint64_t peak_ = 0;
    std::uint64_t peak_before_ = 0;  ///< of what comes before
    std::uint64_t changed_at_ = 0;   ///< this segment
};

/// A rendition by its name, and what does not change about it.
struct Rendition {
    std::string name;
    media::Kind kind = media::Kind::video;
    std::uint64_t bitrate = 0;  ///< the least that its peak is said to be
    unsigned place = 0;         ///< in the index: lowest first

    /// What they are sorted by where some of them have got another place.
    [[nodiscard]] std::pair<unsigned, std::string_view> order() const noexcept { return {place, name}; }
};

class Window {
  public:
    struct Settings {
        media::Ticks duration;
        std::size_t bytes;  ///< beyond it the oldest go
    };
    explicit Window(Settings settings) noexcept : settings_(settings) {}

    /// Segment `segment->sequence` of one rendition. All of a number are added before `commit`.
    void add(const Rendition& rendition, const media::Track& track, stream::SegmentRef segment);
    /// What was added is published. The first time fixes the target duration: no less than `least_target`.
    void commit(media::Ticks least_target);
    /// What players see of a rendition beyond that.
    struct Edge {
        std::vector<stream::SegmentRef> ahead;  ///< complete segments
        stream::SegmentRef open;                ///< the parts of the one after
        stream::PartUnderWay under_way;         ///< behind those
        std::optional<media::Ticks> open_end;   ///< where that will end
    };
    /// Nothing where it lists nothing.
    void set_edge(std::string_view name, Edge edge);
    /// Keeps as little as RFC 8216 allows, from here on; what left the playlists goes at once.
    void shorten();
    /// How much is listed from the next commit on; nothing changes where it was shortened.
    void set_duration(media::Ticks duration) noexcept {
        if (settings_.duration != media::Ticks()) settings_.duration = duration;
    }
    /// The rendition has listed nothing but gaps for the whole window: forgets it.
    bool drop_if_empty(std::string_view name);
    /// The rendition of that name is this one from here on.
    void change(const Rendition& rendition);
    /// Whether players that come should be told of the rendition.
    void offer(std::string_view name, bool is_offered);
    [[nodiscard]] bool offers(std::string_view name) const noexcept;

    /// Whole seconds; zero before the first `commit`.
    [[nodiscard]] media::Ticks target_duration() const noexcept { return target_; }
    [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
    /// A fresh index. Lists that did not change are those of the one before.
    [[nodiscard]] std::shared_ptr<stream::SegmentIndex> index(std::uint64_t epoch, bool ended, std::uint64_t cuts = 0);

  private:
    /// One sequence number in all renditions.
    struct Row {
        std::uint64_t sequence = 0;
        media::Ticks duration;  ///< the longest of its segments
        media::Ticks shortest;
        std::size_t bytes = 0;
        media::Ticks longest_playlist;  ///< that held it
    };
    struct Lingering {
        stream::SegmentRef segment;
        media::Ticks until;  ///< `published_` beyond which it goes
    };
    struct Shelf {
        explicit Shelf(Rendition of) : rendition(std::move(of)) {}
        Rendition rendition;
        bool is_offered = true;
        media::Track track;
        std::uint64_t first_iframe = 0;  ///< of the list
        std::deque<stream::SegmentRef> listed;
        std::deque<Lingering> lingering;
        Edge edge;
        RateMeter rate;
        std::shared_ptr<const stream::SegmentList> list;  ///< as it was published last; null: it has changed
    };

    [[nodiscard]] Shelf* find(std::string_view name) noexcept;
    [[nodiscard]] Shelf& shelf_of(const Rendition& rendition);
    [[nodiscard]] std::vector<Periods::Column> newest() const;
    void trim();
    void unlist_oldest();
    void drop_lingering(Shelf& shelf);
    void count_parts(std::ptrdiff_t change) noexcept;
    [[nodiscard]] bool may_unlist() const noexcept;
    [[nodiscard]] bool has_enough() const noexcept;
    [[nodiscard]] media::Ticks least_duration() const noexcept;
    [[nodiscard]] media::Ticks ahead() const noexcept;
    void note_longest_playlist() noexcept;
    [[nodiscard]] static std::shared_ptr<const stream::SegmentList> list(const Shelf& shelf);

    Settings settings_;
    media::Ticks target_;
    media::Ticks published_;        ///< how much time was published in all; no more than in any rendition
    std::deque<Row> rows_;          ///< listed
    std::optional<Row> next_;       ///< being added
    Periods periods_;               ///< of what is listed
    media::Ticks listed_duration_;  ///< of the rows' longest
    media::Ticks listed_shortest_;  ///< of their shortest
    std::size_t bytes_ = 0;         ///< of all segments, lingering included
    std::size_t parts_ = 0;         ///< the same
    base::MemoryCharge records_;    ///< the parts, besides their bytes
    std::vector<Shelf> shelves_;    ///< by place; none without a segment
};

}  // namespace weir::package
