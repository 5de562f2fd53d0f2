#include "format/rtp_frames.hpp"

#include "base/text_bytes.hpp"
#include "format/rtp_fixtures.hpp"
#include "media/h264.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace test;
using testing::ElementsAre;

namespace {

const media::h264::Config config = media::h264::parse_config(from_hex(h264_record)).value();

Format h264() {
    return {.codec = media::Codec::h264,
            .parameters = {
                {"sprop-parameter-sets", base::print_base64(config.sps[0]) + ',' + base::print_base64(config.pps[0])}}};
}

std::string unit(const std::string& slices) { return "00000003" + slices; }

/// A source of frames of three packets: `key` and `delta` with a number that tells them apart.
struct Source {
    std::vector<Packet> key(std::uint32_t number) { return frame(number, "65"); }
    std::vector<Packet> delta(std::uint32_t number) { return frame(number, "41"); }

    std::vector<Packet> frame(std::uint32_t number, const std::string& type) {
        const std::string text = to_hex(std::vector<std::uint8_t>{static_cast<std::uint8_t>(number)});
        return sender.packets({number * 3000, {type + "80" + text, type + "40" + text, type + "20" + text}});
    }
    static std::string heard(std::uint32_t number, const char* type, const char* mark) {
        const std::string text = to_hex(std::vector<std::uint8_t>{static_cast<std::uint8_t>(number)});
        return std::to_string(number * 3000) + mark + unit(type + ("80" + text)) + unit(type + ("40" + text)) +
               unit(type + ("20" + text));
    }
    static std::string heard_key(std::uint32_t number, const char* mark = "*") { return heard(number, "65", mark); }
    static std::string heard_delta(std::uint32_t number) { return heard(number, "41", " "); }

    Sender sender;
};

std::vector<Packet> without(std::vector<Packet> packets, std::size_t index) {
    packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(index));
    return packets;
}

}  // namespace

TEST(RtpFrames, NothingIsPassedOnBeforeTheFirstKeyframe) {
    Listener listener(h264());
    Source source;
    listener.hear(source.delta(1));
    listener.hear(source.key(2));
    EXPECT_THAT(listener.take_units(), ElementsAre(Source::heard_key(2)));
    EXPECT_EQ(listener.counts().frames_dropped, 1U);
    EXPECT_EQ(listener.counts().groups_damaged, 0U) << "nothing is missing";
}

TEST(RtpFrames, AnyPacketThatIsLostCostsTheRestOfItsGroupAndNoMore) {
    for (std::size_t lost = 0; lost < 3; ++lost) {
        SCOPED_TRACE(lost);
        Listener listener(h264());
        Source source;
        listener.hear(source.key(1));
        listener.hear(source.delta(2));
        listener.hear(without(source.delta(3), lost));
        listener.hear(source.delta(4));
        listener.hear(source.key(5));
        listener.hear(source.delta(6));
        EXPECT_THAT(listener.take_units(), ElementsAre(Source::heard_key(1), Source::heard_delta(2),
                                                       Source::heard_key(5, "!*"), Source::heard_delta(6)));
        EXPECT_EQ(listener.counts().groups_damaged, 1U);
        EXPECT_EQ(listener.counts().frames_dropped, 2U);
    }
}

TEST(RtpFrames, AKeyframeThatMissesSomethingIsNoWayOut) {
    for (std::size_t lost = 0; lost < 3; ++lost) {
        SCOPED_TRACE(lost);
        Listener listener(h264());
        Source source;
        listener.hear(source.key(1));
        listener.hear(without(source.key(2), lost));
        listener.hear(source.delta(3));
        listener.hear(source.key(4));
        EXPECT_THAT(listener.take_units(), ElementsAre(Source::heard_key(1), Source::heard_key(4, "!*")));
        EXPECT_EQ(listener.counts().groups_damaged, 1U);
    }
}

TEST(RtpFrames, AWholeFrameThatIsLostIsMissedByTheNextOnes) {
    Listener listener(h264());
    Source source;
    listener.hear(source.key(1));
    (void)source.delta(2);
    listener.hear(source.delta(3));
    listener.hear(source.key(4));
    EXPECT_THAT(listener.take_units(), ElementsAre(Source::heard_key(1), Source::heard_key(4, "!*")));
}

TEST(RtpFrames, AKeyframeRightBehindALossIsWholeWhenItsFirstPacketIs) {
    Listener listener(h264());
    Source source;
    listener.hear(source.key(1));
    listener.hear(without(source.delta(2), 2));
    listener.hear(source.key(3));
    EXPECT_THAT(listener.take_units(), ElementsAre(Source::heard_key(1), Source::heard_key(3, "!*")));
    EXPECT_EQ(listener.counts().frames_dropped, 1U);
}

TEST(RtpFrames, BehindALossAKeyframeNeedsTheParameterSetsThatItsSourceSendsWithEach) {
    const std::vector<std::string> key{to_hex(config.sps[0]), to_hex(config.pps[0]), "658801"};
    Listener listener(h264());
    Sender sender;
    listener.hear(sender.packets({0, key}));
    listener.hear(without(sender.packets({3000, key}), 0));
    listener.hear(without(sender.packets({6000, key}), 1));
    listener.hear(sender.packets({9000, key}));
    EXPECT_THAT(listener.take_units(), ElementsAre("0*" + unit("658801"), "9000!*" + unit("658801")));
    EXPECT_EQ(listener.counts().groups_damaged, 1U);
    EXPECT_EQ(listener.counts().frames_dropped, 2U);
}

TEST(RtpFrames, WithoutAnIdrTheRecoveryPointsOfOpenGroupsAreJoinedAndWhatLeadsThemIsLeftOut) {
    const std::string point = "060601c480";
    Listener listener(h264());
    Sender sender;
    listener.hear(sender.packets({0, {"419a01"}}));
    listener.hear(sender.packets({9000, {point, "419a02"}}));
    listener.hear(sender.packets({3000, {"419a03"}}));
    listener.hear(sender.packets({12'000, {"419a04"}}));
    EXPECT_THAT(listener.take_units(),
                ElementsAre("9000*00000005" + point + unit("419a02"), "12000 " + unit("419a04")));
    listener.hear(sender.packets({15'000, {"658805"}}));
    listener.hear(sender.packets({18'000, {point, "419a06"}}));
    EXPECT_THAT(listener.take_units(),
                ElementsAre("15000*" + unit("658805"), "18000 00000005" + point + unit("419a06")))
        << "where an IDR comes it is the better one";
}

TEST(RtpFrames, APictureThatWouldBeShownBeforeItsIdrIsDamaged) {
    Listener listener(h264());
    Sender sender;
    listener.hear(sender.packets({9000, {"658801"}}));
    listener.hear(sender.packets({12'000, {"419a01"}}));
    listener.hear(sender.packets({6000, {"419a02"}}));
    listener.hear(sender.packets({15'000, {"419a03"}}));
    listener.hear(sender.packets({18'000, {"658804"}}));
    EXPECT_THAT(listener.take_units(),
                ElementsAre("9000*" + unit("658801"), "12000 " + unit("419a01"), "18000!*" + unit("658804")));
    EXPECT_EQ(listener.counts().groups_damaged, 1U);
    EXPECT_EQ(listener.counts().frames_dropped, 2U);
    listener.hear(sender.packets({0xff000000, {"419a05"}}));
    EXPECT_EQ(listener.take_units().size(), 1U) << "its clock began anew";
}

TEST(RtpFrames, ASourceWithoutMarkersIsUnderstoodByItsTimestamps) {
    Listener listener(h264());
    Sender sender;
    for (std::uint32_t i = 0; i < 3; ++i)
        listener.hear(sender.packets({.timestamp = 3000 * i, .payloads = {"658801"}, .marked = false}));
    EXPECT_THAT(listener.take_units(), ElementsAre("0*" + unit("658801"), "3000*" + unit("658801")));
}

TEST(RtpFrames, ASourceThatMarksEverySliceIsUnderstoodByItsTimestampsFromItsSecondGroupOn) {
    Listener listener(h264());
    Sender sender;
    for (std::uint32_t i = 0; i < 4; ++i) {
        listener.hear(sender.packets({3000 * i, {i == 0 || i == 2 ? "658801" : "419a01"}}));
        listener.hear(sender.packets({3000 * i, {i == 0 || i == 2 ? "654001" : "414001"}}));
    }
    listener.hear(sender.packets({12000, {"658801"}}));
    EXPECT_THAT(listener.take_units(), ElementsAre("0*" + unit("658801"), "6000!*" + unit("658801") + unit("654001"),
                                                   "9000 " + unit("419a01") + unit("414001")));
    EXPECT_EQ(listener.counts().groups_damaged, 1U);
}

TEST(RtpFrames, PacketsOfPaddingAloneAreNothing) {
    Listener listener(h264());
    Sender sender;
    listener.hear(sender.packets({0, {"658801", ""}}));
    listener.hear(sender.packets({0, {""}}));
    listener.hear(sender.packets({3000, {"", "419a01"}}));
    listener.hear(sender.packets({6000, {"419a02"}}));
    EXPECT_EQ(listener.take_units().size(), 3U);
    EXPECT_EQ(listener.counts().groups_damaged, 0U);
}

TEST(RtpFrames, AFrameBeyondTheLimitIsDroppedWithItsGroupAndHoldsNoMemory) {
    const DepacketizerLimits limits{.frame = base::ByteCount(40), .packets = 8};
    Listener listener(h264(), limits);
    Source source;
    listener.hear(source.key(1));
    listener.hear(source.sender.packets({6000, std::vector<std::string>(5, "41" + filler(9, 0x80))}));
    listener.hear(source.delta(3));
    listener.hear(source.key(4));
    listener.hear(source.sender.packets({15000, std::vector<std::string>(9, "4180")}));
    listener.hear(source.key(6));
    EXPECT_THAT(listener.take_units(),
                ElementsAre(Source::heard_key(1), Source::heard_key(4, "!*"), Source::heard_key(6, "!*")));
    EXPECT_EQ(listener.counts().groups_damaged, 2U);
    EXPECT_EQ(listener.counts().payloads_refused, 2U);
}

}  // namespace weir::format::rtp
