#include "format/rtp_nal.hpp"

#include "base/text_bytes.hpp"
#include "format/rtp_fixtures.hpp"
#include "media/h264.hpp"
#include "media/hevc.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace test;
using media::Codec;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

// The parameter sets of two encoders, whole.
const std::string sps = to_hex(media::h264::parse_config(from_hex(h264_record)).value().sps.front());
const std::string pps = "68ef8fcb";

std::string sprop() { return base::print_base64(from_hex(sps)) + ',' + base::print_base64(from_hex(pps)); }

Format h264(const std::string& sets = sprop()) {
    return {.codec = Codec::h264, .parameters = {{"packetization-mode", "1"}, {"sprop-parameter-sets", sets}}};
}

struct Row {
    const char* name;
    std::vector<std::string> payloads;
    const char* unit;  ///< with four-byte lengths
};
// RFC 6184 5.6, 5.7.1, 5.8.
const Row h264_rows[] = {
    {"single NAL unit packet", {"6588ff01"}, "000000046588ff01"},
    {"two slices in two packets", {"6588ff01", "6540ff02"}, "000000046588ff01000000046540ff02"},
    {"STAP-A: SEI and a slice", {"78 0003 060501 0004 6588ff01"}, "00000003060501000000046588ff01"},
    {"FU-A in three parts", {"7c85 88ff", "7c05 0102", "7c45 03"}, "000000066588ff010203"},
    {"FU-A whose end is not marked", {"7c85 88ff", "7c05 0102"}, "000000056588ff0102"},
    {"FU-A, and another slice behind", {"7c85 88ff", "7c45 01", "6540ee"}, "000000046588ff01000000036540ee"},
    {"FU-A that begins anew without an end", {"7c85 88ff", "7c85 40aa", "7c45 bb"}, "000000036588ff000000046540aabb"},
    {"delimiter and filler are left out", {"09f0", "6588ff01", "0cffff80"}, "000000046588ff01"},
    {"start codes in the payload", {"00000001 6588ff01 000001 6540ff02"}, "000000046588ff01000000046540ff02"},
};
// RFC 7798 4.4.1 to 4.4.3.
const Row hevc_rows[] = {
    {"single NAL unit packet", {"2601af01"}, "000000042601af01"},
    {"aggregation packet", {"6001 0004 4e0105aa 0004 2601af01"}, "000000044e0105aa000000042601af01"},
    {"fragmentation units", {"6201 93 af01", "6201 13 02", "6201 53 03"}, "000000062601af010203"},
    {"delimiter is left out", {"460150", "2601af01"}, "000000042601af01"},
};

}  // namespace

TEST(RtpH264, EveryPacketizationGivesTheAccessUnitThatWasSent) {
    for (const Row& row : h264_rows) {
        SCOPED_TRACE(row.name);
        Listener listener(h264());
        Sender sender;
        listener.hear(sender.packets({9000, row.payloads}));
        EXPECT_THAT(listener.take_units(), ElementsAre("9000*" + std::string(row.unit)));
        EXPECT_EQ(listener.counts().payloads_refused, 0U) << listener.refusal();
    }
}

TEST(RtpH264, ParameterSetsOfTheSessionDescriptionDescribeTheTrackAtOnce) {
    const Listener listener(h264());
    ASSERT_EQ(listener.tracks.size(), 1U);
    EXPECT_EQ(listener.tracks[0], track(Codec::h264, h264_record));
}

TEST(RtpH264, ParameterSetsAmongThePicturesDescribeTheTrackAndAreTakenOut) {
    Listener listener(h264(""));
    Sender sender;
    EXPECT_THAT(listener.tracks, IsEmpty());
    listener.hear(sender.packets({0, {sps, pps, "6588ff01"}}));
    ASSERT_EQ(listener.tracks.size(), 1U);
    EXPECT_EQ(listener.tracks[0], track(Codec::h264, h264_record));
    EXPECT_THAT(listener.take_units(), ElementsAre("0*000000046588ff01"));
    listener.hear(sender.packets({3000, {sps, pps, "6588ff02"}}));
    EXPECT_EQ(listener.tracks.size(), 1U) << "they are the same";
}

TEST(RtpH264, OtherParameterSetsAreAnotherTrackBeforeThePictureThatNeedsThem) {
    const auto other = media::h264::parse_config(
                           from_hex("0142c00cffe100186742c00cd90141fb0110000003001000000301e0f142a48001000568cb83cb20"))
                           .value();
    Listener listener(h264());
    Sender sender;
    listener.hear(sender.packets({0, {"6588ff01"}}));
    listener.hear(sender.packets({3000, {to_hex(other.sps[0]), to_hex(other.pps[0]), "6588ff02"}}));
    ASSERT_EQ(listener.tracks.size(), 2U);
    EXPECT_EQ(listener.tracks[1].width, 320U);
    EXPECT_THAT(listener.take_units(), ElementsAre("0*000000046588ff01", "3000*000000046588ff02"));
}

TEST(RtpH264, ParameterSetsWithAMomentOfTheirOwnAreNoFrame) {
    Listener listener(h264(""));
    Sender sender;
    listener.hear(sender.packets({3000, {sps}}));
    listener.hear(sender.packets({3000, {pps}}));
    listener.hear(sender.packets({3000, {"6588ff01"}}));
    EXPECT_THAT(listener.take_units(), ElementsAre("3000*000000046588ff01"));
    EXPECT_EQ(listener.counts().groups_damaged, 0U);
}

TEST(RtpH264, WithoutParameterSetsThereIsNoPicture) {
    Listener listener(h264("no,base64!"));
    Sender sender;
    listener.hear(sender.packets({0, {"6588ff01"}}));
    EXPECT_THAT(listener.take_units(), IsEmpty());
    EXPECT_EQ(listener.counts().frames_dropped, 1U);
}

TEST(RtpH264, WhatIsBrokenCostsItsGroupAndNothingMore) {
    for (const std::vector<std::string>& broken : std::vector<std::vector<std::string>>{
             {"419aff", "7c01 aabb"},  // a fragment without a beginning
             {"78 0009 419aff"},       // an aggregate that is longer than it is
             {"5d 0001 0002 419aff"},  // FU-B
             {"79 0001 0002 419aff"},  // STAP-B
             {"41"},                   // a header without a unit
         }) {
        SCOPED_TRACE(broken[0]);
        Listener listener(h264());
        Sender sender;
        listener.hear(sender.packets({0, {"6588ff01"}}));
        listener.hear(sender.packets({3000, broken}));
        listener.hear(sender.packets({6000, {"419aff02"}}));
        listener.hear(sender.packets({9000, {"6588ff03"}}));
        EXPECT_THAT(listener.take_units(), ElementsAre("0*000000046588ff01", "9000!*000000046588ff03"));
        EXPECT_EQ(listener.counts().payloads_refused, 1U);
        EXPECT_EQ(listener.counts().groups_damaged, 1U);
        EXPECT_EQ(listener.counts().frames_dropped, 2U);
        EXPECT_NE(listener.refusal(), "");
    }
}

TEST(RtpH264, InterleavedModeIsRefusedInWords) {
    Format format = h264();
    format.parameters[0].value = "2";
    const auto made = create_depacketizer(format);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().kind, base::ErrorKind::unsupported);
}

TEST(RtpHevc, EveryPacketizationGivesTheAccessUnitThatWasSent) {
    const auto config = media::hevc::parse_config(from_hex(hevc_record)).value();
    for (const Row& row : hevc_rows) {
        SCOPED_TRACE(row.name);
        Listener listener({.codec = Codec::hevc});
        Sender sender;
        std::vector<std::string> payloads = row.payloads;
        for (const auto& array : {config.arrays[2], config.arrays[1], config.arrays[0]})
            payloads.insert(payloads.begin(), to_hex(array.units.front()));
        listener.hear(sender.packets({9000, payloads}));
        ASSERT_EQ(listener.tracks.size(), 1U) << listener.refusal();
        EXPECT_EQ(listener.tracks[0].codec_string, track(Codec::hevc, hevc_record).codec_string);
        EXPECT_THAT(listener.take_units(), ElementsAre("9000*" + std::string(row.unit)));
    }
}

TEST(RtpHevc, PicturesThatLeadAnOpenKeyframeAreLeftOut) {
    Listener listener({.codec = Codec::hevc});
    const auto config = media::hevc::parse_config(from_hex(hevc_record)).value();
    Sender sender;
    std::vector<std::string> first;
    for (const auto& array : config.arrays) first.push_back(to_hex(array.units.front()));
    first.push_back("2a01af01");  // CRA
    listener.hear(sender.packets({9000, first}));
    listener.hear(sender.packets({3000, {"1001af02"}}));   // RASL_N
    listener.hear(sender.packets({6000, {"0c01af03"}}));   // RADL_N
    listener.hear(sender.packets({12000, {"0201af04"}}));  // TRAIL_R
    EXPECT_THAT(listener.take_units(),
                ElementsAre("9000*000000042a01af01", "6000 000000040c01af03", "12000 000000040201af04"));
    EXPECT_EQ(listener.counts().frames_dropped, 1U);
}

TEST(RtpHevc, DecodingOrderNumbersAreRefusedInWords) {
    EXPECT_FALSE(create_depacketizer({.codec = Codec::hevc, .parameters = {{"sprop-max-don-diff", "1"}}}).has_value());
    EXPECT_TRUE(create_depacketizer({.codec = Codec::hevc, .parameters = {{"sprop-max-don-diff", "0"}}}).has_value());
}

TEST(RtpNal, SmallUnitsShareAPacketAndLargeOnesAreCut) {
    NalPacketizer packetizer(track(Codec::h264, h264_record), 40);
    const std::string slice = "65" + filler(60, 0x88);
    const auto payloads = payloads_of(packetizer, from_hex("00000002 09f0 00000003 060501 0000003d" + slice), true);
    ASSERT_EQ(payloads.size(), 3U);
    EXPECT_EQ(payloads[0], std::pair("78001a" + sps + "0004" + pps + "0003060501", false)) << "STAP-A";
    EXPECT_EQ(payloads[1], std::pair("7c85" + slice.substr(2, 76), false));
    EXPECT_EQ(payloads[2], std::pair("7c45" + slice.substr(78), true));
}

TEST(RtpNal, AUnitThatJustFitsIsNotCut) {
    for (const std::size_t size : {std::size_t{37}, std::size_t{38}, std::size_t{39}, std::size_t{40}}) {
        NalPacketizer packetizer(track(Codec::h264, h264_record), 40);
        const std::string slice = "41" + filler(size - 1, 0x9a);
        base::ByteWriter unit;
        unit.u32(static_cast<std::uint32_t>(size));
        unit.bytes(from_hex(slice));
        EXPECT_THAT(payloads_of(packetizer, unit.to_bytes(), false), ElementsAre(std::pair(slice, true))) << size;
    }
}

TEST(RtpNal, WhatIsSentIsWhatIsHeard) {
    for (const auto& [codec, record, key] :
         {std::tuple(Codec::h264, h264_record, "65"), std::tuple(Codec::hevc, hevc_record, "2601")}) {
        for (const std::size_t size : {3UZ, 20UZ, 99UZ, 100UZ, 101UZ, 500UZ, 5000UZ}) {
            const media::Track sent = track(codec, record);
            NalPacketizer packetizer(sent, 100);
            const std::string slice = key + filler(size, 0x88);
            base::ByteWriter unit;
            for (int i = 0; i < 3; ++i) {
                unit.u32(static_cast<std::uint32_t>(slice.size() / 2));
                unit.bytes(from_hex(slice));
            }
            Listener listener({.codec = codec});
            Sender sender;
            std::vector<std::string> payloads;
            for (const auto& [payload, marker] : payloads_of(packetizer, unit.to_bytes(), true)) {
                EXPECT_LE(payload.size(), 200U);
                payloads.push_back(payload);
            }
            listener.hear(sender.packets({7, payloads}));
            EXPECT_THAT(listener.take_units(), ElementsAre("7*" + to_hex(unit.view()))) << size;
            ASSERT_EQ(listener.tracks.size(), 1U);
            EXPECT_EQ(listener.tracks[0].codec_string, sent.codec_string);
        }
    }
}

}  // namespace weir::format::rtp
