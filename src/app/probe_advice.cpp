#include "app/probe_advice.hpp"

#include "config/stream_options.hpp"
#include "transcode/sound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace weir::app {

using media::Codec;
using media::Kind;
using media::Ticks;

namespace {

using Advices = std::vector<Advice>;
using enum Advice::Level;

constexpr Ticks short_group = Ticks::milliseconds(2100);  // two seconds, as encoders round them
constexpr Ticks far_apart = Ticks::milliseconds(1000);
constexpr Ticks late_sound = Ticks::milliseconds(200);
constexpr base::Duration long_silence = std::chrono::seconds(1);

std::string seconds(Ticks value) { return fmt::format("{:.2f} s", value.to_seconds()); }
std::string milliseconds(Ticks value) { return fmt::format("{} ms", value.to_milliseconds()); }

/// The longest that somebody who joins may be away from a keyframe.
Ticks longest_group(const TrackReport& video) { return std::max(video.groups.most, video.last_group); }

/// A segment ends at the first keyframe that is at least `segment` after the last.
std::string segments(const TrackReport& video) {
    const double least = std::chrono::duration<double>(config::StreamOptions{}.segment).count();
    const double shortest = video.groups.least.to_seconds();
    const double longest = video.groups.most.to_seconds();
    if (longest - shortest > longest / 10) return fmt::format("from {:.1f} to {:.1f} s long", least, least + longest);
    const double usual = video.groups.mean().to_seconds();
    return fmt::format("{:.1f} s long", std::ceil(least / usual - 0.05) * usual);
}

void advise_on_keyframes(const TrackReport& video, Advices& out) {
    const Ticks segment = Ticks::from(config::StreamOptions{}.segment);
    const Ticks longest = longest_group(video);
    constexpr std::string_view mend = "set the encoder's keyframe interval to 2 s";
    if (video.keyframes == 0)
        return out.push_back(
            {bad, fmt::format("no keyframe in {}: nobody can begin to watch; {}", seconds(video.duration), mend)});
    if (longest > segment)
        return out.push_back(
            {bad, fmt::format(
                      "keyframes are up to {} apart, more than a segment ({}): HLS and DASH leave the untouched source "
                      "out and "
                      "offer the ladder's rungs alone, and who joins over FLV, TS or RTMP sees a picture that is up to "
                      "{} old; {}",
                      seconds(longest), seconds(segment), seconds(longest), mend)});
    if (video.groups.count == 0)
        return out.push_back({notice, fmt::format("one keyframe in {}: look for longer to see how far they are apart",
                                                  seconds(video.duration))});
    out.push_back({good, fmt::format("HLS and DASH: segments will be {}, each beginning with a keyframe of the source",
                                     segments(video))});
    if (longest <= short_group)
        return out.push_back(
            {good,
             fmt::format("zapping and LL-HLS: whoever joins has a keyframe that is at most {} old", seconds(longest))});
    out.push_back(
        {notice,
         fmt::format("zapping and LL-HLS: whoever joins begins at a keyframe that is up to {} old, and is that much "
                     "further behind or waits so long; {} for less",
                     seconds(longest), mend)});
}

void advise_on_cadence(const TrackReport& video, Advices& out) {
    if (video.groups.count > 1 && video.groups.most - video.groups.least > video.groups.most / 10)
        out.push_back(
            {notice,
             fmt::format("keyframes come unevenly, {} to {} apart: segments will too; turn scene-cut keyframes off",
                         seconds(video.groups.least), seconds(video.groups.most))});
    if (video.steps.count > 10 && video.steps.most > video.steps.mean() * 5 / 2)
        out.push_back(
            {notice,
             fmt::format(
                 "pictures are missing or come unevenly: up to {} from one to the next at {:.2f} frames a second",
                 milliseconds(video.steps.most), video.frame_rate())});
    if (video.reorder > Ticks())
        out.push_back(
            {notice,
             fmt::format("B-frames: a picture waits up to {} for its turn; for the least latency encode without",
                         milliseconds(video.reorder))});
}

/// profile_idc, for what browsers decode: 4:2:0 with eight bits.
void advise_on_codec(const TrackReport& video, Advices& out) {
    const std::string_view text = video.track.codec_string;
    constexpr std::array<std::string_view, 5> unplayable{"avc1.6e", "avc1.7a", "avc1.f4", "avc1.2c", "hvc1.4"};
    if (std::ranges::any_of(unplayable, [&](std::string_view one) { return text.starts_with(one); }))
        out.push_back(
            {bad,
             fmt::format("{} is more than eight bits or 4:2:0: browsers do not play it, they need the ladder's rungs",
                         text)});
    else if (video.track.codec != Codec::h264)
        out.push_back(
            {notice, fmt::format("{} is not played by every browser: those that do not need the ladder's rungs",
                                 media::info(video.track.codec).name)});
}

void advise_on_sound(const TrackReport& audio, Advices& out) {
    if (!transcode::needs_stereo(audio.track))
        return out.push_back({good, "the sound is AAC that every player takes: it is passed through"});
    out.push_back({notice, fmt::format("the sound is {} with {} channels: {} encoded anew as AAC, and the source keeps "
                                       "its own",
                                       media::info(audio.track.codec).name, audio.track.channels,
                                       transcode::is_missed(audio.track) ? "HLS and DASH have it"
                                                                         : "the ladder's rungs have it")});
}

void advise_on_times(const TrackReport& track, Advices& out) {
    const stream::TimestampFaults& faults = track.faults;
    const std::uint64_t jumps = faults.gap + faults.backward;
    const std::string_view kind = media::name(track.track.kind);
    if (jumps > 0)
        out.push_back({bad, fmt::format("{} timestamps jump: {} forward, {} back; the server closes the gaps, and "
                                        "players of the source elsewhere stall "
                                        "or stop there",
                                        kind, faults.gap, faults.backward)});
    if (track.out_of_order > 0)
        out.push_back(
            {bad, fmt::format("{} {} frames have a time that is not after the one before: they are moved or dropped",
                              track.out_of_order, kind)});
    if (faults.drift > 0)
        out.push_back({notice, fmt::format("{} does not keep to its sampling rate: {} corrections of more than 40 ms",
                                           kind, faults.drift)});
}

void advise_on_both(const ProbeReport& report, Advices& out) {
    if (report.apart > far_apart)
        out.push_back(
            {notice,
             fmt::format(
                 "sound and picture come up to {} apart: players must hold that much before they can show either",
                 seconds(report.apart))});
    if (!report.sound_after_picture || report.is_live) return;
    const Ticks late = *report.sound_after_picture;
    if (late > late_sound || late < -late_sound)
        out.push_back({notice, fmt::format("the sound begins {} {} the picture", seconds(late < Ticks() ? -late : late),
                                           late < Ticks() ? "before" : "after")});
}

void advise_on_transport(const format::mpegts::Faults& faults, Advices& out) {
    const std::uint64_t lost = faults.lost + faults.damaged;
    if (lost > 0)
        out.push_back({bad, fmt::format("packets were lost or damaged in {} places, and {} frames with them: mend the "
                                        "network on the way, or give SRT more latency",
                                        lost, faults.frames_dropped)});
    if (faults.encrypted > 0) out.push_back({bad, "parts of it are encrypted and cannot be read"});
    if (faults.leading_pictures_dropped > 0)
        out.push_back({notice, fmt::format("open groups of pictures: {} pictures are dropped because nobody who joins "
                                           "could decode them; encode closed groups",
                                           faults.leading_pictures_dropped)});
}

}  // namespace

std::string_view name(Advice::Level level) noexcept {
    static constexpr std::array<std::string_view, 3> names{"bad", "notice", "good"};
    return names[static_cast<std::size_t>(level)];
}

std::vector<Advice> advice_on(const ProbeReport& report) {
    Advices out;
    for (const TrackReport& track : report.tracks) {
        if (track.frames == 0) continue;
        advise_on_times(track, out);
        if (track.track.kind == Kind::audio) {
            advise_on_sound(track, out);
            continue;
        }
        advise_on_keyframes(track, out);
        advise_on_cadence(track, out);
        advise_on_codec(track, out);
    }
    advise_on_both(report, out);
    if (report.transport) advise_on_transport(*report.transport, out);
    for (const std::string& refusal : report.refusals) out.push_back({bad, refusal});
    if (report.is_live && report.longest_silence > long_silence)
        out.push_back({bad, fmt::format("nothing came for {:.1f} s: players without that much in hand stall",
                                        std::chrono::duration<double>(report.longest_silence).count())});
    if (!report.ended.empty()) out.push_back({bad, "it could not be read to its end: " + report.ended});
    Advices sorted;
    for (const Advice::Level level : {bad, notice, good})
        std::ranges::copy_if(out, std::back_inserter(sorted), [&](const Advice& one) { return one.level == level; });
    return sorted;
}

}  // namespace weir::app
