// An encoder in miniature that publishes over a wire of whole milliseconds, and lies about time as it is told to. Each sample
// carries the true time of its picture or sound, so that a test can say how far the server's idea of time is from the truth.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "stream/fixtures.hpp"
#include "stream/intake.hpp"

namespace weir::stream::test {

/// What came out of the intake.
struct Shipped {
    std::uint32_t track;
    Ticks dts;
    Ticks pts;
    Ticks duration;
    Ticks truth;  ///< when it was to be decoded, by the source's own time
    base::Instant now;
};

class Source {
  public:
    struct Options {
        std::int64_t frames = 30;  ///< in `seconds`; 0: no video
        std::int64_t seconds = 1;
        std::int64_t sample_rate = 48000;  ///< 0: no audio
        double true_sample_rate = 0;       ///< what the sound card does; 0: `sample_rate`
        bool announces_frame_rate = false;
        int reorder = 0;  ///< frames that a picture may be shown later
        std::int64_t keyframe_every = 60;
        base::Duration audio_behind = 0s;  ///< how much later sound is sent than the picture of the same time
        double speed = 1;                  ///< how fast it sends, compared to real time
        std::uint64_t start = 0;           ///< what the wire's clock says at the beginning, in milliseconds
        bool honors_pause = true;
    };

    explicit Source(Options options, Intake::Limits limits = {}) : options_(options), intake(limits) {
        video_.period = options.frames == 0
                            ? 0
                            : 1000.0 * static_cast<double>(options.seconds) / static_cast<double>(options.frames);
        const double rate =
            options.true_sample_rate > 0 ? options.true_sample_rate : static_cast<double>(options.sample_rate);
        audio_.period = options.sample_rate == 0 ? 0 : 1024'000.0 / rate;
    }

    /// What the wire says in milliseconds for a true time; a test that tells a lie replaces it.
    std::function<double(std::uint32_t track, double truth)> stamp = [](std::uint32_t, double truth) { return truth; };
    /// What is not sent at all.
    std::function<bool(std::uint32_t track, double truth)> lost = [](std::uint32_t, double) { return false; };

    void announce() {
        media::Track video = video_track(1280, options_.announces_frame_rate ? static_cast<double>(options_.frames) /
                                                                                   static_cast<double>(options_.seconds)
                                                                             : 0);
        if (video_.period > 0) intake.announce(video, {}, clock());
        if (audio_.period > 0)
            intake.announce(audio_track(static_cast<std::uint32_t>(options_.sample_rate)), {}, clock());
    }

    /// Sends up to the true time `until`, in milliseconds.
    void send(double until) {
        while (true) {
            const double next_video = video_.period > 0 ? video_.due() : 1e300;
            const double next_audio =
                audio_.period > 0
                    ? audio_.due() + std::chrono::duration<double, std::milli>(options_.audio_behind).count()
                    : 1e300;
            if (std::min(next_video, next_audio) >= until) return;
            if (next_video <= next_audio) send_one(media::video_track_id, video_, next_video);
            else send_one(media::audio_track_id, audio_, next_audio);
        }
    }

    [[nodiscard]] std::vector<Shipped> of(std::uint32_t track) const {
        std::vector<Shipped> result;
        for (const Shipped& one : shipped)
            if (one.track == track) result.push_back(one);
        return result;
    }
    [[nodiscard]] base::Instant clock() const { return now_; }

  private:
    struct Line {
        double period = 0;
        std::int64_t index = 0;
        [[nodiscard]] double due() const { return period * static_cast<double>(index); }
    };

    void send_one(std::uint32_t track, Line& line, double when) {
        const double truth = line.due();
        const std::int64_t index = line.index++;
        const auto real = std::chrono::duration_cast<base::Duration>(
            std::chrono::duration<double, std::milli>(when / options_.speed));
        now_ = std::max(now_, at(real).instant + paused_);
        if (lost(track, truth)) return;
        const auto said = static_cast<std::int64_t>(std::floor(stamp(track, truth) + 1e-6)) +
                          static_cast<std::int64_t>(options_.start);
        Sample sample{.track = track,
                      .wire_time = static_cast<std::uint64_t>(said) & 0xffffffffU,
                      .composition_offset = track == media::video_track_id ? composition(index, line.period) : Ticks(),
                      .keyframe = track == media::video_track_id && index % options_.keyframe_every == 0,
                      .payload = base::Bytes::copy_of(std::to_string(std::llround(truth * 705'600)))};
        ASSERT_TRUE(intake.receive(std::move(sample), now_));
        collect();
        const base::Duration pause = intake.pause(now_);
        longest_pause = std::max(longest_pause, pause);
        if (options_.honors_pause) {
            now_ += pause;
            paused_ += pause;
        }
    }

    // 2, 4, 0, 1 | 2, 4, ... as an encoder with B-pictures does, in whole milliseconds.
    [[nodiscard]] Ticks composition(std::int64_t index, double period) const {
        static constexpr std::array pattern{2, 4, 0, 1};
        if (options_.reorder == 0) return {};
        const double frames = pattern[static_cast<std::size_t>(index) % pattern.size()];
        const double dts = static_cast<double>(index) * period;
        return ms(static_cast<std::int64_t>(std::floor(dts + frames * period)) -
                  static_cast<std::int64_t>(std::floor(dts)));
    }

    void collect() {
        for (const Item& item : intake.take()) {
            const media::Packet& packet = item.packet;
            shipped.push_back({.track = packet.track,
                               .dts = packet.dts,
                               .pts = packet.pts,
                               .duration = packet.duration,
                               .truth = Ticks(std::stoll(std::string(base::as_text(packet.payload)))),
                               .now = now_});
        }
        for (std::string& text : intake.take_remarks()) remarks.push_back(std::move(text));
    }

    Options options_;
    Line video_;
    Line audio_;
    base::Instant now_ = at(0s).instant;
    base::Duration paused_{};

  public:
    Intake intake;
    std::vector<Shipped> shipped;
    std::vector<std::string> remarks;
    base::Duration longest_pause{};
};

/// What every publication must keep, whatever its source does: decoding times that strictly increase on each track, and
/// presentation times that are never negative.
inline std::string broken_promise(const std::vector<Shipped>& shipped) {
    std::map<std::uint32_t, Ticks> last;
    for (const Shipped& one : shipped) {
        if (one.pts < Ticks()) return "a negative presentation time";
        if (last.contains(one.track) && one.dts <= last[one.track])
            return "time of track " + std::to_string(one.track) + " stands or goes back at " +
                   std::to_string(one.truth.to_milliseconds()) + " ms";
        last[one.track] = one.dts;
    }
    return "";
}

/// How far sound is ahead of the picture (negative: behind), in milliseconds, judged by the last of each before `truth`.
inline double ahead(const std::vector<Shipped>& shipped, double truth) {
    double video = 0;
    double audio = 0;
    for (const Shipped& one : shipped)
        if (one.truth.to_seconds() * 1000 < truth)
            (one.track == media::video_track_id ? video : audio) = (one.dts - one.truth).to_seconds() * 1000;
    return video - audio;
}

/// The longest time between two packets of a track, in milliseconds.
inline double longest_step(const std::vector<Shipped>& track) {
    double longest = 0;
    for (std::size_t i = 1; i < track.size(); ++i)
        longest = std::max(longest, (track[i].dts - track[i - 1].dts).to_seconds() * 1000);
    return longest;
}

}  // namespace weir::stream::test
