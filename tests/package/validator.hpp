// What a validating player would see: it reads every playlist of every index and holds the server to RFC 8216 6.2 over time,
// and renditions to each other: the same numbers, boundaries and discontinuities. The first broken rule is kept as a sentence.
#pragma once

#include "format/m3u8_parser.hpp"
#include "package/hls.hpp"
#include "samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace weir::package::test {

class Validator {
  public:
    using Ticks = media::Ticks;
    void look(const stream::SegmentIndexRef& index) {
        if (index == nullptr || index == seen_) return;
        seen_ = index;
        discontinuities_.clear();
        std::erase_if(views_, [&](const auto& view) { return index->find(view.first) == nullptr; });
        for (const auto& list : index->renditions) look_at(*index, *list);
        look_across(*index);
        look_at_variants(*index);
        while (boundaries_.size() > 1000) boundaries_.erase(boundaries_.begin());
    }
    [[nodiscard]] const std::string& broken() const noexcept { return broken_; }

  private:
    struct Known {
        format::m3u8::Segment segment;
        std::uint64_t discontinuity_sequence = 0;
        Ticks longest_playlist;
        std::optional<Ticks> removed;  ///< how much had been published then
    };
    struct View {
        std::optional<format::m3u8::MediaPlaylist> before;
        std::map<std::uint64_t, Known> known;                            ///< by sequence
        std::map<std::uint64_t, std::vector<format::m3u8::Part>> parts;  ///< the same
        Ticks published;
    };

    /// What renditions share, by sequence.
    struct Boundary {
        std::set<std::string, std::less<>> seen;  ///< renditions that have it
        std::optional<base::WallTime> wall;
        std::optional<Ticks> first_picture;
        std::optional<Ticks> duration;
    };

    void rule(bool holds, std::string_view what, std::string_view where) {
        if (!holds && broken_.empty()) broken_ = fmt::format("{}: {}", where, what);
    }

    void look_at(const stream::SegmentIndex& index, const stream::SegmentList& list) {
        const std::string text = hls::media_playlist(index, list);
        auto parsed = format::m3u8::parse(text);
        if (!parsed || !std::holds_alternative<format::m3u8::MediaPlaylist>(*parsed))
            return rule(false, "it does not parse", list.name);
        const auto& playlist = std::get<format::m3u8::MediaPlaylist>(*parsed);
        View& view = views_[list.name];
        check_header(playlist, view, list.name);
        check_segments(index, list, playlist, view);
        check_removed(index, list, view);
        view.before = playlist;
    }

    /// A player that changes from one rendition to another goes by numbers.
    void look_across(const stream::SegmentIndex& index) {
        const auto& newest = index.renditions.front()->listed.back();
        for (const auto& list : index.renditions) {
            rule(list->listed.back()->sequence == newest->sequence, "renditions end at different numbers", list->name);
            const stream::Segment* before = nullptr;
            for (const auto& segment : list->listed) {
                rule(before == nullptr || segment->sequence == before->sequence + 1, "a number is left out",
                     list->name);
                rule(before == nullptr || segment->discontinuity || before->start + before->duration == segment->start,
                     "segments do not meet", list->name);
                before = segment.get();
                check_boundary(*list, *segment);
            }
        }
    }

    /// Segments of one number start together, and those of pictures with the same picture.
    void check_boundary(const stream::SegmentList& list, const stream::Segment& segment) {
        Boundary& boundary = boundaries_[segment.sequence];
        if (!boundary.seen.insert(list.name).second) return;
        if (!boundary.wall) boundary.wall = segment.wall;
        const auto apart = std::chrono::abs(segment.wall - *boundary.wall);
        rule(apart <= std::chrono::milliseconds(500), "segments of one number start apart", list.name);
        if (segment.gap || list.kind != media::Kind::video) return;
        const auto first = std::ranges::find(segment.parts, false, &stream::Part::gap);
        const auto pictures = samples(*segment.init, std::span(first, 1));
        const bool is_rung = list.name != "source";
        rule(!is_rung || pictures.front().keyframe, "a rung's segment starts without a keyframe", list.name);
        if (!pictures.front().keyframe) return;
        if (!boundary.first_picture) boundary.first_picture = pictures.front().pts;
        rule(*boundary.first_picture == pictures.front().pts, "keyframes of one boundary are apart", list.name);
        if (!boundary.duration) boundary.duration = segment.duration;
        const Ticks difference =
            std::max(*boundary.duration, segment.duration) - std::min(*boundary.duration, segment.duration);
        rule(difference <= Ticks::milliseconds(600), "segments of one number end apart", list.name);
    }

    void look_at_variants(const stream::SegmentIndex& index) {
        const auto parsed = format::m3u8::parse(hls::multivariant_playlist(index));
        if (!parsed || !std::holds_alternative<format::m3u8::MultivariantPlaylist>(*parsed))
            return rule(false, "it does not parse", "multivariant");
        const auto& playlist = std::get<format::m3u8::MultivariantPlaylist>(*parsed);
        for (const auto& variant : playlist.variants) {
            const auto* list = index.find(variant.uri.substr(0, variant.uri.find('/')));
            if (list == nullptr) return rule(false, "a variant is not there", variant.uri);
            rule(variant.bandwidth >= variant.average_bandwidth, "BANDWIDTH is below the average", variant.uri);
            const auto in_group = [&](const auto& rendition) { return rendition.group == variant.audio; };
            rule(variant.audio.empty() || std::ranges::any_of(playlist.renditions, in_group), "its sound is not there",
                 variant.uri);
            if (list->kind == media::Kind::video)
                rule(variant.audio.empty() == playlist.renditions.empty(), "it has no sound", variant.uri);
        }
    }

    void check_header(const format::m3u8::MediaPlaylist& playlist, const View& view, const std::string& name) {
        if (!view.before) return;
        rule(playlist.target_duration == view.before->target_duration, "TARGETDURATION changed", name);
        rule(playlist.media_sequence >= view.before->media_sequence, "MEDIA-SEQUENCE went back", name);
        rule(playlist.discontinuity_sequence >= view.before->discontinuity_sequence, "DISCONTINUITY-SEQUENCE went back",
             name);
        rule(!view.before->ended, "it changed after ENDLIST", name);
        rule(playlist.media_sequence <= view.before->media_sequence + view.before->segments.size(),
             "segments were never listed", name);
    }

    void check_segments(const stream::SegmentIndex& index, const stream::SegmentList& list,
                        const format::m3u8::MediaPlaylist& playlist, View& view) {
        Ticks total;
        for (const auto& segment : playlist.segments) total += segment.duration;
        rule(!view.before || playlist.media_sequence == view.before->media_sequence ||
                 total >= Ticks::from(playlist.target_duration * 3, 1),
             "less than three target durations are left", list.name);
        std::uint64_t discontinuity = playlist.discontinuity_sequence;
        std::uint64_t sequence = playlist.media_sequence;
        for (const auto& segment : playlist.segments) {
            discontinuity += segment.discontinuity ? 1 : 0;
            rule(segment.duration.to(1) <= playlist.target_duration, "EXTINF passes TARGETDURATION", list.name);
            check_parts(index, list, playlist, segment, sequence, view);
            auto plain = segment;
            plain.parts.clear();
            auto [entry, is_new] = view.known.try_emplace(sequence, Known{plain, discontinuity, {}, {}});
            if (is_new) view.published += segment.duration;
            rule(entry->second.segment == plain, "a segment changed", list.name);
            rule(entry->second.discontinuity_sequence == discontinuity, "a discontinuity number changed", list.name);
            rule(discontinuities_.try_emplace(sequence, discontinuity).first->second == discontinuity,
                 "renditions disagree on a discontinuity", list.name);
            entry->second.longest_playlist = std::max(entry->second.longest_playlist, total);
            rule(segment.gap == (fetch(index, list, segment.uri) == nullptr), "a listed segment is not there",
                 list.name);
            ++sequence;
        }
        if (playlist.open) check_parts(index, list, playlist, *playlist.open, sequence, view);
        while (view.parts.size() > 20) view.parts.erase(view.parts.begin());
    }

    /// What was listed of a segment stays, as it was and where it was.
    void check_parts(const stream::SegmentIndex& index, const stream::SegmentList& list,
                     const format::m3u8::MediaPlaylist& playlist, const format::m3u8::Segment& segment,
                     std::uint64_t sequence, View& view) {
        if (segment.parts.empty()) return;
        auto& known = view.parts[sequence];
        rule(known.size() <= segment.parts.size(), "a part vanished", list.name);
        const std::size_t common = std::min(known.size(), segment.parts.size());
        rule(std::equal(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(common), segment.parts.begin()),
             "a part changed", list.name);
        Ticks total;
        for (std::size_t i = 0; i < segment.parts.size(); ++i) {
            const auto& part = segment.parts[i];
            total += part.duration;
            rule(part.duration <= playlist.part_target, "a part is longer than PART-TARGET", list.name);
            const auto address = hls::parse_part_address(part.uri);
            rule(address && address->sequence == sequence && address->part == i, "a part's address is not its own",
                 list.name);
            rule(part.gap == (hls::find_part(index, list, *address) == nullptr), "a listed part is not there",
                 list.name);
        }
        known = segment.parts;
        const Ticks apart = std::max(total, segment.duration) - std::min(total, segment.duration);
        rule(segment.uri.empty() || apart <= Ticks::milliseconds(1), "parts do not add up to their segment", list.name);
        rule(segment.uri.empty() || segment.gap || std::ranges::none_of(known, &format::m3u8::Part::gap),
             "a segment with gap parts is no gap", list.name);
    }

    void check_removed(const stream::SegmentIndex& index, const stream::SegmentList& list, View& view) {
        const std::uint64_t first = list.listed.front()->sequence;
        for (auto known = view.known.begin(); known != view.known.end() && known->first < first;) {
            Known& it = known->second;
            if (!it.removed) it.removed = view.published;
            const bool must_be_there =
                !it.segment.gap && view.published < *it.removed + it.segment.duration + it.longest_playlist;
            rule(!must_be_there || fetch(index, list, it.segment.uri) != nullptr, "a segment went too early",
                 list.name);
            known = must_be_there || it.segment.gap ? std::next(known) : view.known.erase(known);
        }
    }

    static stream::SegmentRef fetch(const stream::SegmentIndex& index, const stream::SegmentList& list,
                                    std::string_view uri) {
        const auto address = hls::parse_segment_address(uri);
        return address ? hls::find_segment(index, list, *address) : nullptr;
    }

    stream::SegmentIndexRef seen_;
    std::map<std::string, View> views_;
    std::map<std::uint64_t, Boundary> boundaries_;
    std::map<std::uint64_t, std::uint64_t> discontinuities_;  ///< by sequence, over all renditions of one index
    std::string broken_;
};

}  // namespace weir::package::test
