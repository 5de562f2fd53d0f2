// RTP over a network that loses, doubles, delays and reorders datagrams, in virtual time. The rule: no damaged picture is passed on.
#include "format/rtp_session.hpp"

#include <queue>
#include <random>

namespace weir::format::rtp {

using namespace std::chrono_literals;
using namespace test;
using media::Ticks;

namespace {

struct Weather {
    const char* name;
    double loss;
    double copies;
    base::Duration jitter;
    bool bursts;  ///< what is lost is lost in rows
    friend std::ostream& operator<<(std::ostream& out, const Weather& one) { return out << one.name; }
};

/// Keeps datagrams for as long as they are on their way.
class Network {
  public:
    Network(const Weather& weather, std::uint32_t seed) : weather_(weather), random_(seed) {}

    void send(const Datagram& datagram, base::Duration now) {
        if (weather_.bursts) storm_ = storm_ ? !chance(0.25) : chance(weather_.loss / 4);
        if (weather_.bursts ? storm_ : chance(weather_.loss)) return;
        const int copies = chance(weather_.copies) ? 2 : 1;
        for (int i = 0; i < copies; ++i) way_.emplace(now + 20ms + delay(), order_++, datagram);
    }
    [[nodiscard]] base::Duration next() const { return way_.empty() ? base::Duration::max() : std::get<0>(way_.top()); }
    Datagram take() {
        Datagram datagram = std::get<2>(way_.top());
        way_.pop();
        return datagram;
    }

  private:
    using OnTheWay = std::tuple<base::Duration, std::uint64_t, Datagram>;
    struct Later {
        bool operator()(const OnTheWay& a, const OnTheWay& b) const {
            return std::tie(std::get<0>(a), std::get<1>(a)) > std::tie(std::get<0>(b), std::get<1>(b));
        }
    };

    bool chance(double probability) { return std::uniform_real_distribution<>(0, 1)(random_) < probability; }
    base::Duration delay() {
        return base::Duration(std::uniform_int_distribution<std::int64_t>(0, weather_.jitter.count())(random_));
    }

    const Weather weather_;
    std::mt19937 random_;
    std::priority_queue<OnTheWay, std::vector<OnTheWay>, Later> way_;
    std::uint64_t order_ = 0;
    bool storm_ = false;
};

/// Twenty seconds of stream through the network.
void run(Studio& studio, Ear& ear, Network& network) {
    constexpr base::Duration end = 20s;
    base::Duration picture_at{};
    base::Duration sound_at{};
    while (true) {
        const base::Duration deadline = ear.receiver.deadline().time_since_epoch();
        const base::Duration now = std::min({picture_at, sound_at, network.next(), deadline});
        if (now > end) return;
        if (now == network.next()) {
            ear.hear(network.take(), now);
        } else if (now == deadline) {
            ear.tick(now);
            ASSERT_GT(ear.receiver.deadline().time_since_epoch(), now) << "a tick that does nothing";
        } else if (now == picture_at) {
            for (const Datagram& datagram : studio.next_picture()) network.send(datagram, now);
            picture_at += Ticks::from(1, 30).to_duration();
        } else {
            for (const Datagram& datagram : studio.next_sound()) network.send(datagram, now);
            sound_at += Ticks::from(1024, 48'000).to_duration();
        }
    }
}

class RtpSimulation : public testing::TestWithParam<Weather> {};

}  // namespace

TEST_P(RtpSimulation, NoDamagedPictureIsPassedOn) {
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE(seed);
        Studio studio;
        Ear ear(studio.tracks(), Receiver::Transport::unordered);
        Network network(GetParam(), seed);
        run(studio, ear, network);

        std::optional<Ticks> picture;  ///< sent, the newest that came out
        std::uint64_t pictures = 0;
        for (const Sample& sample : ear.samples) {
            const auto sent = studio.sent().find({sample.track, std::string(base::as_text(sample.payload))});
            ASSERT_NE(sent, studio.sent().end()) << "a frame that nobody sent";
            if (sample.track != 1) continue;
            ++pictures;
            const Ticks step = sent->second.dts - picture.value_or(Ticks::seconds(-1));
            EXPECT_GT(step, Ticks()) << "in order";
            const bool follows = (step - Ticks::from(1, 30)).to_milliseconds() == 0;
            EXPECT_TRUE(sample.keyframe || follows) << "a picture without the one that it needs";
            picture = sent->second.dts;
        }

        const ReceptionCounts counts = ear.receiver.counts(0);
        EXPECT_EQ(counts.samples, pictures);
        EXPECT_EQ(counts.frames.payloads_refused, 0U);
        if (GetParam().loss == 0) {
            EXPECT_EQ(counts.jitter.lost, 0U);
            EXPECT_EQ(counts.frames.groups_damaged, 0U);
            EXPECT_GE(pictures, 590U);
        } else {
            EXPECT_GT(counts.frames.groups_damaged, 3U);
            EXPECT_GT(counts.frames.frames_dropped, 30U);
            EXPECT_GE(pictures, 30U) << "and many come through";
        }
    }
}

TEST_P(RtpSimulation, PicturesAndSoundStayInStep) {
    Studio studio;
    Ear ear(studio.tracks(), Receiver::Transport::unordered);
    Network network(GetParam(), 7);
    run(studio, ear, network);
    std::optional<Ticks> offset;
    for (const Sample& sample : ear.samples) {
        const auto& sent = studio.sent().at({sample.track, std::string(base::as_text(sample.payload))});
        if (sent.dts < Ticks::seconds(5)) continue;
        if (!offset) offset = sample.dts - sent.dts;
        EXPECT_NEAR((sample.dts - sent.dts).to_seconds(), offset->to_seconds(), 0.006);
    }
}

INSTANTIATE_TEST_SUITE_P(Weathers, RtpSimulation,
                         testing::Values(Weather{"clear", 0, 0, 0ms, false}, Weather{"jitter", 0, 0.01, 60ms, false},
                                         Weather{"loss", 0.02, 0, 30ms, false},
                                         Weather{"storms", 0.02, 0.02, 30ms, true}),
                         testing::PrintToStringParamName());

}  // namespace weir::format::rtp
