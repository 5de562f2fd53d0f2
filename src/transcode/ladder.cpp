#include "transcode/ladder.hpp"

#include "transcode/sound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

namespace weir::transcode {

namespace {

namespace relay = format::relay;

constexpr std::uint64_t stereo_bitrate = 128'000;
constexpr std::uint64_t mono_bitrate = 64'000;
constexpr std::array<std::string_view, 4> profiles{"", "baseline", "main", "high"};
constexpr std::array<std::string_view, 2> devices{"auto", "cpu"};

/// A rung on its way into the plan.
struct Candidate {
    relay::RungSetup setup;
    std::string left_out;
};

bool is_one_of(std::span<const std::string_view> words, std::string_view word) noexcept {
    return std::ranges::find(words, word) != words.end();
}

// Nearest even number that is not larger than `most`.
std::uint32_t even(double value, std::uint32_t most) noexcept {
    const auto nearest = static_cast<std::uint32_t>(std::lround(value / 2)) * 2;
    return std::max<std::uint32_t>(2, std::min(nearest, most & ~1U));
}

std::string in_kilobits(std::uint64_t bits) { return base::print(base::BitRate(bits / 1000 * 1000)); }

/// The rules, one question each.
class Chooser {
  public:
    Chooser(const media::Track& video, std::uint64_t source_bitrate) noexcept
        : video_(video),
          source_bitrate_(source_bitrate),
          short_side_(std::min(video.width, video.height)),
          is_upright_(video.height > video.width) {}

    [[nodiscard]] Candidate candidate(const config::Rung& rung) const;

  private:
    [[nodiscard]] std::string reason(const config::Rung& rung) const;
    [[nodiscard]] bool is_offered() const noexcept;

    const media::Track& video_;
    const std::uint64_t source_bitrate_;
    const std::uint32_t short_side_;
    const bool is_upright_;
};

Candidate Chooser::candidate(const config::Rung& rung) const {
    const double shape = static_cast<double>(std::max(video_.width, video_.height)) / short_side_;
    // Where a side is the source's own, the other is too.
    const std::uint32_t height = rung.height & ~1U;
    const std::uint32_t width =
        even(shape * height, rung.height > short_side_ ? UINT32_MAX : std::max(video_.width, video_.height));
    return {.setup = {.name = rung.name,
                      .kind = media::Kind::video,
                      .codec = config::print_value(rung.codec),
                      .width = is_upright_ ? height : width,
                      .height = is_upright_ ? width : height,
                      .bitrate = rung.bitrate.bits_per_second(),
                      .maximum_bitrate = rung.maximum_bitrate.bits_per_second(),
                      .preset = rung.preset,
                      .profile = rung.profile,
                      .frame_rate = rung.frame_rate,
                      .crf = rung.crf,
                      .device = rung.device},
            .left_out = reason(rung)};
}

std::string Chooser::reason(const config::Rung& rung) const {
    if (rung.height > short_side_)
        return fmt::format("larger than the source, which is {}x{}", video_.width, video_.height);
    const std::uint64_t bitrate = rung.bitrate.bits_per_second();
    if (rung.height == short_side_ && is_offered() && source_bitrate_ > 0 && source_bitrate_ * 10 <= bitrate * 12)
        return fmt::format("the source itself is {}x{} at {}", video_.width, video_.height,
                           in_kilobits(source_bitrate_));
    if (rung.codec != config::RungCodec::h264)
        return fmt::format("this build does not encode {}", config::print_value(rung.codec));
    if (!is_one_of(devices, rung.device))
        return fmt::format("this build does not encode on the device '{}'", rung.device);
    if (!is_one_of(presets(), rung.preset)) return fmt::format("x264 has no preset '{}'", rung.preset);
    if (!is_one_of(profiles, rung.profile))
        return fmt::format("this build does not encode the profile '{}'", rung.profile);
    return {};
}

// What players take; keyframes too far apart show only later, and then the rung of this height is missed until the next start.
bool Chooser::is_offered() const noexcept { return video_.codec != media::Codec::vp9; }

std::vector<Candidate> candidates(const media::Track& video, std::uint64_t bitrate, const config::Ladder& ladder) {
    const Chooser chooser(video, bitrate);
    // Highest first; of one height the one of the higher rate; else as they were written.
    const auto worth = [](const Candidate& one) {
        return std::pair(std::min(one.setup.width, one.setup.height), one.setup.bitrate);
    };
    std::vector<Candidate> found;
    for (const config::Rung& rung : ladder) {
        Candidate one = chooser.candidate(rung);
        found.insert(std::ranges::upper_bound(found, worth(one), std::greater(), worth), std::move(one));
    }
    std::size_t made = 0;
    for (Candidate& one : found)
        if (one.left_out.empty() && ++made >= most_rungs)
            one.left_out = fmt::format("a stream has at most {} rungs", most_rungs - 1);
    return found;
}

relay::RungSetup stereo_rung(const media::Track& audio) {
    return {.name = std::string(stereo),
            .kind = media::Kind::audio,
            .codec = "aac",
            .width = 0,
            .height = 0,
            .bitrate = audio.channels == 1 ? mono_bitrate : stereo_bitrate,
            .maximum_bitrate = 0,
            .preset = {},
            .profile = {},
            .frame_rate = 0,
            .crf = 0,
            .device = "cpu"};
}

// Leaves out from the top what the machine cannot carry, and says what that would have taken. The cores that remain.
double leave_out_what_is_too_much(std::vector<Candidate>& rungs, double always, const SourceLoad& load,
                                  const format::CostModel& costs, const Room& room) {
    std::vector<double> cores;
    std::vector<Candidate*> made;
    for (Candidate& rung : rungs) {
        if (!rung.left_out.empty()) continue;
        made.push_back(&rung);
        cores.push_back(rung_cores(costs, load, rung.setup));
    }
    if (made.empty()) return 0;
    const std::size_t gone = too_many(always, cores, room.free);
    double needed = always;
    for (std::size_t i = made.size(); i-- > 0;) {
        const double with_this = needed + cores[i];
        if (i >= gone) needed = with_this;
        else
            made[i]->left_out =
                fmt::format("needs {:.1f} of {:g} cores together with what is below it; {:.1f} are free", with_this,
                            room.cores, room.free);
    }
    return gone < made.size() ? needed : 0;
}

stream::RungPlan planned(const relay::RungSetup& setup, std::string left_out) {
    return {.name = setup.name,
            .kind = setup.kind,
            .width = setup.width,
            .height = setup.height,
            .bitrate = setup.bitrate,
            .left_out = std::move(left_out)};
}

void add(Choice& choice, relay::RungSetup setup, std::string left_out) {
    choice.plan.push_back(planned(setup, std::move(left_out)));
    if (choice.plan.back().left_out.empty()) choice.setup.rungs.push_back(std::move(setup));
}

void add_pictures(Choice& choice, const media::Track& video, std::uint64_t bitrate, const config::Ladder& ladder,
                  double of_sound, const format::CostModel& costs, const Room& room) {
    const SourceLoad load{.width = video.width, .height = video.height, .frame_rate = video.frame_rate};
    std::vector<Candidate> rungs = candidates(video, bitrate, ladder);
    choice.cores = leave_out_what_is_too_much(rungs, decode_cores(costs, load) + of_sound, load, costs, room);
    for (Candidate& rung : rungs) add(choice, std::move(rung.setup), std::move(rung.left_out));
}

void add_sound_alone(Choice& choice, const media::Track& audio, double cores, const Room& room) {
    if (cores > room.free)
        return add(choice, stereo_rung(audio),
                   fmt::format("needs {:.3f} of {:g} cores; {:.3f} are free", cores, room.cores, room.free));
    choice.cores = cores;
    add(choice, stereo_rung(audio), {});
}

}  // namespace

Choice choose(const stream::SourceShape& source, const config::Ladder& ladder, const config::StreamOptions& options,
              const format::CostModel& costs, const Room& room) {
    const media::Track* const video = source.tracks->first(media::Kind::video);
    const media::Track* const audio = source.tracks->first(media::Kind::audio);
    if (options.transcode == config::Transcode::never) return {};

    Choice choice;
    choice.setup.keyframe = media::Ticks::from(options.keyframe);
    choice.setup.low_latency = options.latency == config::Latency::low;
    choice.setup.memory = room.memory.bytes();
    choice.setup.cores = static_cast<std::uint32_t>(room.cores);
    const bool with_stereo = audio != nullptr && needs_stereo(*audio);
    const double of_sound = with_stereo ? costs.audio : 0;
    if (options.ladder != "none" && video != nullptr && video->width > 0 && video->height > 0)
        add_pictures(choice, *video, source.bitrate, ladder, of_sound, costs, room);
    // Sound is encoded anew for the rungs of pictures: `source` keeps its own. Alone it is for all that could not be heard otherwise.
    if (!with_stereo) return choice;
    if (!choice.setup.rungs.empty()) add(choice, stereo_rung(*audio), {});
    else if (is_missed(*audio)) add_sound_alone(choice, *audio, of_sound, room);
    return choice;
}

}  // namespace weir::transcode
