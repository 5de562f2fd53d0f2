// A report in sentences, and as JSON.
#include "app/probe.hpp"
#include "app/probe_advice.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace weir::app {

using media::Kind;
using media::Ticks;

namespace {

std::string rate(std::uint64_t bits) {
    return bits >= 1'000'000 ? fmt::format("{:.2f} Mbit/s", static_cast<double>(bits) / 1e6)
                             : fmt::format("{:.0f} kbit/s", static_cast<double>(bits) / 1e3);
}

std::uint64_t bits_per_second(const ProbeReport& report) {
    std::uint64_t bits = 0;
    for (const TrackReport& track : report.tracks) bits += track.bitrate();
    return bits;
}

std::string shape(const TrackReport& one) {
    const media::Track& track = one.track;
    if (track.kind == Kind::audio)
        return fmt::format("{} Hz, {} channel{}", track.sample_rate, track.channels, track.channels == 1 ? "" : "s");
    std::string text = fmt::format("{}x{}, {:.2f} frames a second", track.width, track.height, one.frame_rate());
    if (track.frame_rate > 0 && std::abs(track.frame_rate - one.frame_rate()) > track.frame_rate / 50)
        text += fmt::format(" ({:.2f} announced)", track.frame_rate);
    return text;
}

std::string keyframes(const TrackReport& one) {
    if (one.groups.count == 0) return fmt::format("{} keyframe{}", one.keyframes, one.keyframes == 1 ? "" : "s");
    return fmt::format("{} keyframes, every {:.2f} s ({:.2f} to {:.2f})", one.keyframes, one.groups.mean().to_seconds(),
                       one.groups.least.to_seconds(), one.groups.most.to_seconds());
}

std::string times(const TrackReport& one) {
    const stream::TimestampFaults& faults = one.faults;
    if (one.out_of_order + faults.gap + faults.backward + faults.drift == 0)
        return faults.wrap == 0 ? "timestamps are in order" : "timestamps are in order; the clock wrapped";
    return fmt::format("timestamps: {} jumps forward, {} back, {} frames out of order, {} corrections of the rate",
                       faults.gap, faults.backward, one.out_of_order, faults.drift);
}

std::string line_of(const TrackReport& one) {
    std::string text = fmt::format("{} {}: {} ({}), {}", media::name(one.track.kind), one.track.id,
                                   media::info(one.track.codec).name, one.track.codec_string, shape(one));
    if (!one.track.language.empty()) text += ", " + one.track.language;
    text += ", " + rate(one.bitrate());
    if (one.duration > Ticks::milliseconds(2000))
        text += fmt::format(", at most {} in a second", rate(one.most_in_a_second * 8));
    text += '\n';
    if (one.track.kind == Kind::video) text += "    " + keyframes(one) + '\n';
    text += "    " + times(one) + '\n';
    for (const std::string& remark : one.remarks) text += "      " + remark + '\n';
    if (one.changes > 0) text += fmt::format("    its parameters changed {} times\n", one.changes);
    return text;
}

boost::json::value json_of(const Spread& spread) {
    if (spread.count == 0) return nullptr;
    return {{"count", spread.count},
            {"least", spread.least.to_seconds()},
            {"mean", spread.mean().to_seconds()},
            {"most", spread.most.to_seconds()}};
}

template <typename Counts>
boost::json::object counts_of(const Counts& counts) {
    boost::json::object json;
    counts.fields([&](std::string_view name, const auto& value) {
        json[boost::json::string_view(name.data(), name.size())] = value;
    });
    return json;
}

boost::json::object json_of(const TrackReport& one) {
    const media::Track& track = one.track;
    boost::json::object json{{"id", track.id},
                             {"kind", std::string(media::name(track.kind))},
                             {"codec", std::string(media::info(track.codec).name)},
                             {"codec_string", track.codec_string},
                             {"language", track.language},
                             {"frames", one.frames},
                             {"bytes", one.bytes},
                             {"seconds", one.duration.to_seconds()},
                             {"bitrate", one.bitrate()},
                             {"bitrate_most", one.most_in_a_second * 8},
                             {"timestamp_faults", counts_of(one.faults)},
                             {"out_of_order", one.out_of_order},
                             {"parameter_changes", one.changes},
                             {"remarks", boost::json::array(one.remarks.begin(), one.remarks.end())}};
    if (track.kind == Kind::audio) {
        json["sample_rate"] = track.sample_rate;
        json["channels"] = track.channels;
        return json;
    }
    json["width"] = track.width;
    json["height"] = track.height;
    json["frame_rate"] = one.frame_rate();
    json["frame_rate_announced"] = track.frame_rate;
    json["keyframes"] = one.keyframes;
    json["keyframe_seconds"] = json_of(one.groups);
    json["since_keyframe_seconds"] = one.last_group.to_seconds();
    json["reorder_seconds"] = one.reorder.to_seconds();
    return json;
}

}  // namespace

std::string print_text(const ProbeReport& report) {
    std::string text = fmt::format("{}: {}, {:.1f} s, {}", report.source, report.container,
                                   report.duration.to_seconds(), rate(bits_per_second(report)));
    if (report.programs > 1) text += fmt::format(", the first of {} programs", report.programs);
    text += '\n';
    for (const TrackReport& track : report.tracks) text += line_of(track);
    for (const Kind kind : {Kind::video, Kind::audio})
        if (std::ranges::none_of(report.tracks, [kind](const TrackReport& one) { return one.track.kind == kind; }))
            text += fmt::format("no {}\n", media::name(kind));
    text += "what it means:\n";
    for (const Advice& advice : advice_on(report)) text += fmt::format("  {:<7}{}\n", name(advice.level), advice.text);
    return text;
}

std::string print_json(const ProbeReport& report) {
    boost::json::array tracks;
    for (const TrackReport& track : report.tracks) tracks.push_back(json_of(track));
    boost::json::array advice;
    for (const Advice& one : advice_on(report))
        advice.push_back({{"level", std::string(name(one.level))}, {"text", one.text}});
    boost::json::object json{{"source", report.source},
                             {"container", report.container},
                             {"seconds", report.duration.to_seconds()},
                             {"bytes", report.bytes},
                             {"bitrate", bits_per_second(report)},
                             {"tracks", std::move(tracks)},
                             {"apart_seconds", report.apart.to_seconds()},
                             {"refusals", boost::json::array(report.refusals.begin(), report.refusals.end())},
                             {"advice", std::move(advice)}};
    if (report.sound_after_picture) json["sound_after_picture_seconds"] = report.sound_after_picture->to_seconds();
    if (report.transport) json["transport"] = counts_of(*report.transport);
    if (report.transport) json["programs"] = report.programs;
    if (report.is_live) json["longest_silence_seconds"] = std::chrono::duration<double>(report.longest_silence).count();
    return boost::json::serialize(json) + '\n';
}

}  // namespace weir::app
