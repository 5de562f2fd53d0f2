#include "package/dash.hpp"

#include "format/mpd.hpp"
#include "package/hls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

namespace weir::package::dash {

namespace {

namespace mpd = format::mpd;
using media::Ticks;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using stream::Segment;
using stream::SegmentIndex;
using stream::SegmentList;
using stream::SegmentRef;

using Segments = std::span<const SegmentRef>;

microseconds in_microseconds(Ticks time) { return microseconds(time.to(1'000'000)); }
milliseconds in_milliseconds(Ticks time) { return milliseconds(time.to_milliseconds()); }

/// One period, and where it ends.
struct Reach {
    const SegmentIndex& index;
    const stream::Period& period;
    const stream::Period* next;  ///< null: it is the last

    /// Of what the rendition lists.
    [[nodiscard]] Segments of(const SegmentList& list) const {
        const auto number = [](const SegmentRef& segment) { return segment->sequence; };
        const auto begin = std::ranges::lower_bound(list.listed, period.sequence, {}, number);
        const auto end =
            next == nullptr ? list.listed.end() : std::ranges::lower_bound(list.listed, next->sequence, {}, number);
        return begin < end ? Segments(begin, end) : Segments();
    }
    [[nodiscard]] microseconds start() const {
        return std::chrono::floor<microseconds>(period.wall.time_since_epoch());
    }
};

/// Runs of equal durations. Each bound is converted by itself, so that no rounding adds up.
std::vector<mpd::Run> timeline(Segments segments, std::uint32_t timescale) {
    std::vector<mpd::Run> runs;
    for (const SegmentRef& segment : segments) {
        const auto start = static_cast<std::uint64_t>(segment->start.to(timescale));
        const auto end = static_cast<std::uint64_t>((segment->start + segment->duration).to(timescale));
        const bool repeats = !runs.empty() && runs.back().duration == end - start;
        if (repeats) ++runs.back().repeat;
        else runs.push_back({.start = start, .duration = end - start});
    }
    return runs;
}

mpd::SegmentTemplate segment_template(const Reach& reach, const SegmentList& list, Segments segments,
                                      std::string_view suffix) {
    const stream::InitSegment& init = *segments.front()->init;
    return {.timescale = init.timescale,
            .presentation_time_offset = static_cast<std::uint64_t>(reach.period.start.to(init.timescale)),
            .start_number = segments.front()->sequence,
            .initialization = fmt::format("{}/{}{}", list.name, hls::init_address(init), suffix),
            .media = fmt::format("{}/{}-$Number$.m4s{}", list.name, reach.index.epoch, suffix),
            .timeline = timeline(segments, init.timescale)};
}

mpd::Representation representation(const Reach& reach, const SegmentList& list, Segments segments,
                                   std::string_view suffix) {
    const media::Track& track = segments.front()->init->track;
    return {.id = list.name,
            .bandwidth = list.peak_bitrate,
            .codecs = track.codec_string,
            .width = track.width,
            .height = track.height,
            .frame_rate = track.frame_rate,
            .sample_rate = track.sample_rate,
            .channels = track.channels,
            .segments = segment_template(reach, list, segments, suffix)};
}

bool is_independent(Segments segments) {
    return std::ranges::all_of(segments, [](const SegmentRef& one) { return one->parts.front().independent; });
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

mpd::Period period(const Reach& reach, std::string_view suffix) {
    mpd::Period period{.id = std::to_string(reach.period.sequence), .start = reach.start(), .duration = {}, .sets = {}};
    std::optional<Ticks> end;  // of the shortest: players stop where one of the two runs out
    for (const auto& list : reach.index.renditions) {
        const Segments segments = reach.of(*list);
        const bool has_media = !segments.empty() && std::ranges::none_of(segments, &Segment::gap);
        if (!has_media || segments.front()->init == nullptr) continue;
        mpd::AdaptationSet& set = set_of(period.sets, segments.front()->init->track);
        set.representations.push_back(representation(reach, *list, segments, suffix));
        set.is_independent &= is_independent(segments);
        const Ticks its_end = segments.back()->start + segments.back()->duration;
        end = std::min(end.value_or(its_end), its_end);
    }
    if (!end || (reach.next == nullptr && !reach.index.ended)) return period;
    period.duration = std::max(microseconds(1), in_microseconds(*end - reach.period.start));
    if (reach.next != nullptr) {
        const auto until = std::chrono::floor<microseconds>(reach.next->wall.time_since_epoch());
        if (until > period.start) period.duration = std::min(*period.duration, until - period.start);
    }
    return period;
}

/// The newest media ends there, as time of day: nothing in the manifest is younger.
base::WallTime newest(const SegmentIndex& index) {
    base::WallTime newest;
    for (const auto& list : index.renditions)
        if (!list->listed.empty())
            newest = std::max(newest, list->listed.back()->wall + list->listed.back()->duration.to_duration());
    return newest;
}

base::WallTime oldest(const SegmentIndex& index, base::WallTime newest) {
    base::WallTime oldest = newest;
    for (const auto& list : index.renditions)
        if (!list->listed.empty()) oldest = std::min(oldest, list->listed.front()->wall);
    return oldest;
}

/// Whole segments: as far behind as HLS has its players start.
void tell_times(mpd::Manifest& manifest, const SegmentIndex& index) {
    const milliseconds target = in_milliseconds(index.target_duration);
    manifest.minimum_update_period = std::max(target / 2, milliseconds(500));
    manifest.suggested_delay = target * 3;
    manifest.minimum_buffer = target;
    manifest.service = mpd::Service{.target = manifest.suggested_delay,
                                    .minimum = target * 2,
                                    .maximum = target * 6,
                                    .slowest = 0.96,
                                    .fastest = 1.04};
}

}  // namespace

std::string manifest(const SegmentIndex& index, std::string_view suffix) {
    const base::WallTime end = newest(index);
    mpd::Manifest manifest;
    manifest.is_dynamic = !index.ended;
    manifest.published = std::chrono::floor<milliseconds>(end);
    manifest.longest_segment = in_milliseconds(index.target_duration);
    manifest.time_shift_buffer = std::chrono::ceil<milliseconds>(end - oldest(index, end));
    tell_times(manifest, index);
    for (std::size_t i = 0; i < index.periods.size(); ++i) {
        const stream::Period* next = i + 1 < index.periods.size() ? &index.periods[i + 1] : nullptr;
        mpd::Period one = period({.index = index, .period = index.periods[i], .next = next}, suffix);
        if (!one.sets.empty()) manifest.periods.push_back(std::move(one));
    }
    if (!manifest.periods.empty() && index.ended)
        manifest.duration = manifest.periods.back().start + manifest.periods.back().duration.value_or(microseconds());
    if (manifest.is_dynamic) manifest.clock = clock_address;
    return mpd::write(manifest);
}

}  // namespace weir::package::dash
