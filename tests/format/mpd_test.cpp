#include "format/mpd.hpp"

#include "format/mpd_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weir::format::mpd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

DateTime at(std::int64_t milliseconds) { return DateTime(std::chrono::milliseconds(milliseconds)); }

Manifest live() {
    return {.published = at(1'795'341'618'500),
            .minimum_update_period = 1s,
            .time_shift_buffer = 18500ms,
            .suggested_delay = 3s,
            .longest_segment = 6s,
            .minimum_buffer = 1s,
            .service = Service{.target = 3s, .minimum = 1500ms, .maximum = 6s, .slowest = 0.96, .fastest = 1.04},
            .periods = {{.id = "1795341600",
                         .start = 1'795'341'600s + 123ms,
                         .duration = {},
                         .sets = {{.content_type = "video",
                                   .mime_type = "video/mp4",
                                   .language = {},
                                   .role = "main",
                                   .is_independent = true,
                                   .representations = {{.id = "720p",
                                                        .bandwidth = 2'500'000,
                                                        .codecs = "avc1.64001f",
                                                        .width = 1280,
                                                        .height = 720,
                                                        .frame_rate = 30'000 / 1001.0,
                                                        .segments = {.timescale = 30'000,
                                                                     .presentation_time_offset = 60'060,
                                                                     .start_number = 1'795'341'600,
                                                                     .initialization = "720p/init-1.mp4",
                                                                     .media = "720p/1-$Number$.m4s",
                                                                     .availability_time_offset = 5500ms,
                                                                     .timeline = {{60'060, 180'180, 1},
                                                                                  {420'420, 15'015}}}}}}}}},
            .clock = "/time"};
}

TEST(Mpd, ALiveManifestIsWritten) {
    EXPECT_EQ(write(live()), R"(<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019" type="dynamic" availabilityStartTime="1970-01-01T00:00:00.000Z" publishTime="2026-11-22T10:00:18.500Z" minimumUpdatePeriod="PT1S" timeShiftBufferDepth="PT18.5S" suggestedPresentationDelay="PT3S" maxSegmentDuration="PT6S" minBufferTime="PT1S">
  <ServiceDescription id="0">
    <Latency target="3000" min="1500" max="6000"/>
    <PlaybackRate min="0.96" max="1.04"/>
  </ServiceDescription>
  <Period id="1795341600" start="PT1795341600.123S">
    <AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" maxWidth="1280" maxHeight="720" maxFrameRate="30000/1001">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="720p" bandwidth="2500000" codecs="avc1.64001f" width="1280" height="720" frameRate="30000/1001">
        <SegmentTemplate timescale="30000" presentationTimeOffset="60060" availabilityTimeOffset="5.500" availabilityTimeComplete="false" startNumber="1795341600" initialization="720p/init-1.mp4" media="720p/1-$Number$.m4s">
          <SegmentTimeline>
            <S t="60060" d="180180" r="1"/>
            <S d="15015"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="/time"/>
</MPD>
)");
}

TEST(Mpd, AnEndedOneSaysHowLongItIs) {
    Manifest manifest = live();
    manifest.is_dynamic = false;
    manifest.duration = 1'795'341'618s + 500us;
    manifest.clock.clear();
    manifest.periods[0].duration = 18s + 1us;
    const std::string text = write(manifest);
    EXPECT_EQ(test::SchemaCheck::fault(text), "");
    EXPECT_THAT(text, HasSubstr(" type=\"static\" "));
    EXPECT_THAT(text, HasSubstr(" mediaPresentationDuration=\"PT1795341618.0005S\" "));
    EXPECT_THAT(text, HasSubstr(" start=\"PT1795341600.123S\" duration=\"PT18.000001S\">"));
    for (const char* of_live :
         {"minimumUpdatePeriod", "timeShiftBufferDepth", "suggestedPresentationDelay", "UTCTiming"})
        EXPECT_THAT(text, Not(HasSubstr(of_live)));
}

TEST(Mpd, SoundSaysItsShape) {
    Manifest manifest = live();
    manifest.periods[0].sets = {{.content_type = "audio",
                                 .mime_type = "audio/mp4",
                                 .language = "en",
                                 .role = {},
                                 .representations = {{.id = "audio",
                                                      .bandwidth = 128'000,
                                                      .codecs = "mp4a.40.2",
                                                      .sample_rate = 48'000,
                                                      .channels = 2,
                                                      .segments = {.initialization = "audio/init-1.mp4",
                                                                   .media = "audio/1-$Number$.m4s",
                                                                   .timeline = {{0, 1}, {2, 1}}}}}}};
    const std::string text = write(manifest);
    EXPECT_EQ(test::SchemaCheck::fault(text), "");
    EXPECT_THAT(text, HasSubstr("<AdaptationSet contentType=\"audio\" mimeType=\"audio/mp4\" lang=\"en\" "
                                "segmentAlignment=\"true\">\n"));
    EXPECT_THAT(text, HasSubstr("<Representation id=\"audio\" bandwidth=\"128000\" codecs=\"mp4a.40.2\" "
                                "audioSamplingRate=\"48000\">\n"));
    EXPECT_THAT(text, HasSubstr("audio_channel_configuration:2011\" value=\"2\"/>"));
    EXPECT_THAT(text, HasSubstr("<S t=\"0\" d=\"1\"/>\n            <S t=\"2\" d=\"1\"/>"));
}

TEST(Mpd, FrameRatesAreWholeNumbersOrFractions) {
    Manifest manifest = live();
    const auto printed = [&](double rate) {
        manifest.periods[0].sets[0].representations[0].frame_rate = rate;
        const std::string text = write(manifest);
        const std::size_t from = text.find(" frameRate=\"") + 12;
        return text.substr(from, text.find('"', from) - from);
    };
    EXPECT_EQ(printed(25), "25");
    EXPECT_EQ(printed(60), "60");
    EXPECT_EQ(printed(23.976), "24000/1001");
    EXPECT_EQ(printed(59.94), "60000/1001");
    EXPECT_EQ(printed(12.5), "12500/1000");
}

TEST(Mpd, AStrangersTextStaysInItsAttribute) {
    Manifest manifest = live();
    manifest.periods[0].id = "en\"/><x a='&'>\x01\xff\xef\xbf\xbf";
    EXPECT_THAT(write(manifest), HasSubstr(" id=\"en&quot;/&gt;&lt;x a='&amp;'&gt;\xef\xbf\xbd\" start"));
}

TEST(Mpd, WhatIsNoLanguageIsLeftUnsaid) {
    Manifest manifest = live();
    for (const char* language : {"en", "zh-Hans-CN", "qaa"}) {
        manifest.periods[0].sets[0].language = language;
        EXPECT_THAT(write(manifest), HasSubstr(std::string(" lang=\"") + language + "\" "));
    }
    for (const char* language : {"", "e n", "\xff", "en-", "-en", "ninechars", "en\"/><x>"}) {
        manifest.periods[0].sets[0].language = language;
        EXPECT_THAT(write(manifest), Not(HasSubstr(" lang="))) << language;
        EXPECT_EQ(test::SchemaCheck::fault(write(manifest)), "") << language;
    }
}

struct Fault {
    std::string_view from;
    std::string_view to;
    std::string_view says;
};

TEST(Mpd, KeepsToTheSchema) {
    const std::string text = write(live());
    EXPECT_EQ(test::SchemaCheck::fault(text), "");
    // And the check sees what it would have to see.
    const Fault table[] = {
        {"publishTime=\"2026-11-22T10:00:18.500Z\" ", "", "MPD is dynamic, and does not say since when and of when"},
        {" minBufferTime=\"PT1S\"", "", "minBufferTime is missing"},
        {"minBufferTime=\"PT1S\"", "minBufferTime=\"1\"", "minBufferTime is of another type: 1"},
        {"type=\"dynamic\"", "type=\"static\"", "minimumUpdatePeriod is of a dynamic MPD"},
        {"minimumUpdatePeriod=\"PT1S\" ", "", "MPD does not say where it ends"},
        {"min=\"0.96\"", "min=\"-1\"", "min is of another type"},
        {"startNumber=\"1795341600\"", "startNumber=\"4294967296\"", "startNumber is of another type"},
        {"frameRate=\"30000/1001\"", "frameRate=\"29.97\"", "frameRate is of another type"},
        {" d=\"180180\"", "", "d is missing"},
        {"codecs=", "codec=", "codec is no attribute of the table"},
        {"<SegmentTimeline>", "<SegmentTimeline/><SegmentTimeline>", "SegmentTimeline is there too often"},
        {"</AdaptationSet>", "<Role schemeIdUri=\"x\"/></AdaptationSet>", "Role is there, or not in that order"},
        {"<UTCTiming ", "<Clock ", "Clock is no element of the table"},
        {"<Period id=\"1795341600\"", "<Period", "Period has no id in a dynamic MPD"},
    };
    for (const auto& [from, to, says] : table) {
        std::string broken = text;
        const std::size_t at = broken.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        broken.replace(at, from.size(), to);
        EXPECT_THAT(test::SchemaCheck::fault(broken), testing::StartsWith(std::string(says))) << from;
    }
}

}  // namespace
}  // namespace weir::format::mpd
