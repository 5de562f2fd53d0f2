#include "format/rtp_format.hpp"

#include "format/rtp_fixtures.hpp"

namespace weir::format::rtp {

using namespace test;
using media::Codec;

namespace {

sdp::Media section(const std::string& lines) { return sdp::parse("v=0\r\n" + lines).value().media.front(); }

struct Row {
    const char* name;
    const char* lines;
    Format format;
};
const Row rows[] = {
    {"H.264 of a camera",
     "m=video 0 RTP/AVP 96\r\nb=AS:5000\r\na=framerate:25.0\r\na=rtpmap:96 H264/90000\r\n"
     "a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=Z0IAKQ==,aM4xsg==\r\n",
     {.payload_type = 96,
      .codec = Codec::h264,
      .parameters = {{"profile-level-id", "420029"},
                     {"packetization-mode", "1"},
                     {"sprop-parameter-sets", "Z0IAKQ==,aM4xsg=="}},
      .announced_bitrate = 5'000'000,
      .frame_rate = 25}},
    {"names in any letters, blanks anywhere",
     "m=video 0 RTP/AVP 35\r\na=rtpmap:35  h265/90000 \r\na=fmtp:35 SPROP-VPS = QAE= ;sprop-sps=QgE=;\r\n",
     {.payload_type = 35, .codec = Codec::hevc, .parameters = {{"sprop-vps", "QAE="}, {"sprop-sps", "QgE="}}}},
    {"AAC",
     "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/44100/2\r\na=fmtp:97 mode=AAC-hbr;config=1210\r\n",
     {.payload_type = 97,
      .codec = Codec::aac,
      .clock = 44'100,
      .channels = 2,
      .parameters = {{"mode", "AAC-hbr"}, {"config", "1210"}}}},
    {"AAC without channels is one",
     "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000\r\n",
     {.payload_type = 97, .codec = Codec::aac, .clock = 16'000, .channels = 1}},
    {"G.711 by its number",
     "m=audio 0 RTP/AVP 8\r\n",
     {.payload_type = 8, .codec = Codec::pcma, .clock = 8'000, .channels = 1}},
    {"G.711 by its map",
     "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/16000/2\r\n",
     {.payload_type = 0, .codec = Codec::pcmu, .clock = 16'000, .channels = 2}},
    {"MPEG audio by its number", "m=audio 0 RTP/AVP 14\r\n", {.payload_type = 14, .codec = Codec::mp3}},
    {"Opus",
     "m=audio 0 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 sprop-stereo=1\r\n",
     {.payload_type = 111,
      .codec = Codec::opus,
      .clock = 48'000,
      .channels = 2,
      .parameters = {{"sprop-stereo", "1"}}}},
    {"the first that is served of several",
     "m=video 9 UDP/TLS/RTP/SAVPF 97 98 99\r\na=rtpmap:97 rtx/90000\r\na=rtpmap:98 VP8/90000\r\na=rtpmap:99 "
     "VP9/90000\r\n",
     {.payload_type = 98, .codec = Codec::vp8}},
    {"a frame rate that makes no sense",
     "m=video 0 RTP/AVP 96\r\na=framerate:x\r\na=rtpmap:96 AV1/90000\r\n",
     {.payload_type = 96, .codec = Codec::av1}},
};

}  // namespace

TEST(RtpFormat, SectionsOfRealSessionsAreUnderstood) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto format = parse_format(section(row.lines));
        ASSERT_TRUE(format.has_value()) << format.error().text;
        EXPECT_EQ(*format, row.format);
    }
}

TEST(RtpFormat, WhatIsNotServedIsRefusedInWords) {
    using base::ErrorKind;
    for (const auto& [lines, kind] : {
             std::pair("m=audio 0 RTP/AVP 96\r\na=rtpmap:96 MP4A-LATM/48000/2", ErrorKind::unsupported),
             {"m=audio 0 RTP/AVP 96\r\na=rtpmap:96 ac3/48000/6", ErrorKind::unsupported},
             {"m=video 0 RTP/AVP 26", ErrorKind::unsupported},
             {"m=video 0 RTP/AVP 96", ErrorKind::unsupported},
             {"m=video 0 RTP/AVP 0", ErrorKind::unsupported},
             {"m=video 0 RTP/AVP 96\r\na=rtpmap:96 PCMA/8000", ErrorKind::unsupported},
             {"m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000", ErrorKind::unsupported},
             {"m=video 0 RTP/AVP", ErrorKind::malformed},
             {"m=video 0 RTP/AVP 200\r\na=rtpmap:200 H264/90000", ErrorKind::malformed},
             {"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264", ErrorKind::malformed},
             {"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/0", ErrorKind::malformed},
             {"m=audio 0 RTP/AVP 96\r\na=rtpmap:96 opus/48000/900", ErrorKind::malformed},
         }) {
        const auto format = parse_format(section(lines));
        ASSERT_FALSE(format.has_value()) << lines;
        EXPECT_EQ(format.error().kind, kind) << lines << ": " << format.error().text;
    }
}

TEST(RtpFormat, WhatWeSayOfATrackIsUnderstoodAsThatTrack) {
    const media::Track tracks[] = {
        track(Codec::h264, h264_record),
        track(Codec::hevc, hevc_record),
        track(Codec::aac, "1190"),
        track(Codec::opus, "00020000 0000bb80 000000"),
        track(Codec::opus, "00010000 0000bb80 000000"),
        track(Codec::pcma, "00001f4001"),
        track(Codec::pcmu, "00003e8002"),
    };
    for (media::Track sent : tracks) {
        SCOPED_TRACE(media::info(sent.codec).name);
        sent.announced_bitrate = 64'000;
        ASSERT_TRUE(can_carry(sent));
        sdp::Session session{.media = {describe(sent)}};
        const auto read = sdp::parse(sdp::write(session));
        ASSERT_TRUE(read.has_value());
        EXPECT_EQ(*read->media[0].find("control"), "trackID=" + std::to_string(sent.id));
        const auto format = parse_format(read->media[0]);
        ASSERT_TRUE(format.has_value()) << format.error().text;
        EXPECT_EQ(format->payload_type, payload_type(sent));
        EXPECT_EQ(format->clock, clock_of(sent));
        const Listener listener(*format);
        ASSERT_EQ(listener.tracks.size(), 1U);
        if (sent.codec == Codec::opus && sent.channels == 1) continue;  // which is heard as two, RFC 7587 7
        EXPECT_EQ(listener.tracks[0], sent);
    }
}

TEST(RtpFormat, TracksThatDescribeThemselvesAreOnlyNamed) {
    for (const auto& [codec, map] : {std::pair(Codec::av1, "96 AV1/90000"),
                                     {Codec::vp9, "96 VP9/90000"},
                                     {Codec::vp8, "96 VP8/90000"},
                                     {Codec::mp3, "14 MPA/90000"},
                                     {Codec::mp2, "14 MPA/90000"}}) {
        media::Track sent{.id = 1, .kind = media::info(codec).kind, .codec = codec};
        sent.config = from_hex("00");
        ASSERT_TRUE(can_carry(sent));
        EXPECT_EQ(*describe(sent).find("rtpmap"), map);
        EXPECT_EQ(describe(sent).find("fmtp"), nullptr);
    }
    for (const Codec codec : {Codec::flac, Codec::ac3, Codec::eac3})
        EXPECT_FALSE(can_carry({.codec = codec, .config = from_hex("00")}));
}

}  // namespace weir::format::rtp
