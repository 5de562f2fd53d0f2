#include "app/probe_findings.hpp"

#include <algorithm>
#include <utility>

namespace weir::app {

using media::Kind;
using media::Ticks;

namespace {

constexpr std::size_t most_remarks = 5;
constexpr std::size_t most_refusals = 16;
constexpr base::Instant no_time{};  // nothing here waits for a clock

/// From one time of a clock to another, the shorter way round.
Ticks distance(std::uint64_t from, std::uint64_t to, stream::WireClock clock) {
    const std::uint64_t mask = (std::uint64_t{1} << clock.bits) - 1;
    const std::uint64_t ahead = (to - from) & mask;
    const auto units =
        ahead <= mask / 2 ? static_cast<std::int64_t>(ahead) : -static_cast<std::int64_t>(mask - ahead + 1);
    return Ticks::from(units, clock.timescale);
}

stream::Intake::Limits without_waiting() {
    stream::Intake::Limits limits;
    limits.first_track_set = {};
    return limits;
}

}  // namespace

void Spread::add(Ticks value) noexcept {
    least = count == 0 ? value : std::min(least, value);
    most = count == 0 ? value : std::max(most, value);
    sum += value;
    ++count;
}

std::uint64_t TrackReport::bitrate() const noexcept {
    const double seconds = duration.to_seconds();
    return seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(bytes) * 8 / seconds) : 0;
}

double TrackReport::frame_rate() const noexcept {
    const double mean = steps.mean().to_seconds();
    return mean > 0 ? 1 / mean : 0;
}

void ProbeFindings::announce(const media::Track& track, stream::WireClock clock) {
    Line& line = lines_[track.id];
    if (line.intake == nullptr) line.intake = std::make_unique<stream::Intake>(without_waiting());
    else if (line.report.track != track) ++line.report.changes;
    line.clock = clock;
    line.report.track = track;
    line.intake->announce(track, clock, no_time);
}

void ProbeFindings::receive(stream::Sample sample) {
    const auto found = lines_.find(sample.track);
    if (found == lines_.end() || sample.payload.empty()) return;
    Line& line = found->second;
    if (!line.raw_first) line.raw_first = sample.wire_time;
    line.raw_newest = sample.wire_time;
    watch_interleaving(line);
    if (!line.intake->receive(std::move(sample), no_time)) return;
    const std::vector<stream::Item> items = line.intake->take();
    if (items.empty()) ++line.report.out_of_order;
    for (const stream::Item& item : items) take(line, item.packet);
    line.report.faults = line.intake->faults();
    for (std::string& remark : line.intake->take_remarks())
        if (line.report.remarks.size() < most_remarks) line.report.remarks.push_back(std::move(remark));
}

void ProbeFindings::take(Line& line, const media::Packet& packet) {
    TrackReport& report = line.report;
    if (line.first) report.steps.add(packet.dts - line.newest);
    else line.first = packet.dts;
    line.newest = packet.dts;
    ++report.frames;
    report.bytes += packet.payload.size();
    report.duration = packet.dts + packet.duration - *line.first;
    report.reorder = std::max(report.reorder, packet.pts - packet.dts);
    std::uint64_t& second = line.seconds[(packet.dts - *line.first).to_milliseconds() / 1000];
    second += packet.payload.size();
    report.most_in_a_second = std::max(report.most_in_a_second, second);
    if (line.seconds.size() > 8) line.seconds.erase(line.seconds.begin());
    if (report.track.kind != Kind::video) return;
    if (packet.keyframe) {
        if (line.newest_keyframe) report.groups.add(packet.pts - *line.newest_keyframe);
        line.newest_keyframe = packet.pts;
        ++report.keyframes;
    }
    if (line.newest_keyframe)
        report.last_group = std::max(Ticks(), packet.pts + packet.duration - *line.newest_keyframe);
}

/// Where the two have one clock, which they have wherever one file or connection brings both.
void ProbeFindings::watch_interleaving(const Line& line) {
    for (const auto& [id, other] : lines_) {
        if (&other == &line || !other.raw_first || other.clock != line.clock) continue;
        const Ticks between = distance(other.raw_newest, line.raw_newest, line.clock);
        const Ticks far = between < Ticks() ? -between : between;
        if (far < Ticks::milliseconds(60'000)) apart_ = std::max(apart_, far);  // beyond, a clock has jumped
    }
}

void ProbeFindings::refuse(std::string_view text) {
    if (refusals_.size() < most_refusals && std::ranges::find(refusals_, text) == refusals_.end())
        refusals_.emplace_back(text);
}

void ProbeFindings::set_transport(const format::mpegts::Faults& faults, std::size_t programs) {
    transport_ = faults;
    programs_ = programs;
}

Ticks ProbeFindings::duration() const noexcept {
    Ticks longest;
    for (const auto& [id, line] : lines_) longest = std::max(longest, line.report.duration);
    return longest;
}

const ProbeFindings::Line* ProbeFindings::first_of(Kind kind) const noexcept {
    for (const auto& [id, line] : lines_)
        if (line.report.track.kind == kind && line.raw_first) return &line;
    return nullptr;
}

ProbeReport ProbeFindings::report() const {
    ProbeReport report{.container = container_,
                       .duration = duration(),
                       .apart = apart_,
                       .refusals = refusals_,
                       .transport = transport_,
                       .programs = programs_};
    for (const auto& [id, line] : lines_) report.tracks.push_back(line.report);
    const Line* video = first_of(Kind::video);
    const Line* audio = first_of(Kind::audio);
    if (video != nullptr && audio != nullptr && video->clock == audio->clock)
        report.sound_after_picture = distance(*video->raw_first, *audio->raw_first, video->clock);
    return report;
}

}  // namespace weir::app
