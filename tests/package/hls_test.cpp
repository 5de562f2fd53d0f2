#include "package/hls.hpp"

#include "package/iframes.hpp"
#include "rig.hpp"

#include <gmock/gmock.h>

#include <string>

namespace weir::package::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Hls, MultivariantNamesWhatAPlayerChoosesBy) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13));
    const auto& index = *rig.segmenter.index();
    const auto& video = rig.list("source");
    const auto& audio = rig.list("audio");
    const std::string expected = fmt::format(
        "#EXTM3U\n"
        "#EXT-X-VERSION:7\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"audio\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\","
        "URI=\"audio/index.m3u8\"\n"
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={},CODECS=\"avc1.64001f\",RESOLUTION=1280x720,"
        "URI=\"source/iframes.m3u8\"\n"
        "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,"
        "FRAME-RATE=30.000,AUDIO=\"audio\"\n"
        "source/index.m3u8\n",
        iframes::variant(index, video)->bandwidth, video.peak_bitrate + audio.peak_bitrate,
        video.average_bitrate + audio.average_bitrate);
    EXPECT_EQ(hls::multivariant_playlist(index), expected);
    EXPECT_NEAR(static_cast<double>(video.peak_bitrate), 30 * 600 * 8, 10'000);
    EXPECT_NEAR(static_cast<double>(audio.peak_bitrate), 48'000 / 1024.0 * 100 * 8, 10'000);
}

TEST(Hls, SoundAloneIsAVariantOfItsOwn) {
    Rig rig;
    Source source({.video = false}, Ticks());
    rig.run(source, seconds(13));
    const std::string text = hls::multivariant_playlist(*rig.segmenter.index());
    EXPECT_THAT(text, HasSubstr("CODECS=\"mp4a.40.2\"\naudio/index.m3u8\n"));
    EXPECT_THAT(text, Not(HasSubstr("EXT-X-MEDIA")));
}

TEST(Hls, MediaPlaylistSaysWhereAndWhenEachSegmentIs) {
    config::StreamOptions options;
    options.part = 2s;
    Rig rig(options);
    Source first({}, Ticks());
    rig.run(first, seconds(9));
    rig.pause = 4s;
    Source second({.width = 640}, seconds(9), true);
    rig.run(second, seconds(16));
    rig.end();
    const auto& list = rig.list("source");
    const std::string before = list.listed[0]->init->hash;
    const std::string after = list.listed[2]->init->hash;
    EXPECT_EQ(hls::media_playlist(*rig.segmenter.index(), list),
              "#EXTM3U\n"
              "#EXT-X-VERSION:9\n"
              "#EXT-X-INDEPENDENT-SEGMENTS\n"
              "#EXT-X-TARGETDURATION:6\n"
              "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=36.000,HOLD-BACK=18.000,"
              "PART-HOLD-BACK=6.000\n"
              "#EXT-X-PART-INF:PART-TARGET=2.000\n"
              "#EXT-X-MEDIA-SEQUENCE:1795341600\n"
              "#EXT-X-DISCONTINUITY-SEQUENCE:46860\n"
              "#EXT-X-MAP:URI=\"init-" +
                  before +
                  ".mp4\"\n"
                  "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:00.000Z\n"
                  "#EXT-X-PART:DURATION=2.000,URI=\"1795341600-1795341600-0.m4s\",INDEPENDENT=YES\n"
                  "#EXT-X-PART:DURATION=2.000,URI=\"1795341600-1795341600-1.m4s\",INDEPENDENT=YES\n"
                  "#EXT-X-PART:DURATION=2.000,URI=\"1795341600-1795341600-2.m4s\",INDEPENDENT=YES\n"
                  "#EXTINF:6.000,\n"
                  "1795341600-1795341600.m4s\n"
                  "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:06.000Z\n"
                  "#EXT-X-PART:DURATION=2.000,URI=\"1795341600-1795341601-0.m4s\",INDEPENDENT=YES\n"
                  "#EXT-X-PART:DURATION=1.000,URI=\"1795341600-1795341601-1.m4s\",INDEPENDENT=YES\n"
                  "#EXTINF:3.000,\n"
                  "1795341600-1795341601.m4s\n"
                  "#EXT-X-DISCONTINUITY\n"
                  "#EXT-X-MAP:URI=\"init-" +
                  after +
                  ".mp4\"\n"
                  "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:13.000Z\n"
                  "#EXT-X-PART:DURATION=2.000,URI=\"1795341600-1795341602-0.m4s\",INDEPENDENT=YES\n"
                  "#EXT-X-PART:DURATION=2.000,URI=\"1795341600-1795341602-1.m4s\",INDEPENDENT=YES\n"
                  "#EXT-X-PART:DURATION=2.000,URI=\"1795341600-1795341602-2.m4s\",INDEPENDENT=YES\n"
                  "#EXTINF:6.000,\n"
                  "1795341600-1795341602.m4s\n"
                  "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T10:00:19.000Z\n"
                  "#EXT-X-PART:DURATION=1.000,URI=\"1795341600-1795341603-0.m4s\",INDEPENDENT=YES\n"
                  "#EXTINF:1.000,\n"
                  "1795341600-1795341603.m4s\n"
                  "#EXT-X-ENDLIST\n");
}

TEST(Hls, ATokenTravelsInEveryAddress) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(8));
    const auto& list = rig.list("source");
    EXPECT_THAT(hls::multivariant_playlist(*rig.segmenter.index(), "?token=a"),
                testing::AllOf(HasSubstr("source/index.m3u8?token=a\n"), HasSubstr("audio/index.m3u8?token=a\"")));
    EXPECT_THAT(hls::media_playlist(*rig.segmenter.index(), list, {.suffix = "?token=a"}),
                testing::AllOf(HasSubstr(".mp4?token=a\"\n"), HasSubstr(".m4s?token=a\n")));
}

TEST(Hls, AnAttackersLanguageStaysInItsQuotes) {
    Rig rig;
    Source source({}, Ticks());
    auto tracks = std::make_shared<media::TrackSet>(*Shape{}.tracks());
    tracks->tracks.back().language = "en\",URI=\"http://elsewhere/\"\n#EXT-X-ENDLIST";
    while (source.position() < seconds(8)) {
        auto entry = source.next();
        entry.tracks = tracks;
        rig.write(entry);
    }
    const std::string text = hls::multivariant_playlist(*rig.segmenter.index());
    EXPECT_THAT(text, HasSubstr("LANGUAGE=\"en,URI=http://elsewhere/#EXT-X-ENDLIST\""));
    EXPECT_TRUE(format::m3u8::parse(text).has_value());
}

TEST(Hls, AddressesAreFoundAndOnlyAsPrinted) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(200));
    const auto& index = *rig.segmenter.index();
    const auto& list = rig.list("source");
    for (const auto* segments : {&list.listed, &list.lingering})
        for (const auto& segment : *segments)
            EXPECT_EQ(hls::find_segment(index, list, {epoch, segment->sequence}), segment);
    EXPECT_EQ(hls::find_segment(index, list, {epoch - 1, list.listed.back()->sequence}), nullptr);
    EXPECT_EQ(hls::find_segment(index, list, {epoch, list.listed.back()->sequence + 1}), nullptr);
    EXPECT_EQ(hls::find_segment(index, list, {epoch, list.lingering.front()->sequence - 1}), nullptr);
    const auto& init = list.listed.back()->init;
    EXPECT_EQ(hls::find_init(list, init->hash), init);
    EXPECT_EQ(hls::find_init(list, "0"), nullptr);
}

TEST(Hls, AddressesParse) {
    const hls::SegmentAddress address{1'795'341'600, 1'795'341'607};
    EXPECT_EQ(hls::print(address), "1795341600-1795341607.m4s");
    EXPECT_EQ(hls::parse_segment_address("1795341600-1795341607.m4s"), address);
    for (const char* wrong :
         {"", ".m4s", "-.m4s", "1-.m4s", "-1.m4s", "1-2", "1-2.mp4", "01-2.m4s", "1-02.m4s", "1-+2.m4s", " 1-2.m4s",
          "1-2-3.m4s", "99999999999999999999-1.m4s", "1-2.m4s?", "0x1-2.m4s"})
        EXPECT_EQ(hls::parse_segment_address(wrong), std::nullopt) << wrong;
    const hls::PartAddress part{1'795'341'600, 1'795'341'607, 11};
    EXPECT_EQ(hls::print(part), "1795341600-1795341607-11.m4s");
    EXPECT_EQ(hls::parse_part_address("1795341600-1795341607-11.m4s"), part);
    for (const char* wrong : {"", "1-2.m4s", "1-2-.m4s", "1-2-03.m4s", "1-2-3", "1-2-3-4.m4s", "-1-2-3.m4s",
                              "1-2-4294967296.m4s", "1-2--3.m4s"})
        EXPECT_EQ(hls::parse_part_address(wrong), std::nullopt) << wrong;
    EXPECT_EQ(hls::parse_init_address("init-0123456789abcdef.mp4"), "0123456789abcdef");
    for (const char* wrong : {"init-.mp4", "init.mp4", "init-ABC.mp4", "init-..%2f.mp4", "init-12.m4s"})
        EXPECT_EQ(hls::parse_init_address(wrong), std::nullopt) << wrong;
}

TEST(Hls, EntityTagsTellTextsApart) {
    EXPECT_EQ(hls::entity_tag("a"), hls::entity_tag("a"));
    EXPECT_NE(hls::entity_tag("a"), hls::entity_tag("b"));
    EXPECT_THAT(hls::entity_tag(""), testing::MatchesRegex("\"[0-9a-f]{16}\""));
}

TEST(Hls, WhatHasNothingToPlayIsNotOffered) {
    Rig rig;
    Source first({}, Ticks());
    rig.run(first, seconds(14));
    Source second({.video = false}, seconds(14), true);
    rig.run(second, seconds(74));
    EXPECT_THAT(shape_of(rig.list("source")), HasSubstr("g"));
    const std::string text = hls::media_playlist(*rig.segmenter.index(), rig.list("source"));
    EXPECT_THAT(text, HasSubstr("#EXT-X-GAP\n"));
    rig.run(second, seconds(84));
    EXPECT_THAT(hls::multivariant_playlist(*rig.segmenter.index()), HasSubstr("\naudio/index.m3u8\n"));
}

}  // namespace
}  // namespace weir::package::test
