#include "package/hls_media.hpp"

#include "package/part_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace weir::package::hls {

namespace {

namespace m3u8 = format::m3u8;
using media::Ticks;
using stream::Segment;
using stream::SegmentIndex;
using stream::SegmentList;
using stream::SegmentRef;

constexpr std::uint32_t version = 9;              // EXT-X-SKIP
constexpr std::uint32_t version_with_dates = 10;  // the same, of date ranges

// In target durations (RFC 8216bis 4.4.3.8, 6.2.2).
constexpr std::int64_t skip_boundary = 6;
constexpr std::int64_t hold_back = 3;
constexpr std::int64_t part_hold_back = 3;  // those of parts
constexpr std::int64_t with_parts = 3;      // a segment that ends no further from the end is listed with its parts

/// The complete segments of the playlist.
std::vector<const Segment*> complete(const SegmentList& list) {
    std::vector<const Segment*> found;
    for (const auto* segments : {&list.listed, &list.ahead})
        for (const SegmentRef& segment : *segments) found.push_back(segment.get());
    return found;
}

Ticks open_duration(const SegmentList& list) { return list.open != nullptr ? list.open->duration : Ticks(); }

/// Writes segments of one list into the playlist's form.
class Writer {
  public:
    Writer(const SegmentIndex& index, std::string_view suffix) noexcept : index_(index), suffix_(suffix) {}

    [[nodiscard]] m3u8::Segment open(const Segment& segment) const {
        m3u8::Segment made{.uri = {},
                           .duration = {},
                           .discontinuity = segment.discontinuity,
                           .gap = false,
                           .map = segment.init != nullptr ? init_address(*segment.init) + std::string(suffix_) : "",
                           .program_date_time = std::chrono::floor<std::chrono::milliseconds>(segment.wall),
                           .parts = {}};
        return made;
    }
    [[nodiscard]] m3u8::Segment whole(const Segment& segment) const {
        m3u8::Segment made = open(segment);
        made.uri = print(SegmentAddress{index_.epoch, segment.sequence}) + std::string(suffix_);
        made.duration = segment.duration;
        made.gap = segment.gap;
        return made;
    }
    [[nodiscard]] std::vector<m3u8::Part> parts(const Segment& segment) const {
        std::vector<m3u8::Part> made;
        made.reserve(segment.parts.size());
        for (const stream::Part& part : segment.parts)
            made.push_back({.uri = address({index_.epoch, segment.sequence, static_cast<std::uint32_t>(made.size())}),
                            .duration = part.duration,
                            .independent = part.independent,
                            .gap = part.gap});
        return made;
    }
    [[nodiscard]] std::string address(const PartAddress& part) const { return print(part) + std::string(suffix_); }

  private:
    const SegmentIndex& index_;
    std::string_view suffix_;
};

m3u8::RenditionReport report_of(const SegmentList& list, std::string_view suffix) {
    const Segment& last = list.open != nullptr  ? *list.open
                          : !list.ahead.empty() ? *list.ahead.back()
                                                : *list.listed.back();
    m3u8::RenditionReport report{
        .uri = fmt::format("../{}/index.m3u8{}", list.name, suffix), .last_sequence = last.sequence, .last_part = {}};
    if (!last.parts.empty()) report.last_part = last.parts.size() - 1;
    return report;
}

/// How many of the oldest are further from the end of the last complete one than the skip boundary.
std::size_t skippable(const std::vector<const Segment*>& segments, Ticks boundary) {
    Ticks from_end;
    std::size_t kept = 0;
    while (kept < segments.size() && from_end <= boundary) from_end += segments[segments.size() - ++kept]->duration;
    return segments.size() - kept;
}

void add_low_latency(m3u8::MediaPlaylist& playlist, const SegmentIndex& index, const SegmentList& list,
                     const Writer& writer, std::string_view suffix) {
    Ticks from_end = open_duration(list);
    const auto whole = complete(list);
    for (std::size_t i = playlist.segments.size(); i-- > 0;) {
        const Segment& segment = *whole[whole.size() - (playlist.segments.size() - i)];
        if (from_end > index.target_duration * with_parts) break;
        from_end += segment.duration;
        playlist.segments[i].parts = writer.parts(segment);
    }
    if (index.ended) return;
    if (list.open != nullptr) {
        playlist.open = writer.open(*list.open);
        playlist.open->parts = writer.parts(*list.open);
    }
    playlist.preload_hint = writer.address(next_part(index, list));
    for (const auto& other : index.renditions)
        if (other.get() != &list && !other->listed.empty()) playlist.reports.push_back(report_of(*other, suffix));
}

m3u8::ServerControl server_control(const SegmentIndex& index) {
    return {.can_block_reload = true,
            .can_skip_until = index.target_duration * skip_boundary,
            .hold_back = index.target_duration * hold_back,
            .part_hold_back = index.part_target * part_hold_back};
}

}  // namespace

bool is_independent(const SegmentList& list) {
    const auto is_good = [](const SegmentRef& segment) { return segment->gap || segment->is_independent(); };
    const bool begins_well = list.open == nullptr || list.open->size == 0 || list.open->is_independent();
    return begins_well && std::ranges::all_of(list.listed, is_good) && std::ranges::all_of(list.ahead, is_good);
}

PartAddress next_part(const SegmentIndex& index, const SegmentList& list) {
    const Segment& before = !list.ahead.empty() ? *list.ahead.back() : *list.listed.back();
    if (list.open == nullptr) return {index.epoch, before.sequence + 1, 0};
    const Segment& open = *list.open;
    // The next packet is of this segment if it comes before the boundary.
    const bool is_over = list.open_end && open.start + open.duration + at_the_boundary >= *list.open_end;
    if (is_over) return {index.epoch, open.sequence + 1, 0};
    return {index.epoch, open.sequence, static_cast<std::uint32_t>(open.parts.size())};
}

bool is_expected(const SegmentIndex& index, const SegmentList& list, const PartAddress& address) {
    if (index.ended || list.listed.empty() || address.epoch != index.epoch) return false;
    const std::uint64_t last = (list.ahead.empty() ? list.listed : list.ahead).back()->sequence;
    const std::size_t parts = list.open != nullptr ? list.open->parts.size() : 0;
    return (address.sequence == last + 1 && address.part == parts) ||
           (address.sequence == last + 2 && address.part == 0 && parts != 0);
}

m3u8::MediaPlaylist describe(const SegmentIndex& index, const SegmentList& list, Form form) {
    m3u8::MediaPlaylist playlist;
    playlist.version = form.skip == Skip::v2 ? version_with_dates : version;
    playlist.independent_segments = is_independent(list);
    playlist.target_duration = static_cast<std::uint32_t>(index.target_duration.to(1));
    playlist.ended = index.ended;
    const auto segments = complete(list);
    if (!segments.empty()) {
        const Segment& first = *segments.front();
        playlist.media_sequence = first.sequence;
        // A player counts the tag before the first segment too.
        playlist.discontinuity_sequence = first.discontinuity_sequence - (first.discontinuity ? 1 : 0);
    }
    const Writer writer(index, form.suffix);
    const bool is_delta = form.skip != Skip::none && !index.ended;
    const std::size_t skipped = is_delta ? skippable(segments, index.target_duration * skip_boundary) : 0;
    for (std::size_t i = skipped; i < segments.size(); ++i) playlist.segments.push_back(writer.whole(*segments[i]));
    if (skipped != 0) {
        playlist.skip = m3u8::Skip{.segments = skipped, .removed_date_ranges = {}};
        if (form.skip == Skip::v2) playlist.skip->removed_date_ranges.emplace();
    }
    if (index.part_target == Ticks()) return playlist;
    playlist.server_control = server_control(index);
    playlist.part_target = index.part_target;
    add_low_latency(playlist, index, list, writer, form.suffix);
    return playlist;
}

}  // namespace weir::package::hls
