#include "format/m3u8.hpp"
#include "format/m3u8_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <variant>

namespace weir::format::m3u8 {
namespace {

using media::Ticks;

DateTime at(std::int64_t milliseconds) { return DateTime(std::chrono::milliseconds(milliseconds)); }

const MediaPlaylist live{
    .version = 7,
    .independent_segments = true,
    .target_duration = 6,
    .media_sequence = 1'795'341'600,
    .discontinuity_sequence = 1'795'341'600,
    .segments =
        {{.uri = "1-1.m4s",
          .duration = Ticks::from(6'006, 1000),
          .map = "init-1.mp4",
          .program_date_time = at(1'795'341'600'123)},
         {.uri = "1-2.m4s", .duration = Ticks::seconds(6), .gap = true, .map = "init-1.mp4", .program_date_time = {}},
         {.uri = "1-3.m4s",
          .duration = Ticks::from(426'667, 1'000'000),
          .discontinuity = true,
          .map = "init-2.mp4",
          .program_date_time = at(0)}},
    .ended = true};

constexpr const char* live_text =
    "#EXTM3U\n"
    "#EXT-X-VERSION:7\n"
    "#EXT-X-INDEPENDENT-SEGMENTS\n"
    "#EXT-X-TARGETDURATION:6\n"
    "#EXT-X-MEDIA-SEQUENCE:1795341600\n"
    "#EXT-X-DISCONTINUITY-SEQUENCE:1795341600\n"
    "#EXT-X-MAP:URI=\"init-1.mp4\"\n"
    "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.123Z\n"
    "#EXTINF:6.006,\n"
    "1-1.m4s\n"
    "#EXT-X-GAP\n"
    "#EXTINF:6.000,\n"
    "1-2.m4s\n"
    "#EXT-X-DISCONTINUITY\n"
    "#EXT-X-MAP:URI=\"init-2.mp4\"\n"
    "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z\n"
    "#EXTINF:0.426667,\n"
    "1-3.m4s\n"
    "#EXT-X-ENDLIST\n";

const MultivariantPlaylist ladder{
    .version = 7,
    .independent_segments = true,
    .renditions = {{.group = "audio",
                    .name = "English, stereo",
                    .language = "en",
                    .channels = "2",
                    .is_default = true,
                    .autoselect = true,
                    .uri = "audio/index.m3u8"}},
    .variants = {{.uri = "720p/index.m3u8",
                  .bandwidth = 2'700'000,
                  .average_bandwidth = 2'500'000,
                  .codecs = "avc1.64001f,mp4a.40.2",
                  .width = 1280,
                  .height = 720,
                  .frame_rate = 29.97,
                  .audio = "audio"},
                 {.uri = "audio/index.m3u8", .bandwidth = 130'000, .codecs = "mp4a.40.2", .audio = {}}},
    .iframes = {
        {.uri = "720p/iframes.m3u8", .bandwidth = 190'000, .codecs = "avc1.64001f", .width = 1280, .height = 720}}};

constexpr const char* ladder_text =
    "#EXTM3U\n"
    "#EXT-X-VERSION:7\n"
    "#EXT-X-INDEPENDENT-SEGMENTS\n"
    "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"English, stereo\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,"
    "CHANNELS=\"2\",URI=\"audio/index.m3u8\"\n"
    "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=190000,CODECS=\"avc1.64001f\",RESOLUTION=1280x720,"
    "URI=\"720p/iframes.m3u8\"\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=2700000,AVERAGE-BANDWIDTH=2500000,CODECS=\"avc1.64001f,mp4a.40.2\","
    "RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO=\"audio\"\n"
    "720p/index.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=130000,CODECS=\"mp4a.40.2\"\n"
    "audio/index.m3u8\n";

TEST(M3u8, MediaPlaylistsAreWrittenAndRead) {
    EXPECT_EQ(write(live), live_text);
    const auto parsed = parse(live_text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().text;
    EXPECT_EQ(std::get<MediaPlaylist>(*parsed), live);
}

const MediaPlaylist low_latency{
    .version = 10,
    .independent_segments = true,
    .target_duration = 6,
    .server_control = ServerControl{.can_block_reload = true,
                                    .can_skip_until = Ticks::seconds(36),
                                    .hold_back = Ticks::seconds(18),
                                    .part_hold_back = Ticks::from(1'401'399, 1'000'000)},
    .part_target = Ticks::from(467'133, 1'000'000),
    .media_sequence = 100,
    .discontinuity_sequence = 0,
    .skip = Skip{.segments = 4, .removed_date_ranges = ""},
    .segments = {{.uri = "1-104.m4s",
                  .duration = Ticks::milliseconds(500),
                  .gap = true,
                  .map = "init-1.mp4",
                  .program_date_time = at(1'795'341'600'123),
                  .parts = {{.uri = "1-104-0.m4s", .duration = Ticks::from(467'133, 1'000'000), .independent = true},
                            {.uri = "1-104-1.m4s", .duration = Ticks::from(32'867, 1'000'000), .gap = true}}}},
    .open = Segment{.uri = {},
                    .duration = {},
                    .discontinuity = true,
                    .map = "init-2.mp4",
                    .program_date_time = {},
                    .parts = {{.uri = "1-105-0.m4s", .duration = Ticks::milliseconds(467)}}},
    .preload_hint = "1-105-1.m4s",
    .reports = {{.uri = "../audio/index.m3u8", .last_sequence = 105, .last_part = 0},
                {.uri = "../360p/index.m3u8", .last_sequence = 104, .last_part = {}}}};

constexpr const char* low_latency_text =
    "#EXTM3U\n"
    "#EXT-X-VERSION:10\n"
    "#EXT-X-INDEPENDENT-SEGMENTS\n"
    "#EXT-X-TARGETDURATION:6\n"
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=36.000,HOLD-BACK=18.000,PART-HOLD-BACK=1.401399\n"
    "#EXT-X-PART-INF:PART-TARGET=0.467133\n"
    "#EXT-X-MEDIA-SEQUENCE:100\n"
    "#EXT-X-SKIP:SKIPPED-SEGMENTS=4,RECENTLY-REMOVED-DATERANGES=\"\"\n"
    "#EXT-X-MAP:URI=\"init-1.mp4\"\n"
    "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.123Z\n"
    "#EXT-X-PART:DURATION=0.467133,URI=\"1-104-0.m4s\",INDEPENDENT=YES\n"
    "#EXT-X-PART:DURATION=0.032867,URI=\"1-104-1.m4s\",GAP=YES\n"
    "#EXT-X-GAP\n"
    "#EXTINF:0.500,\n"
    "1-104.m4s\n"
    "#EXT-X-DISCONTINUITY\n"
    "#EXT-X-MAP:URI=\"init-2.mp4\"\n"
    "#EXT-X-PART:DURATION=0.467,URI=\"1-105-0.m4s\"\n"
    "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"1-105-1.m4s\"\n"
    "#EXT-X-RENDITION-REPORT:URI=\"../audio/index.m3u8\",LAST-MSN=105,LAST-PART=0\n"
    "#EXT-X-RENDITION-REPORT:URI=\"../360p/index.m3u8\",LAST-MSN=104\n";

TEST(M3u8, LowLatencyPlaylistsAreWrittenAndRead) {
    EXPECT_EQ(write(low_latency), low_latency_text);
    const auto parsed = parse(low_latency_text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().text;
    EXPECT_EQ(std::get<MediaPlaylist>(*parsed), low_latency);
}

TEST(M3u8, IFramePlaylistsAreWrittenAndRead) {
    MediaPlaylist playlist = live;
    playlist.iframes_only = true;
    const std::string text = write(playlist);
    EXPECT_THAT(text, testing::HasSubstr("#EXT-X-TARGETDURATION:6\n#EXT-X-I-FRAMES-ONLY\n"));
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().text;
    EXPECT_EQ(std::get<MediaPlaylist>(*parsed), playlist);
}

TEST(M3u8, MultivariantPlaylistsAreWrittenAndRead) {
    EXPECT_EQ(write(ladder), ladder_text);
    const auto parsed = parse(ladder_text);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().text;
    EXPECT_EQ(std::get<MultivariantPlaylist>(*parsed), ladder);
}

TEST(M3u8, OtherServersPlaylistsAreRead) {
    const auto parsed = parse(
        "#EXTM3U\r\n# a comment\r\n#EXT-X-TARGETDURATION:10\r\n#EXT-X-KEY:METHOD=NONE\r\n"
        "#EXT-X-UNHEARD-OF:A=\"b\"\r\n\r\n#EXTINF:9,a title, with commas\r\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:30:00.5+02:30\r\nhttp://host/a.ts?x=1\r\n"
        "#EXTINF:9.5\r\nb.ts");
    ASSERT_TRUE(parsed.has_value()) << parsed.error().text;
    const auto& playlist = std::get<MediaPlaylist>(*parsed);
    ASSERT_EQ(playlist.segments.size(), 2U);
    EXPECT_EQ(playlist.segments[0].uri, "http://host/a.ts?x=1");
    EXPECT_EQ(playlist.segments[0].duration, Ticks::seconds(9));
    EXPECT_EQ(playlist.segments[0].program_date_time, at(1'795'341'600'500));
    EXPECT_EQ(playlist.segments[1].duration, Ticks::seconds(9.5));
}

struct Refusal {
    const char* name;
    const char* body;  ///< behind #EXTM3U
    base::ErrorKind kind;
    friend std::ostream& operator<<(std::ostream& out, const Refusal& one) { return out << one.name; }
};
class M3u8Refusal : public testing::TestWithParam<Refusal> {};

TEST_P(M3u8Refusal, NonsenseIsRefused) {
    const auto parsed = parse(std::string("#EXTM3U\n") + GetParam().body);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().kind, GetParam().kind);
}

constexpr auto malformed = base::ErrorKind::malformed;
constexpr auto unsupported = base::ErrorKind::unsupported;
INSTANTIATE_TEST_SUITE_P(
    Cases, M3u8Refusal,
    testing::Values(
        Refusal{"no_target_duration", "#EXTINF:1,\na\n", malformed},
        Refusal{"no_duration", "#EXT-X-TARGETDURATION:1\na\n", malformed},
        Refusal{"a_number_that_is_none", "#EXT-X-TARGETDURATION:six\n", malformed},
        Refusal{"a_number_too_large", "#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:18446744073709551615\n",
                malformed},
        Refusal{"a_negative_duration", "#EXT-X-TARGETDURATION:1\n#EXTINF:-1,\na\n", malformed},
        Refusal{"a_date_beyond_the_clock",
                "#EXT-X-TARGETDURATION:1\n#EXT-X-PROGRAM-DATE-TIME:2262-11-22T10:00:00Z\n#EXTINF:1,\na\n", malformed},
        Refusal{"a_duration_of_years", "#EXT-X-TARGETDURATION:1\n#EXTINF:99999999999,\na\n", malformed},
        Refusal{"a_date_that_is_none", "#EXT-X-PROGRAM-DATE-TIME:2026-02-30T00:00:00Z\n", malformed},
        Refusal{"a_date_before_all_dates", "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00+10:00\n", malformed},
        Refusal{"a_map_without_address", "#EXT-X-MAP:BYTE=\"1\"\n", malformed},
        Refusal{"a_quote_without_end", "#EXT-X-STREAM-INF:CODECS=\"avc1\na\n", malformed},
        Refusal{"a_quote_within", "#EXT-X-STREAM-INF:CODECS=av\"c1\na\n", malformed},
        Refusal{"iframes_without_address", "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1\n", malformed},
        Refusal{"iframes_without_size", "#EXT-X-I-FRAME-STREAM-INF:URI=\"a\",RESOLUTION=0x1\n", malformed},
        Refusal{"control_characters", "#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na\x01\n", malformed},
        Refusal{"both_kinds", "#EXTINF:1,\na\n#EXT-X-STREAM-INF:BANDWIDTH=1\nb\n", malformed},
        Refusal{"encryption", "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n", unsupported},
        Refusal{"a_part_without_address", "#EXT-X-PART:DURATION=1\n", malformed},
        Refusal{"a_part_without_duration", "#EXT-X-PART:URI=\"a\"\n", malformed},
        Refusal{"a_part_target_that_is_none", "#EXT-X-PART-INF:PART=1\n", malformed},
        Refusal{"a_skip_of_nothing", "#EXT-X-SKIP:SEGMENTS=1\n", malformed},
        Refusal{"byte_ranges_of_parts", "#EXT-X-PART:URI=\"a\",DURATION=1,BYTERANGE=\"1@1\"\n", unsupported},
        Refusal{"byte_ranges", "#EXT-X-BYTERANGE:1@1\n", unsupported}),
    testing::PrintToStringParamName());

TEST(M3u8, WhatIsNoPlaylistIsRefused) {
    for (const char* text : {"", "#EXT", "<html>", "EXTM3U\n", "\n#EXTM3U\n"})
        EXPECT_FALSE(parse(text).has_value()) << text;
    EXPECT_EQ(parse(live_text, {.bytes = 100}).error().kind, base::ErrorKind::too_large);
}

TEST(M3u8, QuotesAndLineEndsNeverLeaveAQuotedString) {
    MultivariantPlaylist hostile = ladder;
    hostile.renditions[0].name = "a\"\n#EXT-X-ENDLIST\r\n";
    const auto parsed = parse(write(hostile));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(std::get<MultivariantPlaylist>(*parsed).renditions[0].name, "a#EXT-X-ENDLIST");
}

}  // namespace
}  // namespace weir::format::m3u8
