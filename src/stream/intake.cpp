#include "stream/intake.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "media/frames.hpp"
#include "media/track_config.hpp"

namespace weir::stream {

namespace {

using namespace std::chrono_literals;
using media::Ticks;

constexpr Ticks longest_offset = Ticks::milliseconds(5000);
constexpr Ticks rounding = Ticks::milliseconds(2);
// A source that stalled may catch up by that much at any speed.
constexpr base::Duration longest_lag = 30s;
constexpr std::size_t most_remarks = 16;

std::variant<FrameGrid, AudioGrid> grid_for(const media::Track& track) {
    if (track.kind == media::Kind::video) return FrameGrid(track.frame_rate);
    return AudioGrid(media::frame_duration(track));
}

}  // namespace

// Tracks

void Intake::announce(media::Track track, WireClock clock, base::Instant now) {
    if (!announced_) announced_ = now;
    tick(now);
    if (Line* known = find(track.id)) {
        known->clock = clock;
        if (known->track != track) change(*known, std::move(track));
        return;
    }
    if (lines_.size() >= limits_.tracks) return remark("the source has too many tracks; one is left out");
    auto grid = grid_for(track);
    lines_.push_back({.track = std::move(track), .clock = clock, .grid = std::move(grid), .last_dts = {}});
    const auto is_of = [](media::Kind kind) { return [kind](const Line& line) { return line.track.kind == kind; }; };
    if (tracks_ != nullptr) publish_tracks();
    else if (std::ranges::any_of(lines_, is_of(media::Kind::video)) &&
             std::ranges::any_of(lines_, is_of(media::Kind::audio)))
        complete();
}

void Intake::change(Line& line, media::Track track) {
    // What waits was coded with the old parameters.
    if (tracks_ == nullptr && line.has_waiting) complete();
    auto* const audio = line.track.kind == track.kind ? std::get_if<AudioGrid>(&line.grid) : nullptr;
    if (audio != nullptr) audio->set_frame(media::frame_duration(track));
    else if (line.track.kind != track.kind || line.track.frame_rate != track.frame_rate) line.grid = grid_for(track);
    line.track = std::move(track);
    if (tracks_ != nullptr) publish_tracks();
}

void Intake::tick(base::Instant now) {
    if (tracks_ == nullptr && announced_ && now - *announced_ >= limits_.first_track_set) complete();
}

// Only here are packets sorted: later, order is that of arrival, and nothing waits.
void Intake::complete() {
    publish_tracks();
    std::ranges::sort(waiting_, {}, [](const Item& item) { return std::pair(item.packet.dts, item.packet.track); });
    for (Item& item : waiting_) {
        item.tracks = tracks_;
        ready_.push_back(std::move(item));
    }
    waiting_ = {};
}

void Intake::publish_tracks() {
    auto set = std::make_shared<media::TrackSet>();
    for (const Line& line : lines_) set->tracks.push_back(line.track);
    std::ranges::sort(set->tracks, {}, &media::Track::id);  // whichever announced itself first
    tracks_ = std::move(set);
}

Intake::Line* Intake::find(std::uint32_t track) noexcept {
    const auto line = std::ranges::find(lines_, track, [](const Line& known) { return known.track.id; });
    return line == lines_.end() ? nullptr : &*line;
}

// Samples

base::Result<void> Intake::receive(Sample sample, base::Instant now) {
    tick(now);
    Line* line = find(sample.track);
    if (line == nullptr) return base::fail(base::ErrorKind::malformed, "media came before its sequence header");
    if (sample.payload.empty()) return {};
    sample.composition_offset = bounded_offset(sample.composition_offset);
    if (auto* const audio = std::get_if<AudioGrid>(&line->grid))
        audio->expect(media::own_duration(line->track, sample.payload));
    const WireTime::Reading reading = read_clock(*line, sample);
    const auto placed = std::visit([&](auto& grid) { return place(grid, sample, reading); }, line->grid);
    if (!placed || (line->last_dts && placed->dts <= *line->last_dts)) return {};
    line->last_dts = placed->dts;
    keep_pace(placed->dts, now);
    hand_on(*line, {.track = sample.track,
                    .dts = placed->dts,
                    .pts = std::max(placed->pts, Ticks()),
                    .duration = placed->duration,
                    .keyframe = sample.keyframe || line->track.kind == media::Kind::audio,
                    .payload = std::move(sample.payload)});
    return {};
}

void Intake::hand_on(Line& line, media::Packet packet) {
    if (tracks_ != nullptr) {
        ready_.push_back({std::move(packet), tracks_});
        return;
    }
    line.has_waiting = true;
    waiting_bytes_ += packet.payload.size() + sizeof(Item);
    waiting_.push_back({std::move(packet), nullptr});
    if (waiting_bytes_ > limits_.waiting_bytes.bytes()) complete();
}

WireTime::Reading Intake::read_clock(const Line& line, const Sample& sample) {
    const Ticks frame = std::visit([](const auto& grid) { return grid.frame(); }, line.grid);
    const WireTime::Reading reading = wire_.read(sample.track, line.clock, sample.wire_time, frame);
    if (reading.wrapped) {
        ++faults_.wrap;
        remark("the source's clock wrapped; time goes on");
    }
    if (reading.fault == WireTime::Fault::gap) {
        ++faults_.gap;
        remark(fmt::format("{} timestamps jumped {:.1f} s forward; the gap is closed", media::name(line.track.kind),
                           reading.jump.to_seconds()));
    }
    if (reading.fault == WireTime::Fault::backward) {
        ++faults_.backward;
        remark(fmt::format("{} timestamps went back {:.1f} s; time goes on from where it was",
                           media::name(line.track.kind), -reading.jump.to_seconds()));
    }
    return reading;
}

std::optional<Intake::Placed> Intake::place(FrameGrid& grid, const Sample& sample, const WireTime::Reading& reading) {
    const Ticks dts = grid.place(reading.time, reading.moved);
    const Ticks off = dts - reading.time;
    const bool is_in_place = -rounding <= off && off <= rounding;
    Ticks pts =
        is_in_place ? dts + grid.place_offset(sample.composition_offset) : reading.time + sample.composition_offset;
    if (sample.composition_offset >= Ticks()) pts = std::max(pts, dts);
    return Placed{.dts = dts, .pts = pts, .duration = grid.frame()};
}

std::optional<Intake::Placed> Intake::place(AudioGrid& grid, const Sample&, const WireTime::Reading& reading) {
    const AudioGrid::Place place = grid.place(reading.time, reading.moved);
    if (place.off != Ticks()) {
        ++faults_.drift;
        remark(fmt::format("audio ran {} ms away from its sample count; resynchronized",
                           std::abs(place.off.to_milliseconds())));
    }
    if (place.mode_changed)
        remark(grid.mode() == AudioGrid::Mode::count
                   ? "audio timestamps stand still; the sample count is followed"
                   : "audio does not keep to its sampling rate; its timestamps are followed");
    if (!place.dts) return std::nullopt;
    return Placed{.dts = *place.dts, .pts = *place.dts, .duration = grid.frame()};
}

Ticks Intake::bounded_offset(Ticks composition_offset) {
    if (-longest_offset <= composition_offset && composition_offset <= longest_offset) return composition_offset;
    remark("a picture was to be shown more than 5 s from its decoding time; it is shown at it");
    return {};
}

// Pace

void Intake::keep_pace(Ticks dts, base::Instant now) noexcept {
    newest_ = std::max(newest_, dts);
    const base::Instant zero = now - newest_.to_duration();
    if (!zero_) zero_ = zero;
    // What a source has lost for good is not a lead that it may have.
    zero_ = std::max(*zero_, zero - longest_lag);
}

base::Duration Intake::pause(base::Instant now) {
    if (!zero_) return {};
    const base::Duration lead = *zero_ + newest_.to_duration() - now;
    if (lead <= limits_.lead) {
        if (lead <= limits_.lead / 2) is_ahead_ = false;
        return {};
    }
    if (!std::exchange(is_ahead_, true)) {
        ++faults_.fast;
        remark(fmt::format("the source is {:.1f} s ahead of real time; it is slowed down",
                           std::chrono::duration<double>(lead).count()));
    }
    return lead - limits_.lead;
}

void Intake::remark(std::string text) {
    if (remarks_.size() < most_remarks) remarks_.push_back(std::move(text));
}

}  // namespace weir::stream
