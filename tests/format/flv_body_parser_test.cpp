#include "format/flv_body_parser.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::format::flv {

using media::Ticks;
using tests::from_hex;
using tests::to_hex;

namespace {

const std::string avcc = "0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800";
const std::string avcc_two_byte_lengths =
    "0164001ffde1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800";
const std::string hvcc =
    "0101600000009000000000005df000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003005d959409a10001002b"
    "420101016000"
    "00030090000003000003005da00280802d16595952930bc05a020000030002000003003c10a2000100064401c073c189";
const std::string hvc1 = "68766331";

struct Feeder {
    BodyParser parser;

    std::string video(const std::string& hex, std::uint32_t time = 0) { return receive(TagType::video, hex, time); }
    std::string audio(const std::string& hex, std::uint32_t time = 0) { return receive(TagType::audio, hex, time); }
    std::string receive(TagType type, const std::string& hex, std::uint32_t time) {
        const auto outcome = parser.receive(type, time, from_hex(hex));
        if (!outcome) return std::string(name(outcome.error().kind)) + ": " + std::string(outcome.error().text);
        if (!*outcome) return "nothing";
        if (const auto* config = std::get_if<Config>(&**outcome)) return "config " + config->track.codec_string;
        if (const auto* end = std::get_if<EndOfSequence>(&**outcome)) return "end " + std::to_string(end->track);
        const auto& sample = std::get<Sample>(**outcome);
        return "sample " + std::to_string(sample.track) + " at " + std::to_string(sample.dts) + " + " +
               std::to_string(sample.composition_offset.to_milliseconds()) + (sample.keyframe ? " key " : " ") +
               to_hex(sample.payload);
    }
};

}  // namespace

TEST(FlvBodyParser, AnH264PublisherIsUnderstood) {
    Feeder feed;
    EXPECT_EQ(feed.video("1700000000" + avcc), "config avc1.64001f");
    EXPECT_EQ(feed.video("1701000050 00000003 658811", 40), "sample 1 at 40 + 80 key 00000003658811");
    EXPECT_EQ(feed.video("2701000000 00000003 418811", 80), "sample 1 at 80 + 0 00000003418811");
    EXPECT_EQ(feed.video("2701ffffd8 00000003 018811", 0xffffffff), "sample 1 at 4294967295 + -40 00000003018811");
    EXPECT_EQ(feed.video("1702000000"), "end 1");
    EXPECT_EQ(feed.video("1702"), "nothing") << "an end after the end";
}

TEST(FlvBodyParser, AnAacPublisherIsUnderstood) {
    Feeder feed;
    EXPECT_EQ(feed.audio("af00 119056e500"), "config mp4a.40.2");
    EXPECT_EQ(feed.audio("af01 211000", 23), "sample 2 at 23 + 0 key 211000");
}

TEST(FlvBodyParser, AnEnhancedRtmpPublisherOfHevcIsUnderstood) {
    Feeder feed;
    EXPECT_EQ(feed.video("90" + hvc1 + hvcc), "config hvc1.1.6.L93.90");
    EXPECT_EQ(feed.video("91" + hvc1 + "000028 00000003 260188"), "sample 1 at 0 + 40 key 00000003260188");
    EXPECT_EQ(feed.video("a3" + hvc1 + "00000003 020188", 33), "sample 1 at 33 + 0 00000003020188");
    EXPECT_EQ(feed.video("94" + hvc1 + "0200"), "nothing") << "metadata (HDR)";
    EXPECT_EQ(feed.video("92" + hvc1), "end 1");
}

TEST(FlvBodyParser, EveryOtherSpellingOfTheSameCodecsIsUnderstood) {
    Feeder legacy;
    EXPECT_EQ(legacy.video("1c00000000" + hvcc), "config hvc1.1.6.L93.90") << "HEVC as codec 12";
    EXPECT_EQ(legacy.video("1c01000000 00000003 260188"), "sample 1 at 0 + 0 key 00000003260188");
    Feeder enhanced;
    EXPECT_EQ(enhanced.video("9061766331" + avcc), "config avc1.64001f") << "H.264 as avc1";
    EXPECT_EQ(enhanced.video("9361766331 00000003 658811"), "sample 1 at 0 + 0 key 00000003658811");
    EXPECT_EQ(enhanced.audio("906d703461 119056e500"), "config mp4a.40.2") << "AAC as mp4a";
    EXPECT_EQ(enhanced.audio("916d703461 211000"), "sample 2 at 0 + 0 key 211000");
    EXPECT_EQ(enhanced.audio("926d703461"), "end 2");
}

TEST(FlvBodyParser, WhatIsNotServedIsRefusedInWords) {
    struct Row {
        TagType type;
        const char* body;
        const char* answer;
    };
    const Row rows[] = {
        {TagType::video, "9061763031 81000c00", "unsupported: AV1 over RTMP is not served yet"},
        {TagType::video, "9176703039 000000 82", "unsupported: VP9 over RTMP is not served yet"},
        {TagType::video, "9076766331 00", "unsupported: VVC over RTMP is not served yet"},
        {TagType::video, "9178787878 00",
         "unsupported: this codec over RTMP is not known: publish H.264 or HEVC, and AAC"},
        {TagType::video, "906d703461 1190",
         "unsupported: this codec over RTMP is not known: publish H.264 or HEVC, and AAC"},
        {TagType::video, "96 00 68766331", "unsupported: multitrack RTMP is not served yet"},
        {TagType::video, "97 02000000 90", "unsupported: this extension of Enhanced RTMP video is not served yet"},
        {TagType::video, "95 68766331 00", "unsupported: this extension of Enhanced RTMP video is not served yet"},
        {TagType::video, "12 0000", "unsupported: Sorenson H.263 over RTMP is not served: publish H.264 or HEVC"},
        {TagType::video, "14 0000", "unsupported: VP6 over RTMP is not served: publish H.264 or HEVC"},
        {TagType::audio, "2f fffb", "unsupported: MP3 over RTMP is not served: publish AAC"},
        {TagType::audio, "b2 0000", "unsupported: Speex over RTMP is not served: publish AAC"},
        {TagType::audio, "90 4f707573 00", "unsupported: Opus over RTMP is not served yet"},
        {TagType::audio, "95 00 6d703461", "unsupported: this extension of Enhanced RTMP audio is not served yet"},
    };
    for (const Row& row : rows) EXPECT_EQ(Feeder().receive(row.type, row.body, 0), row.answer) << row.body;
}

TEST(FlvBodyParser, ABrokenMessageHarmsOnlyItself) {
    Feeder feed;
    EXPECT_EQ(feed.video("1700000000" + avcc), "config avc1.64001f");
    for (const char* broken : {"17", "1701", "17010000", "1703000000", "1701000000 00000009 65", "1700000000 0164",
                               "91", "916876", "9168766331 00"})
        EXPECT_TRUE(feed.video(broken).starts_with("malformed: ")) << broken;
    EXPECT_TRUE(feed.audio("af").starts_with("malformed: "));
    EXPECT_TRUE(feed.audio("af07").starts_with("malformed: "));
    EXPECT_EQ(feed.video("1701000000 00000003 658811"), "sample 1 at 0 + 0 key 00000003658811");
}

TEST(FlvBodyParser, MessagesThatSayNothingAreNothing) {
    Feeder feed;
    EXPECT_EQ(feed.video("1700000000" + avcc), "config avc1.64001f");
    EXPECT_EQ(feed.video(""), "nothing");
    EXPECT_EQ(feed.audio(""), "nothing");
    EXPECT_EQ(feed.video("57 00"), "nothing") << "a seek command of a server";
    EXPECT_EQ(feed.video("1701000000"), "nothing") << "an empty frame";
    EXPECT_EQ(feed.video("1701000000 00000002 6742 00000002 68ce"), "nothing") << "parameter sets without a picture";
    EXPECT_EQ(feed.receive(TagType::script, "02000a", 0), "nothing");
}

TEST(FlvBodyParser, ASequenceHeaderSentAgainIsNoChangeOfTracks) {
    Feeder feed;
    EXPECT_EQ(feed.video("1700000000" + avcc), "config avc1.64001f");
    EXPECT_EQ(feed.video("1700000000" + avcc), "nothing");
    EXPECT_EQ(feed.video("1700000000" + avcc_two_byte_lengths), "config avc1.64001f") << "another";
    EXPECT_EQ(feed.video("90" + hvc1 + hvcc), "config hvc1.1.6.L93.90") << "another codec";
    EXPECT_EQ(feed.video("92" + hvc1), "end 1");
    EXPECT_EQ(feed.video("90" + hvc1 + hvcc), "config hvc1.1.6.L93.90") << "the same after an end";
}

TEST(FlvBodyParser, AConfigBeyondReasonIsNotHandedToEveryViewer) {
    Feeder feed;
    EXPECT_EQ(feed.video("1700000000" + avcc), "config avc1.64001f");
    std::string padded = "1700000000" + avcc;
    for (int i = 0; i < 17'000; ++i) padded += "00";
    EXPECT_EQ(feed.video(padded), "too_large: a decoder configuration is larger than allowed");
    EXPECT_EQ(feed.video("1701000000 00000003 658811", 40), "nothing") << "it was coded with another configuration";
    EXPECT_EQ(feed.video("1700000000" + avcc), "config avc1.64001f");
}

TEST(FlvBodyParser, FramesBeforeTheirConfigArePassedOver) {
    Feeder feed;
    EXPECT_EQ(feed.video("1701000000 00000003 658811"), "nothing");
    EXPECT_EQ(feed.audio("af01 2110"), "nothing");
    EXPECT_EQ(feed.parser.frames_without_config(), 2U);
}

TEST(FlvBodyParser, PayloadsLeaveWithFourByteLengthsAndUncopiedWhereTheyHaveThem) {
    Feeder feed;
    EXPECT_EQ(feed.video("1700000000" + avcc_two_byte_lengths), "config avc1.64001f");
    EXPECT_EQ(feed.video("1701000000 0002 0910 0003 658811"), "sample 1 at 0 + 0 key 00000002091000000003658811");

    BodyParser parser;
    ASSERT_TRUE(parser.receive(TagType::video, 0, from_hex("1700000000" + avcc)).has_value());
    const base::Bytes body = from_hex("1701000000 00000003 658811");
    const auto event = parser.receive(TagType::video, 0, body).value();
    EXPECT_EQ(std::get<Sample>(*event).payload.data(), body.data() + 5);
}

TEST(FlvBodyParser, AFrameTypeThatLiesMakesNoKeyframe) {
    Feeder feed;
    EXPECT_EQ(feed.video("1700000000" + avcc), "config avc1.64001f");
    EXPECT_EQ(feed.video("1701000000 00000003 418811"), "sample 1 at 0 + 0 00000003418811");
    EXPECT_EQ(feed.video("2701000000 00000003 658811"), "sample 1 at 0 + 0 key 00000003658811");
}

TEST(FlvBodyParser, WhoJoinsAtAnOpenGroupOfPicturesGetsNoneThatCannotBeDecoded) {
    Feeder feed;
    EXPECT_EQ(feed.video("90" + hvc1 + hvcc), "config hvc1.1.6.L93.90");
    EXPECT_EQ(feed.video("91" + hvc1 + "000000 00000003 2a0188"), "sample 1 at 0 + 0 key 000000032a0188") << "CRA";
    EXPECT_EQ(feed.video("a1" + hvc1 + "000000 00000003 120188"), "nothing") << "RASL";
    EXPECT_EQ(feed.video("a1" + hvc1 + "000000 00000003 0e0188"), "sample 1 at 0 + 0 000000030e0188") << "RADL";
    EXPECT_EQ(feed.parser.leading_pictures_dropped(), 1U);
}

}  // namespace weir::format::flv
