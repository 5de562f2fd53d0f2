// A publisher of the simulation: pictures and sound with a wire's clock, which may wrap, run fast, and stand still. What it
// sends may be lost on its way; what arrives goes through an intake, as that of any protocol does.
#pragma once

#include "package/source.hpp"
#include "stream/intake.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace weir::checker::test {

using namespace std::chrono_literals;
using media::Ticks;

/// Whatever publishes.
class Sender {
  public:
    virtual ~Sender() = default;
    /// When it sends next.
    [[nodiscard]] virtual base::Instant due() const = 0;
    /// What comes of what it sends; `now` is when it was due.
    [[nodiscard]] virtual std::vector<stream::Item> send(base::Instant now) = 0;
    [[nodiscard]] virtual const stream::TimestampFaults& faults() const noexcept = 0;
};

class Camera final : public Sender {
  public:
    struct Shape {
        std::uint32_t width = 1280;
        stream::WireClock clock{};
        std::uint64_t wire_start = 0;  ///< what the clock says at first
        double speed = 1;              ///< how fast its time goes
    };
    static constexpr std::int64_t frames_per_second = 10;
    static constexpr std::int64_t keyframe_every = 20;
    static constexpr std::int64_t sample_rate = 16'000;

    Camera(const Shape& shape, base::Instant start) : shape_(shape), start_(start) {}

    [[nodiscard]] base::Instant due() const override {
        const double seconds = std::min(video_time(), audio_time()).to_seconds() / shape_.speed;
        return start_ + std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(seconds));
    }
    /// The next access unit.
    [[nodiscard]] std::vector<stream::Item> send(base::Instant now) override {
        const bool is_video = video_time() <= audio_time();
        const bool is_key = !is_video || frames_ % keyframe_every == 0;
        stream::Sample sample{.track = is_video ? media::video_track_id : media::audio_track_id,
                              .wire_time = wire(is_video ? video_time() : audio_time()),
                              .composition_offset = {},
                              .keyframe = is_key,
                              .payload = is_video ? package::test::video_payload(40, is_key)
                                                  : base::Bytes::copy_of(std::string(16, 'a'))};
        ++(is_video ? frames_ : sounds_);
        Way& way = is_video ? pictures_ : sound_;
        way.needs_keyframe |= is_video && now < way.lost_until;
        if (now < way.lost_until || (way.needs_keyframe && !is_key)) return {};
        way.needs_keyframe = false;
        if (!std::exchange(way.is_announced, true)) intake_.announce(track(is_video), shape_.clock, now);
        if (!intake_.receive(std::move(sample), now)) std::abort();
        start_ += intake_.pause(now);  // it is read no faster
        return intake_.take();
    }
    /// It sends nothing for a while, and then goes on with what it has by then: its clock has not stood still.
    void stall(base::Duration time) {
        const Ticks until = std::min(video_time(), audio_time()) + Ticks::from(time);
        while (video_time() < until || frames_ % keyframe_every != 0) ++frames_;
        while (audio_time() < video_time()) ++sounds_;
    }
    /// What it sends until then is lost. What follows a lost picture is of no use before the next keyframe.
    void lose_pictures(base::Instant until) noexcept { pictures_.lost_until = until; }
    void lose_sound(base::Instant until) noexcept { sound_.lost_until = until; }
    [[nodiscard]] const stream::TimestampFaults& faults() const noexcept override { return intake_.faults(); }

  private:
    /// Of one track to the server, which learns of it with the first that arrives.
    struct Way {
        base::Instant lost_until{};
        bool needs_keyframe = false;
        bool is_announced = false;
    };

    [[nodiscard]] media::Track track(bool is_video) const {
        return is_video ? package::test::video_track(shape_.width)
                        : media::track_from_config(media::Codec::aac, tests::from_hex("1410")).value();
    }
    [[nodiscard]] Ticks video_time() const { return Ticks::from(frames_, frames_per_second); }
    [[nodiscard]] Ticks audio_time() const { return Ticks::from(sounds_ * 1024, sample_rate); }
    [[nodiscard]] std::uint64_t wire(Ticks time) const {
        const auto units = static_cast<std::uint64_t>(time.to(shape_.clock.timescale)) + shape_.wire_start;
        return units & ((std::uint64_t{1} << shape_.clock.bits) - 1);
    }

    Shape shape_;
    base::Instant start_;
    stream::Intake intake_{stream::Intake::Limits{}};
    Way pictures_;
    Way sound_;
    std::int64_t frames_ = 0;
    std::int64_t sounds_ = 0;
};

}  // namespace weir::checker::test
