// Pictures through an encoder and back through a decoder, with the states on the way, and with each call failing once.
#include "av/alive.hpp"
#include "av/decoder.hpp"
#include "av/error.hpp"
#include "av/faults.hpp"
#include "av/pictures.hpp"
#include "av/scaler.hpp"
#include "av/video_encoder.hpp"
#include "media/h264.hpp"
#include "media/track_config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace weir::av {
namespace {

using base::Result;
using media::Ticks;

constexpr Ticks frame_time = Ticks::from(1, 25);

VideoSettings settings(const std::string& preset) {
    return {.width = 128, .height = 72, .frame_rate = 25, .bitrate = 200'000, .preset = preset};
}

Result<std::vector<media::Packet>> encode(VideoEncoder& encoder, int pictures, int keyframe_at) {
    std::vector<media::Packet> packets;
    auto pool = TRY(PicturePool::create(128, 72));
    for (int i = 0; i < pictures; ++i) {
        const Marks marks{.keyframe = i % keyframe_at == 0, .segment_boundary = i % keyframe_at == 0};
        const Frame picture = TRY(moving_picture(pool, i, Ticks(1'000'003) + frame_time * i));
        TRY(encoder.send(picture, marks));
        while (auto packet = TRY(encoder.receive())) packets.push_back(*std::move(packet));
    }
    TRY(encoder.drain());
    while (auto packet = TRY(encoder.receive())) packets.push_back(*std::move(packet));
    return packets;
}

TEST(VideoEncoder, PassesThroughItsStatesAndSaysWhatItMakesBeforeTheFirstPicture) {
    silence();
    auto encoder = *VideoEncoder::create(settings("veryfast"));
    EXPECT_EQ(encoder.state(), EncoderState::header_written);
    EXPECT_EQ(encoder.track().width, 128U);
    EXPECT_EQ(encoder.track().height, 72U);
    EXPECT_DOUBLE_EQ(encoder.track().frame_rate, 25) << "the header has the encoder's clock, not the frame rate";
    EXPECT_EQ(encoder.track().codec_string.substr(0, 5), "avc1.");
    auto pool = *PicturePool::create(128, 72);
    ASSERT_TRUE(encoder.send(*moving_picture(pool, 0, Ticks(1)), {}).has_value());
    EXPECT_EQ(encoder.state(), EncoderState::encoding);
    ASSERT_TRUE(encoder.drain().has_value());
    EXPECT_EQ(encoder.state(), EncoderState::draining);
    ASSERT_TRUE((*encoder.receive()).has_value());
    EXPECT_FALSE((*encoder.receive()).has_value());
    EXPECT_EQ(encoder.state(), EncoderState::closed);
    EXPECT_FALSE(encoder.send(*moving_picture(pool, 1, Ticks(2)), {}).has_value());
}

TEST(VideoEncoder, GivesEachPacketTheTimeOfItsPictureToTheTick) {
    auto encoder = *VideoEncoder::create(settings("veryfast"));
    const auto packets = *encode(encoder, 60, 20);
    ASSERT_EQ(packets.size(), 60U);
    std::vector<Ticks> times;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        times.push_back(packets[i].pts);
        EXPECT_LE(packets[i].dts, packets[i].pts);
        if (i > 0) EXPECT_EQ(packets[i].dts - packets[i - 1].dts, frame_time);
        EXPECT_EQ(packets[i].duration, frame_time);
    }
    std::ranges::sort(times);
    for (std::size_t i = 0; i < times.size(); ++i)
        EXPECT_EQ(times[i], Ticks(1'000'003) + frame_time * static_cast<std::int64_t>(i));
}

TEST(VideoEncoder, MakesKeyframesWhereTheyAreAskedForAndNowhereElse) {
    auto encoder = *VideoEncoder::create(settings("veryfast"));
    const auto packets = *encode(encoder, 60, 20);
    for (const media::Packet& packet : packets) {
        const bool asked = (packet.pts - Ticks(1'000'003)).count() % (frame_time * 20).count() == 0;
        EXPECT_EQ(packet.keyframe, asked);
        EXPECT_EQ(packet.segment_boundary, asked);
        EXPECT_EQ(*media::picture(media::Codec::h264, packet.payload) == media::nal::Picture::idr, asked);
    }
}

TEST(VideoEncoder, LeavesDelimitersAndItsOwnNamesOut) {
    auto encoder = *VideoEncoder::create(settings("veryfast"));
    const auto packets = *encode(encoder, 10, 5);
    for (const media::Packet& packet : packets) {
        media::nal::UnitReader units(packet.payload);
        while (const auto unit = *units.next()) EXPECT_TRUE(media::h264::is_picture(media::h264::nal_type(*unit)));
    }
}

TEST(VideoEncoder, MakesTheSameHeaderEveryTime) {
    const auto first = *VideoEncoder::create(settings("veryfast"));
    const auto second = *VideoEncoder::create(settings("veryfast"));
    EXPECT_EQ(first.track(), second.track());
}

TEST(VideoEncoder, RefusesSettingsThatTheEncoderDoesNotKnow) {
    VideoSettings wrong = settings("very fast indeed");
    EXPECT_FALSE(VideoEncoder::create(wrong).has_value());
    wrong = settings("veryfast");
    wrong.codec = media::Codec::vp9;
    EXPECT_EQ(VideoEncoder::create(wrong).error().kind, base::ErrorKind::unsupported);
}

TEST(Decoder, PassesThroughItsStatesAndWaitsForAKeyframe) {
    auto encoder = *VideoEncoder::create(settings("ultrafast"));
    const auto packets = *encode(encoder, 10, 5);
    Decoder decoder;
    EXPECT_EQ(decoder.state(), DecoderState::created);
    ASSERT_TRUE(decoder.open(encoder.track()).has_value());
    EXPECT_EQ(decoder.state(), DecoderState::opened);
    ASSERT_TRUE(decoder.send(packets[3]).has_value());
    EXPECT_EQ(decoder.state(), DecoderState::opened);
    ASSERT_TRUE(decoder.send(packets[5]).has_value());
    EXPECT_EQ(decoder.state(), DecoderState::scanning);
    const auto frame = *decoder.receive();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->pts(), packets[5].pts);
    EXPECT_EQ(decoder.state(), DecoderState::streaming);
    ASSERT_TRUE(decoder.drain().has_value());
    EXPECT_EQ(decoder.state(), DecoderState::draining);
    EXPECT_FALSE((*decoder.receive()).has_value());
    EXPECT_EQ(decoder.state(), DecoderState::closed);
}

/// Encodes, decodes and scales some pictures.
Result<int> whole_run() {
    auto encoder = TRY(VideoEncoder::create(settings("veryfast")));
    const auto packets = TRY(encode(encoder, 8, 4));
    Decoder decoder;
    TRY(decoder.open(encoder.track()));
    std::optional<Scaler> scaler;
    int pictures = 0;
    const auto receive = [&] -> Result<void> {
        while (const auto frame = TRY(decoder.receive())) {
            if (!scaler) scaler = TRY(Scaler::create(format_of(*frame), 64, 64));
            TRY(scaler->scale(*frame));
            ++pictures;
        }
        return {};
    };
    for (const media::Packet& packet : packets) {
        TRY(decoder.send(packet));
        TRY(receive());
    }
    TRY(decoder.drain());
    TRY(receive());
    return pictures;
}

TEST(Faults, EveryCallMayFailAndIsAnErrorThatLeavesNothingAlive) {
    silence();
    faults::arm(0);
    EXPECT_EQ(*whole_run(), 8);
    const std::uint64_t calls = faults::disarm();
    ASSERT_GT(calls, 50U);
    for (std::uint64_t n = 1; n <= calls; ++n) {
        faults::arm(n);
        EXPECT_FALSE(whole_run().has_value()) << "call " << n;
        faults::disarm();
        ASSERT_EQ(alive(), Alive{}) << "call " << n;
    }
}

}  // namespace
}  // namespace weir::av
