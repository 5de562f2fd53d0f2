// A publisher over RTP and UDP in the simulation: what a `Studio` sends passes a network that does harm to datagrams while it is told
// to, and a receiver makes of it what it can.
#pragma once

#include "checker/camera.hpp"
#include "format/rtp_session.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <variant>
#include <vector>

namespace weir::checker::test {

class RtpSender final : public Sender {
  public:
    enum class Harm : std::uint8_t { flipped, dropped, repeated, reordered };

    RtpSender(unsigned seed, base::Instant start) : start_(start), dice_(seed) {
        using namespace format::rtp;
        for (const media::Track& track : studio_.tracks().tracks)
            EXPECT_TRUE(receiver_.add(parse_format(describe(track)).value(), track.id).has_value());
    }

    /// One in eight datagrams until then.
    void harm(Harm harm, base::Instant until) {
        harm_ = harm;
        until_ = until;
    }

    [[nodiscard]] base::Instant due() const override {
        const base::Instant fresh = start_ + std::min(video_time(), audio_time()).to_duration();
        return late_.empty() ? fresh : std::min(fresh, late_.begin()->first);
    }
    [[nodiscard]] std::vector<stream::Item> send(base::Instant now) override {
        if (!late_.empty() && late_.begin()->first <= now) {
            const Datagram one = std::move(late_.begin()->second);
            late_.erase(late_.begin());
            hear(one, now);
        } else {
            const bool is_video = video_time() <= audio_time();
            for (const Datagram& one : is_video ? studio_.next_picture() : studio_.next_sound()) pass(one, now);
            ++(is_video ? frames_ : sounds_);
        }
        receiver_.tick({now, {}});
        while (auto event = receiver_.next_event()) take(std::move(*event), now);
        intake_.tick(now);
        start_ += intake_.pause(now);
        return intake_.take();
    }
    [[nodiscard]] const stream::TimestampFaults& faults() const noexcept override { return intake_.faults(); }

  private:
    using Datagram = format::rtp::test::Datagram;
    static constexpr stream::WireClock clock{.timescale = media::Ticks::per_second, .bits = 48};

    void pass(const Datagram& one, base::Instant now) {
        if (now >= until_ || up_to(7) != 0) return hear(one, now);
        switch (harm_) {
            case Harm::flipped: return hear({one.medium, one.is_control, flipped(one.bytes)}, now);
            case Harm::dropped: return;
            case Harm::repeated: late_.emplace(now + milliseconds(0, 50), one); return hear(one, now);
            case Harm::reordered: late_.emplace(now + milliseconds(20, 150), one);
        }
    }
    void hear(const Datagram& one, base::Instant now) {
        if (one.is_control) receiver_.receive_control(one.medium, one.bytes, {now, {}});
        else receiver_.receive(one.medium, one.bytes, {now, {}});
    }
    void take(format::rtp::Receiver::Event event, base::Instant now) {
        if (auto* track = std::get_if<media::Track>(&event)) return intake_.announce(std::move(*track), clock, now);
        auto* sample = std::get_if<format::rtp::Sample>(&event);
        if (sample == nullptr) return;
        constexpr std::uint64_t mask = (std::uint64_t{1} << clock.bits) - 1;
        EXPECT_TRUE(intake_.receive({.track = sample->track,
                                     .wire_time = static_cast<std::uint64_t>(sample->dts.count()) & mask,
                                     .composition_offset = sample->composition_offset,
                                     .keyframe = sample->keyframe,
                                     .payload = std::move(sample->payload)},
                                    now));
    }

    /// One bit in some forty bytes.
    base::Bytes flipped(base::ByteView bytes) {
        std::vector<std::uint8_t> data(bytes.begin(), bytes.end());
        for (std::size_t i = 0; i < 1 + data.size() / 40; ++i)
            data[up_to(data.size() - 1)] ^= static_cast<std::uint8_t>(1U << up_to(7));
        return base::Bytes::copy_of(base::ByteView(data));
    }
    std::size_t up_to(std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(dice_); }
    base::Duration milliseconds(int least, int most) {
        return std::chrono::milliseconds(std::uniform_int_distribution(least, most)(dice_));
    }

    [[nodiscard]] Ticks video_time() const { return Ticks::from(frames_, 30); }
    [[nodiscard]] Ticks audio_time() const { return Ticks::from(sounds_ * 1024, 48'000); }

    format::rtp::test::Studio studio_;
    format::rtp::Receiver receiver_{format::rtp::Receiver::Transport::unordered, 77, {}};
    stream::Intake intake_{stream::Intake::Limits{}};
    base::Instant start_;
    std::mt19937 dice_;
    Harm harm_ = Harm::dropped;
    base::Instant until_{};
    std::multimap<base::Instant, Datagram> late_;
    std::int64_t frames_ = 0;
    std::int64_t sounds_ = 0;
};

}  // namespace weir::checker::test
