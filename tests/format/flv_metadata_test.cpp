#include "format/flv_metadata.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "format/amf0.hpp"
#include "format/flv_file.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

namespace weir::format::flv {

using tests::from_hex;
using tests::to_hex;

namespace {

base::Bytes message(const amf0::Value& name, const amf0::Value& value) {
    base::ByteWriter out;
    amf0::write(name, out);
    amf0::write(value, out);
    return out.to_bytes();
}

}  // namespace

TEST(FlvMetadata, WhatFfmpegAnnouncesIsUnderstood) {
    FileReader reader;
    reader.receive(tests::read_capture("flv/x264_aac.flv"));
    const Metadata metadata = parse_metadata(reader.next().value()->body).value();
    EXPECT_EQ(metadata.width, 160U);
    EXPECT_EQ(metadata.height, 90U);
    EXPECT_EQ(metadata.frame_rate, 25);
    EXPECT_EQ(metadata.audio_bitrate, 31'250U);
    EXPECT_EQ(metadata.video_bitrate, 0U);
    EXPECT_NEAR(metadata.duration, 0.68, 0.01);
    EXPECT_EQ(metadata.encoder, "Lavf59.27.100");
}

TEST(FlvMetadata, ItIsFoundBehindSetDataFrame) {
    amf0::Object object;
    object.set("videodatarate", 2500.0).set("width", 1280.0);
    base::ByteWriter out;
    amf0::write("@setDataFrame", out);
    out.bytes(message("onMetaData", amf0::EcmaArray{object}));
    const Metadata metadata = parse_metadata(out.view()).value();
    EXPECT_EQ(metadata.video_bitrate, 2'500'000U);
    EXPECT_EQ(metadata.width, 1280U);
}

TEST(FlvMetadata, NonsenseAndScriptInMetadataGoNoFurther) {
    amf0::Object object;
    object.set("width", -5.0).set("height", 1e300).set("framerate", std::numeric_limits<double>::quiet_NaN());
    object.set("videodatarate", std::numeric_limits<double>::infinity()).set("audiodatarate", "128");
    object.set("encoder", std::string("a\nb\x1b[31m\xff") + std::string(100, 'x'));
    const Metadata metadata = parse_metadata(message("onMetaData", object)).value();
    EXPECT_EQ(metadata.width, 0U);
    EXPECT_EQ(metadata.height, 0U);
    EXPECT_EQ(metadata.frame_rate, 0);
    EXPECT_EQ(metadata.video_bitrate, 0U);
    EXPECT_EQ(metadata.audio_bitrate, 0U);
    EXPECT_EQ(metadata.encoder, "ab[31m" + std::string(58, 'x'));
}

TEST(FlvMetadata, OtherMessagesAreNotMetadata) {
    EXPECT_EQ(parse_metadata(message("onTextData", amf0::Object())).error().kind, base::ErrorKind::not_found);
    EXPECT_EQ(parse_metadata(message(1.0, amf0::Object())).error().kind, base::ErrorKind::not_found);
    EXPECT_EQ(parse_metadata(message("onMetaData", "text")).error().kind, base::ErrorKind::malformed);
    EXPECT_FALSE(parse_metadata({}).has_value());
}

TEST(FlvMetadata, WhatWeTellPlayersReadsBackAsItWasMeant) {
    media::Track video =
        media::track_from_config(
            media::Codec::h264,
            from_hex("0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800"))
            .value();
    video.announced_bitrate = 2'500'000;
    media::Track audio = media::track_from_config(media::Codec::aac, from_hex("1190")).value();
    audio.announced_bitrate = 160'000;
    base::ByteWriter out;
    write_metadata({{video, audio}}, out);
    const Metadata expected{1280, 720, 30, 2'500'000, 160'000, 0, "Weir"};
    EXPECT_EQ(parse_metadata(out.view()).value(), expected);

    const auto values = amf0::parse(out.view()).value();
    ASSERT_EQ(values.size(), 2U);
    const amf0::Object& object = *values[1].object();
    EXPECT_EQ(*object.find("videocodecid"), amf0::Value(7.0));
    EXPECT_EQ(*object.find("audiocodecid"), amf0::Value(10.0));
    EXPECT_EQ(*object.find("hasVideo"), amf0::Value(true));
    EXPECT_EQ(*object.find("audiosamplerate"), amf0::Value(48'000.0));
    EXPECT_EQ(*object.find("stereo"), amf0::Value(true));
}

TEST(FlvMetadata, HevcIsNamedByItsFourcc) {
    media::Track video;
    video.codec = media::Codec::hevc;
    base::ByteWriter out;
    write_metadata({{video}}, out);
    const auto values = amf0::parse(out.view()).value();
    EXPECT_EQ(*values[1].object()->find("videocodecid"), amf0::Value(double{0x68766331}));
    EXPECT_EQ(*values[1].object()->find("hasAudio"), amf0::Value(false));
}

TEST(FlvMetadata, AnnouncementsFillOnlyWhatTheConfigLeavesOpen) {
    const Metadata metadata{640, 360, 25, 1'000'000, 96'000, 0, ""};
    media::Track video;
    metadata.apply_to(video);
    EXPECT_EQ(video.width, 640U);
    EXPECT_EQ(video.frame_rate, 25);
    EXPECT_EQ(video.announced_bitrate, 1'000'000U);
    media::Track known;
    known.width = 1280;
    known.height = 720;
    known.frame_rate = 30;
    metadata.apply_to(known);
    EXPECT_EQ(known.width, 1280U);
    EXPECT_EQ(known.frame_rate, 30);
    media::Track audio;
    audio.kind = media::Kind::audio;
    metadata.apply_to(audio);
    EXPECT_EQ(audio.announced_bitrate, 96'000U);
    EXPECT_EQ(audio.width, 0U);
}

}  // namespace weir::format::flv
