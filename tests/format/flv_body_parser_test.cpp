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
const std::string av01 = "61763031";
const std::string vp09 = "76703039";
const std::string vp08 = "76703038";
const std::string opus = "4f707573";
// Of libaom and libvpx, shortened: the heads of frames are whole.
const std::string av1c = "81000c000a0b000000043cfeccdaf90040";
const std::string av1_key = "0a0b000000043cfeccdaf9004032041c100084";
const std::string vp9_key = "824983420013f00b360c38241c18";

struct Feeder {
    BodyParser parser;

    std::string video(const std::string& hex, std::uint32_t time = 0) { return receive(TagType::video, hex, time); }
    std::string audio(const std::string& hex, std::uint32_t time = 0) { return receive(TagType::audio, hex, time); }
    std::string receive(TagType type, const std::string& hex, std::uint32_t time) {
        const auto outcome = parser.receive(type, time, from_hex(hex));
        if (!outcome) return std::string(name(outcome.error().kind)) + ": " + std::string(outcome.error().text);
        if (!*outcome) return "nothing";
        std::vector<Event> events{**outcome};
        while (auto more = parser.next()) events.push_back(*std::move(more));
        std::string text;
        for (const Event& event : events)
            text += (text.empty() ? "" : " | ") + (events.size() > 1 ? print_with_size(event) : print(event));
        return text;
    }
    /// What comes together with its first frame has its size from there.
    static std::string print_with_size(const Event& event) {
        const auto* config = std::get_if<Config>(&event);
        if (config == nullptr) return print(event);
        return print(event) + ' ' + std::to_string(config->track.width) + 'x' + std::to_string(config->track.height);
    }
    static std::string print(const Event& event) {
        if (const auto* config = std::get_if<Config>(&event)) return "config " + config->track.codec_string;
        if (const auto* end = std::get_if<EndOfSequence>(&event)) return "end " + std::to_string(end->track);
        const auto& sample = std::get<Sample>(event);
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

TEST(FlvBodyParser, AV1IsUnderstood) {
    Feeder feed;
    EXPECT_EQ(feed.video("90" + av01 + av1c), "config av01.0.00M.08");
    EXPECT_EQ(feed.video("91" + av01 + av1_key, 40), "sample 1 at 40 + 0 key " + av1_key);
    EXPECT_EQ(feed.video("a1" + av01 + "1200 3203308080", 80), "sample 1 at 80 + 0 3203308080") << "no delimiter";
    EXPECT_EQ(feed.video("a3" + av01 + "3203308080", 120), "sample 1 at 120 + 0 3203308080");
    EXPECT_EQ(feed.video("92" + av01), "end 1");
    Feeder numbered;
    EXPECT_EQ(numbered.video("1d00000000" + av1c), "config av01.0.00M.08") << "as codec 13";
    EXPECT_EQ(numbered.video("1d01000000" + av1_key), "sample 1 at 0 + 0 key " + av1_key);
}

TEST(FlvBodyParser, ADescriptorOfMpegTsStandsForTheRecordOfAV1) {
    Feeder feed;
    EXPECT_EQ(feed.video("95" + av01 + "8004 81000c c0"), "nothing") << "it has no size";
    EXPECT_EQ(feed.video("91" + av01 + "3203308080"), "nothing");
    EXPECT_EQ(feed.video("91" + av01 + av1_key), "config av01.0.00M.08 320x180 | sample 1 at 0 + 0 key " + av1_key);
    EXPECT_EQ(feed.parser.frames_without_config(), 1U);
    EXPECT_TRUE(Feeder().video("95" + hvc1 + "8004 81000cc0").starts_with("unsupported: "));
}

TEST(FlvBodyParser, VP9AndVP8SayTheirSizeWithTheFirstKeyframe) {
    Feeder feed;
    EXPECT_EQ(feed.video("90" + vp09 + "001f820202020000"), "nothing");
    EXPECT_EQ(feed.video("91" + vp09 + vp9_key), "config vp09.00.31.08 320x180 | sample 1 at 0 + 0 key " + vp9_key);
    EXPECT_EQ(feed.video("a1" + vp09 + "860040929c185000", 40), "sample 1 at 40 + 0 860040929c185000");
    EXPECT_EQ(feed.video("91" + vp09 + vp9_key, 80), "sample 1 at 80 + 0 key " + vp9_key) << "the same size";
    const std::string larger = "824983420027f00b360c38241c18";
    EXPECT_EQ(feed.video("91" + vp09 + larger, 120),
              "config vp09.00.31.08 640x180 | sample 1 at 120 + 0 key " + larger);
    EXPECT_EQ(feed.video("90" + vp09 + "01000000 001f820202020000"), "nothing") << "in its box, as some send it";

    Feeder without_record;
    EXPECT_EQ(without_record.video("a1" + vp08 + "b106001510ac0018"), "nothing");
    EXPECT_EQ(without_record.video("91" + vp08 + "3051009d012a4001b4000047"),
              "config vp08.00.11.08 320x180 | sample 1 at 0 + 0 key 3051009d012a4001b4000047");
}

TEST(FlvBodyParser, OpusAndFlacAreUnderstood) {
    Feeder feed;
    EXPECT_EQ(feed.audio("90" + opus + "4f707573486561640102380180bb0000000000"), "config Opus");
    EXPECT_EQ(feed.audio("91" + opus + "fcb406", 20), "sample 2 at 20 + 0 key fcb406");
    EXPECT_EQ(feed.audio("94" + opus + "010203"), "nothing") << "where the channels are";
    EXPECT_EQ(feed.audio("92" + opus), "end 2");
    EXPECT_EQ(Feeder().audio("90" + opus), "config Opus") << "without a header";
    Feeder flac;
    const std::string info = "1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5";
    EXPECT_EQ(flac.audio("90664c6143 664c6143 80000022" + info), "config fLaC");
    EXPECT_EQ(flac.audio("91664c6143 fff8598800"), "sample 2 at 0 + 0 key fff8598800");
    EXPECT_EQ(flac.audio("90664c6143 664c6143" + info), "config fLaC") << "as mpegts.js has it";
}

TEST(FlvBodyParser, SoundWhoseFramesDescribeThemselvesNeedsNoHeader) {
    const std::string mp3 = "fffb9064000000";
    Feeder flash;
    EXPECT_EQ(flash.audio("2f" + mp3, 26), "config mp4a.6B 0x0 | sample 2 at 26 + 0 key " + mp3);
    EXPECT_EQ(flash.audio("2f" + mp3, 52), "sample 2 at 52 + 0 key " + mp3);
    EXPECT_EQ(Feeder().audio("912e6d7033" + mp3), "config mp4a.6B 0x0 | sample 2 at 0 + 0 key " + mp3) << "by FourCC";
    const std::string ac3 = "0b77c2ea544043e106f575f0c0";
    Feeder surround;
    EXPECT_EQ(surround.audio("9061632d33"), "nothing") << "a start without a record";
    EXPECT_EQ(surround.audio("9161632d33" + ac3), "config ac-3 0x0 | sample 2 at 0 + 0 key " + ac3);
    Feeder contradictory;
    EXPECT_EQ(contradictory.audio("9061632d33 501140"), "nothing") << "FLV has no record of it to be believed";
    EXPECT_EQ(contradictory.audio("9161632d33 0b77c2eaacbfbc1e06f575f0c0"),
              "unsupported: this version of AC-3 is not known");
    Feeder telephone;
    EXPECT_EQ(telephone.audio("7e d5d5"), "config  0x0 | sample 2 at 0 + 0 key d5d5");
    EXPECT_EQ(telephone.audio("7e d5d5", 20), "sample 2 at 20 + 0 key d5d5");
    EXPECT_EQ(telephone.audio("8f ffff", 40), "config  0x0 | sample 2 at 40 + 0 key ffff") << "in stereo";
}

TEST(FlvBodyParser, SeveralTracksInOneMessageAreSeveralTracks) {
    Feeder feed;
    EXPECT_EQ(feed.video("96 00" + hvc1 + "00" + hvcc), "config hvc1.1.6.L93.90") << "one track, the first";
    EXPECT_EQ(feed.video("96 00" + hvc1 + "01" + hvcc), "config hvc1.1.6.L93.90") << "one track, the second";
    EXPECT_EQ(feed.video("96 13" + hvc1 + "00 000007 00000003260188" + "01 000007 00000003020188", 40),
              "sample 1 at 40 + 0 key 00000003260188 | sample 3 at 40 + 0 00000003020188")
        << "many tracks";
    EXPECT_EQ(feed.video("96 20" + av01 + "02 000011" + av1c + vp08 + "03 000000"), "config av01.0.00M.08")
        << "many codecs";
    EXPECT_EQ(feed.video("96 21" + hvc1 + "00 00000a 00000a 00000003260188" + av01 + "02 000005 3203308080", 80),
              "sample 1 at 80 + 10 key 00000003260188 | sample 5 at 80 + 0 3203308080");
    EXPECT_EQ(feed.audio("95 00 6d703461 00 119056e500"), "config mp4a.40.2");
    EXPECT_EQ(feed.audio("95 00 6d703461 01 1210"), "config mp4a.40.2");
    EXPECT_EQ(feed.audio("95 01 6d703461 01 211000"), "sample 4 at 0 + 0 key 211000");
    EXPECT_EQ(feed.video("96 02" + hvc1 + "01"), "end 3");
}

TEST(FlvBodyParser, ATrackBesideTheFirstThatIsNotServedHarmsNobody) {
    Feeder feed;
    EXPECT_EQ(feed.video("96 20 76766331 01 000001 00" + hvc1 + "00 00006f" + hvcc), "config hvc1.1.6.L93.90");
    EXPECT_EQ(feed.parser.parts_refused(), 1U);
    EXPECT_EQ(feed.video("96 20 76766331 00 000001 00"),
              "unsupported: VVC over RTMP is not served: publish H.264, HEVC or AV1");
    EXPECT_EQ(feed.video("96 10" + hvc1 + "01 000004 ffffffff"), "nothing") << "a broken record";
    EXPECT_EQ(feed.parser.parts_refused(), 2U);
}

TEST(FlvBodyParser, MoreTracksThanAnybodyHasAreNotKept) {
    Feeder feed;
    for (int i = 0; i < 8; ++i)
        EXPECT_EQ(feed.video("96 00" + hvc1 + to_hex(from_hex("0" + std::to_string(i))) + hvcc),
                  "config hvc1.1.6.L93.90");
    EXPECT_EQ(feed.video("96 00" + hvc1 + "09" + hvcc), "nothing");
    EXPECT_EQ(feed.audio("af00 119056e500"), "too_large: the publisher has more tracks than allowed");
}

TEST(FlvBodyParser, ExtensionsAreReadOver) {
    Feeder feed;
    EXPECT_EQ(feed.video("90" + hvc1 + hvcc), "config hvc1.1.6.L93.90");
    const auto event =
        feed.parser.receive(TagType::video, 40, from_hex("97 02 07a120 03" + hvc1 + "00000003 260188")).value();
    EXPECT_EQ(std::get<Sample>(*event).composition_offset, Ticks::from(1, 2000)) << "half a millisecond";
    EXPECT_EQ(feed.video("97 00 11 13" + hvc1 + "00000003 260188"), "sample 1 at 0 + 0 key 00000003260188")
        << "one that is not known";
    EXPECT_EQ(feed.video("97 ff 0000 00 13" + hvc1 + "00000003 260188"), "sample 1 at 0 + 0 key 00000003260188")
        << "its size in 16 bits";
    EXPECT_EQ(feed.video("97 02 07a120 07 02 07a120 03" + hvc1 + "00000003 260188"),
              "sample 1 at 0 + 1 key 00000003260188")
        << "twice";
    EXPECT_EQ(feed.video("97 02 07a120 06 01" + hvc1 + "00 000000 00000003 260188"),
              "sample 1 at 0 + 1 key 00000003260188")
        << "before several tracks";
    EXPECT_EQ(feed.audio("97 00 00 04"), "nothing");
}

TEST(FlvBodyParser, WhatIsNotServedIsRefusedInWords) {
    constexpr const char* unknown =
        "unsupported: this codec over RTMP is not known: publish H.264, HEVC or AV1, and AAC or Opus";
    struct Row {
        TagType type;
        const char* body;
        const char* answer;
    };
    const Row rows[] = {
        {TagType::video, "9076766331 00", "unsupported: VVC over RTMP is not served: publish H.264, HEVC or AV1"},
        {TagType::video, "9178787878 00", unknown},
        {TagType::video, "906d703461 1190", unknown},
        {TagType::video, "98 68766331 00", "unsupported: this packet type of Enhanced RTMP is not known"},
        {TagType::video, "96 30 68766331 00 00", "unsupported: this kind of multitrack RTMP is not known"},
        {TagType::video, "12 0000", "unsupported: Sorenson H.263 over RTMP is not served: publish H.264, HEVC or AV1"},
        {TagType::video, "14 0000", "unsupported: VP6 over RTMP is not served: publish H.264, HEVC or AV1"},
        {TagType::audio, "b2 0000", "unsupported: Speex over RTMP is not served: publish AAC or Opus"},
        {TagType::audio, "93 6d703461 00", "unsupported: this packet type of Enhanced RTMP is not known"},
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
