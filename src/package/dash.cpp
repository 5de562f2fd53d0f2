#include "package/dash.hpp"

#include "format/mpd.hpp"
#include "package/hls.hpp"
#include "package/periods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace weir::package::dash {

namespace {

namespace mpd = format::mpd;
using media::Ticks;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using stream::Period;
using stream::Segment;
using stream::SegmentIndex;
using stream::SegmentList;
using stream::SegmentRef;

using Segments = std::span<const SegmentRef>;

constexpr milliseconds encoders_lag{1000};  // at most: how long publication waits for the slowest rung

milliseconds in_milliseconds(Ticks time) { return milliseconds(time.to_milliseconds()); }
microseconds time_of_day(base::WallTime time) { return std::chrono::floor<microseconds>(time.time_since_epoch()); }

bool has_parts(const SegmentIndex& index) { return index.part_target != Ticks(); }
bool is_low_latency(const SegmentIndex& index) { return has_parts(index) && !index.ended; }

/// What players wait for next.
milliseconds unit_of(const SegmentIndex& index) {
    return in_milliseconds(has_parts(index) ? index.part_target : index.target_duration);
}

/// With parts no longer than the time for which a segment is sent while it is made: who reads the manifest less often may always come to
/// learn of it when it is whole.
milliseconds update_period(const SegmentIndex& index) {
    const milliseconds unit = unit_of(index);
    const milliseconds grows = in_milliseconds(index.target_duration) - unit;
    return std::max(has_parts(index) ? std::min(unit * 2, grows) : unit / 2, milliseconds(500));
}

/// What a rendition has of a period: segments in order, of which the last may be open.
struct Stretch {
    std::vector<SegmentRef> segments;
    bool is_open = false;

    [[nodiscard]] const stream::InitSegment& init() const { return *segments.front()->init; }
};

/// One period, and where it ends.
struct Reach {
    const SegmentIndex& index;
    const Period& period;
    const Period* next;    ///< null: it is the last
    std::uint64_t untold;  ///< nothing is said of this number and what follows
    Ticks end;             ///< `end_of` the stream

    [[nodiscard]] bool holds(const Segment& segment) const {
        return segment.sequence >= period.sequence && segment.sequence < (next != nullptr ? next->sequence : untold);
    }
};

/// Some of it may be missing.
bool has_media(const Segment& segment) {
    return !segment.gap && segment.init != nullptr &&
           !std::ranges::all_of(segment.parts, [](const stream::Part& part) { return part.gap; });
}

/// Nothing where the rendition has not all of the period. What is not listed yet is taken as far as it goes on.
Stretch stretch(const Reach& reach, const SegmentList& list) {
    Stretch found;
    for (const SegmentRef& segment : list.listed) {
        if (!reach.holds(*segment)) continue;
        if (!has_media(*segment)) return {};
        found.segments.push_back(segment);
    }
    const auto goes_on = [&](const Segment& segment) {
        const SegmentRef last = found.segments.empty() ? nullptr : found.segments.back();
        return reach.holds(segment) && has_media(segment) &&
               (last == nullptr ? segment.sequence == reach.period.sequence
                                : segment.sequence == last->sequence + 1 && segment.init == last->init);
    };
    if (!is_low_latency(reach.index)) return found;
    for (const SegmentRef& segment : list.ahead)
        if (goes_on(*segment)) found.segments.push_back(segment);
    found.is_open = list.open != nullptr && goes_on(*list.open);
    if (found.is_open) found.segments.push_back(list.open);
    return found;
}

/// The last segment of a stream that has ended is said to reach to the end of all.
Ticks told_end(const Reach& reach, const Stretch& stretch, const SegmentRef& segment) {
    const Ticks end = segment->start + segment->duration;
    return reach.next == nullptr && segment == stretch.segments.back() ? std::max(end, reach.end) : end;
}

/// As long as a segment of the rendition gets.
Ticks usual_length(const SegmentIndex& index, const SegmentList& list) {
    Ticks longest;
    for (const auto* segments : {&list.listed, &list.ahead})
        for (const SegmentRef& segment : *segments)
            if (!segment->gap) longest = std::max(longest, segment->duration);
    return longest != Ticks() ? longest : index.target_duration;
}

/// How long the open segment is said to be.
Ticks foretold_length(const SegmentIndex& index, const SegmentList& list, const Segment& open) {
    const Ticks usual = usual_length(index, list);
    return open.duration <= usual ? usual : open.duration + index.part_target;
}

/// Runs of equal durations. Each bound is converted by itself, so that no rounding adds up.
std::vector<mpd::Run> timeline(const Reach& reach, const SegmentList& list, const Stretch& stretch) {
    const std::uint32_t timescale = stretch.init().timescale;
    std::vector<mpd::Run> runs;
    for (const SegmentRef& segment : stretch.segments) {
        const bool is_open = stretch.is_open && segment == stretch.segments.back();
        const Ticks its_end =
            is_open ? segment->start + foretold_length(reach.index, list, *segment) : told_end(reach, stretch, segment);
        const auto start = static_cast<std::uint64_t>(segment->start.to(timescale));
        const auto end = static_cast<std::uint64_t>(its_end.to(timescale));
        const bool repeats = !runs.empty() && runs.back().duration == end - start;
        if (repeats) ++runs.back().repeat;
        else runs.push_back({.start = start, .duration = end - start});
    }
    return runs;
}

/// Where all renditions of a stream that has ended are said to end; zero while it lives. It is a little behind the longest: dash.js,
/// which looks five times a second whether the end has been reached, else finds it reached before the media element does, goes back
/// to it, and the element never says that it has ended.
Ticks end_of(const SegmentIndex& index) {
    constexpr Ticks behind = Ticks::milliseconds(10);
    if (!index.ended) return {};
    Ticks end;
    for (const auto& list : index.renditions)
        if (!list->listed.empty()) end = std::max(end, list->listed.back()->start + list->listed.back()->duration);
    return end + behind;
}

/// The longest that a segment is, or is said to be.
milliseconds longest_segment(const SegmentIndex& index) {
    const Ticks end = end_of(index);
    Ticks longest = index.ended ? Ticks() : index.target_duration;
    for (const auto& list : index.renditions) {
        for (const SegmentRef& segment : list->listed) longest = std::max(longest, segment->duration);
        if (index.ended && !list->listed.empty()) longest = std::max(longest, end - list->listed.back()->start);
    }
    return in_milliseconds(longest);
}

mpd::SegmentTemplate segment_template(const Reach& reach, const SegmentList& list, const Stretch& stretch,
                                      std::string_view suffix) {
    const stream::InitSegment& init = stretch.init();
    std::optional<milliseconds> offset;
    if (is_low_latency(reach.index))
        offset = std::max(milliseconds(1), longest_segment(reach.index) - in_milliseconds(reach.index.part_target));
    return {.timescale = init.timescale,
            .presentation_time_offset = static_cast<std::uint64_t>(reach.period.start.to(init.timescale)),
            .start_number = stretch.segments.front()->sequence,
            .initialization = fmt::format("{}/{}{}", list.name, hls::init_address(init), suffix),
            .media = fmt::format("{}/{}-$Number$.m4s{}", list.name, reach.index.epoch, suffix),
            .availability_time_offset = offset,
            .timeline = timeline(reach, list, stretch)};
}

mpd::Representation representation(const Reach& reach, const SegmentList& list, const Stretch& stretch,
                                   std::string_view suffix) {
    const media::Track& track = stretch.init().track;
    return {.id = list.name,
            .bandwidth = list.peak_bitrate,
            .codecs = track.codec_string,
            .width = track.width,
            .height = track.height,
            .frame_rate = track.frame_rate,
            .sample_rate = track.sample_rate,
            .channels = track.channels,
            .segments = segment_template(reach, list, stretch, suffix)};
}

bool is_independent(Segments segments) {
    return std::ranges::all_of(segments, [](const SegmentRef& one) { return one->is_independent(); });
}

/// Pictures of one codec are one set, whose rungs a player changes between; each sound is one of its own, since players join no
/// two whose shapes differ.
mpd::AdaptationSet& set_of(std::vector<mpd::AdaptationSet>& sets, const media::Track& track) {
    const bool is_video = track.kind == media::Kind::video;
    const std::string_view kind = is_video ? "video" : "audio";
    const std::string_view codec = std::string_view(track.codec_string).substr(0, 4);
    const auto is_its = [&](const mpd::AdaptationSet& set) {
        return is_video && set.content_type == kind && set.representations.front().codecs.starts_with(codec);
    };
    const auto known = std::ranges::find_if(sets, is_its);
    if (known != sets.end()) return *known;
    const bool is_first =
        std::ranges::none_of(sets, [&](const mpd::AdaptationSet& set) { return set.content_type == kind; });
    return sets.emplace_back(mpd::AdaptationSet{.content_type = std::string(kind),
                                                .mime_type = std::string(hls::content_type_of(track.kind)),
                                                .language = track.language,
                                                .role = is_first ? "main" : "alternate",
                                                .is_independent = true,
                                                .representations = {}});
}

/// From the start of the period to the end of what a rendition has of it, as a player reckons it from the template.
microseconds length(const Reach& reach, const Stretch& stretch) {
    const std::uint32_t timescale = stretch.init().timescale;
    const Ticks end = told_end(reach, stretch, stretch.segments.back());
    const std::int64_t units = end.to(timescale) - reach.period.start.to(timescale);
    return microseconds(units * 1'000'000 / timescale);
}

/// Of one that something follows, or that is the last of an ended stream: until the shortest of its renditions is said to end, since
/// players stop where they think that pictures or sound run out.
std::optional<microseconds> duration(const Reach& reach, std::optional<microseconds> shortest) {
    if (!shortest || (reach.next == nullptr && !reach.index.ended)) return std::nullopt;
    const microseconds lasts = std::max(microseconds(1), *shortest);
    if (reach.next == nullptr || reach.next->wall <= reach.period.wall) return lasts;
    return std::min(lasts, time_of_day(reach.next->wall) - time_of_day(reach.period.wall));
}

mpd::Period write_period(const Reach& reach, std::string_view suffix) {
    mpd::Period period{.id = std::to_string(reach.period.sequence),
                       .start = time_of_day(reach.period.wall),
                       .duration = {},
                       .sets = {}};
    std::optional<microseconds> shortest;
    for (const auto& list : reach.index.renditions) {
        const Stretch its = stretch(reach, *list);
        if (its.segments.empty()) continue;
        mpd::AdaptationSet& set = set_of(period.sets, its.init().track);
        set.representations.push_back(representation(reach, *list, its, suffix));
        set.is_independent &= is_independent(its.segments);
        const microseconds its_length = length(reach, its);
        shortest = std::min(shortest.value_or(its_length), its_length);
    }
    period.duration = duration(reach, shortest);
    return period;
}

/// What there is of a number that is not listed yet.
SegmentRef find_coming(const SegmentList& list, std::uint64_t sequence) {
    for (const SegmentRef& segment : list.ahead)
        if (segment->sequence == sequence) return segment;
    return list.open != nullptr && list.open->sequence == sequence ? list.open : nullptr;
}

struct Division {
    std::vector<Period> periods;
    std::uint64_t untold = std::numeric_limits<std::uint64_t>::max();  ///< the number from which on nothing is said
};

/// The periods of the index, and those that begin with what is not listed yet: as soon as every rendition has begun, since who is
/// in a period is there from its beginning.
Division divide(const SegmentIndex& index) {
    Division division{.periods = index.periods};
    if (!is_low_latency(index) || index.renditions.empty() || division.periods.empty()) return division;
    for (std::uint64_t sequence = index.renditions.front()->listed.back()->sequence + 1;; ++sequence) {
        SegmentRef first;
        bool is_awaited = index.awaits_rungs;
        for (const auto& list : index.renditions) {
            const SegmentRef its = find_coming(*list, sequence);
            is_awaited |= its == nullptr && list->is_offered;
            if (first == nullptr && its != nullptr && has_media(*its)) first = its;
        }
        if (first == nullptr) return division;
        if (!Periods::breaks(*first, division.periods.back())) continue;
        if (is_awaited) {
            division.untold = sequence;
            return division;
        }
        division.periods.push_back(Periods::begun_by(*first));
    }
}

/// When the newest that is told of began to be there, as time of day. Of an open segment that is its first part: what is said
/// of it stays, until it grows beyond that.
base::WallTime newest(const SegmentIndex& index) {
    base::WallTime newest;
    for (const auto& list : index.renditions) {
        for (const auto* segments : {&list->listed, &list->ahead})
            if (!segments->empty())
                newest = std::max(newest, segments->back()->wall + segments->back()->duration.to_duration());
        if (!is_low_latency(index) || list->open == nullptr || list->open->parts.empty()) continue;
        const Segment& open = *list->open;
        const bool is_as_foretold = open.duration <= usual_length(index, *list);
        const Ticks there = is_as_foretold ? open.parts.front().duration : open.duration;
        newest = std::max(newest, open.wall + there.to_duration());
    }
    return newest;
}

base::WallTime oldest(const SegmentIndex& index, base::WallTime newest) {
    base::WallTime oldest = newest;
    for (const auto& list : index.renditions)
        if (!list->listed.empty()) oldest = std::min(oldest, list->listed.front()->wall);
    return oldest;
}

/// A viewer may be as late as the window is long: dash.js takes whoever is later than the maximum back to the live edge.
/// With whole segments as far behind as HLS has its players start; with parts, behind the encoders, three parts and an update.
void tell_times(mpd::Manifest& manifest, const SegmentIndex& index) {
    const bool is_low = has_parts(index);
    const milliseconds unit = unit_of(index);
    manifest.minimum_update_period = update_period(index);
    manifest.suggested_delay = is_low ? encoders_lag + unit * 3 + milliseconds(500) : unit * 3;
    manifest.minimum_buffer = unit;
    manifest.service = mpd::Service{.target = manifest.suggested_delay,
                                    .minimum = manifest.suggested_delay * 2 / 3,
                                    .maximum = std::max(manifest.suggested_delay * 2, manifest.time_shift_buffer),
                                    .slowest = 0.96,
                                    .fastest = 1.04};
}

/// What is said of the same media, the later the higher: each has its own time of publication.
int stage(const SegmentIndex& index, Ended ended) {
    if (!index.ended) return 0;
    return ended == Ended::just_now ? 1 : 2;
}

/// It ends where its last period does; at the latest, as long as it is dynamic.
void tell_end(mpd::Manifest& manifest, const SegmentIndex& index) {
    if (manifest.periods.empty()) return;
    mpd::Period& last = manifest.periods.back();
    manifest.duration = last.start + std::exchange(last.duration, {}).value_or(microseconds());
    if (manifest.is_dynamic) *manifest.duration += std::chrono::ceil<microseconds>(parting(index));
}

}  // namespace

base::Duration parting(const SegmentIndex& index) { return update_period(index) * 2 + std::chrono::seconds(2); }

std::string manifest(const SegmentIndex& index, Ended ended, std::string_view suffix) {
    const base::WallTime end = newest(index);
    mpd::Manifest manifest;
    manifest.is_dynamic = !index.ended || ended == Ended::just_now;
    manifest.published = std::chrono::floor<milliseconds>(end) + milliseconds(stage(index, ended));
    manifest.longest_segment = longest_segment(index);
    manifest.time_shift_buffer = std::chrono::ceil<milliseconds>(end - oldest(index, end));
    tell_times(manifest, index);
    const auto [periods, untold] = divide(index);
    const Ticks common_end = end_of(index);
    for (std::size_t i = 0; i < periods.size(); ++i) {
        const Period* const next = i + 1 < periods.size() ? &periods[i + 1] : nullptr;
        mpd::Period one = write_period(
            {.index = index, .period = periods[i], .next = next, .untold = untold, .end = common_end}, suffix);
        if (!one.sets.empty()) manifest.periods.push_back(std::move(one));
    }
    if (index.ended) tell_end(manifest, index);
    if (manifest.is_dynamic) manifest.clock = clock_address;
    return mpd::write(manifest);
}

}  // namespace weir::package::dash
