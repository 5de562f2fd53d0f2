#include "package/hls_ts.hpp"

#include "format/mpegts_receiver.hpp"
#include "rig.hpp"

#include <gmock/gmock.h>

#include <map>
#include <string>

namespace weir::package::test {
namespace {

using format::mpegts::test::Frame;
using format::mpegts::test::Receiver;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint16_t video_pid = 0x100;
constexpr std::uint16_t audio_pid = 0x101;
constexpr std::int64_t wire_shift = 2 * 90'000;

base::Bytes end_to_end(const std::vector<base::Bytes>& runs) {
    base::ByteWriter all;
    for (const base::Bytes& run : runs) all.bytes(run);
    return all.to_bytes();
}

/// Every listed segment of a rendition, one after another to one receiver; looks at what each begins with.
void receive(const Rig& rig, const char* name, Receiver& receiver) {
    const auto& list = rig.list(name);
    for (const stream::SegmentRef& segment : list.listed) {
        const auto sources = hls_ts::find_segment(*rig.segmenter.index(), list, {epoch, segment->sequence});
        ASSERT_TRUE(sources.has_value());
        const base::Bytes bytes = end_to_end(hls_ts::write(*sources).value());
        EXPECT_EQ(end_to_end(hls_ts::write(*sources).value()), bytes);
        const std::size_t tables = receiver.tables;
        receiver.receive(bytes.slice(0, 2 * 188));
        EXPECT_EQ(receiver.tables, tables + 2) << "a segment begins with its tables";
        receiver.receive(bytes.slice(2 * 188));
        receiver.finish();
    }
}

std::map<std::uint16_t, std::vector<Frame>> by_pid(const Receiver& receiver) {
    std::map<std::uint16_t, std::vector<Frame>> frames;
    for (const Frame& frame : receiver.frames) frames[frame.pid].push_back(frame);
    return frames;
}

TEST(HlsTs, VariantsHaveTheirSoundInside) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13));
    const std::string text = hls_ts::multivariant_playlist(*rig.segmenter.index());
    EXPECT_THAT(text,
                HasSubstr("CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=30.000\nsource/ts.m3u8\n"));
    EXPECT_THAT(text, HasSubstr("#EXT-X-VERSION:3\n"));
    EXPECT_THAT(text, Not(HasSubstr("EXT-X-MEDIA")));
}

media::Track vp9_track() {
    return media::track_from_config(media::Codec::vp9, tests::from_hex("01000000000b820202020000")).value();
}
media::Track flac_track() {
    const auto record = tests::from_hex("1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5");
    return media::track_from_config(media::Codec::flac, record).value();
}

TEST(HlsTs, APictureThatATransportStreamHasNoMappingForIsLeftOut) {
    Rig rig;
    Source source({.other_video = vp9_track()}, Ticks());
    rig.run(source, seconds(13));
    const auto& index = *rig.segmenter.index();
    const std::string text = hls_ts::multivariant_playlist(index);
    EXPECT_THAT(text, Not(HasSubstr("source/ts.m3u8")));
    EXPECT_THAT(text, HasSubstr("CODECS=\"mp4a.40.2\"\naudio/ts.m3u8\n"));
    const std::uint64_t first = rig.list("source").listed.front()->sequence;
    EXPECT_FALSE(hls_ts::find_segment(index, rig.list("source"), {epoch, first}));
    EXPECT_TRUE(hls_ts::find_segment(index, rig.list("audio"), {epoch, first}));
}

TEST(HlsTs, SoundThatATransportStreamHasNoMappingForIsNoneBesideAPicture) {
    Rig rig;
    Source source({.other_audio = flac_track()}, Ticks());
    rig.run(source, seconds(13));
    const auto& index = *rig.segmenter.index();
    EXPECT_THAT(hls_ts::multivariant_playlist(index), HasSubstr("CODECS=\"avc1.64001f\",RESOLUTION"));
    const auto sources =
        hls_ts::find_segment(index, rig.list("source"), {epoch, rig.list("source").listed.front()->sequence});
    ASSERT_TRUE(sources.has_value());
    EXPECT_EQ(sources->sound, nullptr);
    EXPECT_FALSE(sources->sound_track.has_value());
}

TEST(HlsTs, SegmentsHaveTheNumbersOfTheOthers) {
    Rig rig;
    Source first({}, Ticks());
    rig.run(first, seconds(9));
    Source second({.width = 640}, seconds(9), true);
    rig.run(second, seconds(16));
    rig.end();
    const auto& index = *rig.segmenter.index();
    const std::string cmaf = hls::media_playlist(index, rig.list("source"));
    std::string ts = hls_ts::media_playlist(index, rig.list("source"));
    EXPECT_THAT(ts, Not(HasSubstr("EXT-X-MAP")));
    const auto lines_of = [](const std::string& text, std::string_view start) {
        std::vector<std::string> lines;
        std::istringstream stream(text);
        for (std::string line; std::getline(stream, line);)
            if (line.starts_with(start)) lines.push_back(line.substr(0, line.find('.')));
        return lines;
    };
    for (const char* start :
         {"#EXTINF", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY", "#EXT-X-PROGRAM-DATE-TIME", "1"})
        EXPECT_EQ(lines_of(ts, start), lines_of(cmaf, start)) << start;
}

TEST(HlsTs, SegmentsAreOneContinuousStream) {
    for (const bool reordered : {false, true}) {
        Rig rig;
        Source source({.reordered = reordered, .video_bytes = 3000}, Ticks());
        rig.run(source, seconds(31));
        Receiver receiver;
        receive(rig, "source", receiver);
        EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
        EXPECT_EQ(receiver.map_version, 0);
        auto frames = by_pid(receiver);
        const std::size_t segments = rig.list("source").listed.size();
        ASSERT_GE(segments, 4U);
        ASSERT_EQ(frames[video_pid].size(), segments * 180);
        std::vector<std::int64_t> shown;
        for (std::size_t i = 0; i < frames[video_pid].size(); ++i) {
            const Frame& frame = frames[video_pid][i];
            shown.push_back(frame.pts);
            EXPECT_LE(frame.dts, frame.pts);
            if (i > 0) EXPECT_LT(frames[video_pid][i - 1].dts, frame.dts);
            EXPECT_EQ(frame.random_access, i % 60 == 0);
        }
        std::ranges::sort(shown);
        for (std::size_t i = 0; i < shown.size(); ++i)
            EXPECT_EQ(shown[i], wire_shift + static_cast<std::int64_t>(i + (reordered ? 1 : 0)) * 3000);
        for (std::size_t i = 1; i < frames[audio_pid].size(); ++i)
            EXPECT_EQ(frames[audio_pid][i].pts - frames[audio_pid][i - 1].pts, 1920);
    }
}

TEST(HlsTs, ClocksWrapInTheMidstOfAStream) {
    Rig rig;
    const Ticks start = Ticks::from(std::int64_t{1} << 33, 90'000) - seconds(15);
    Source source({}, start);
    rig.run(source, start + seconds(31));
    Receiver receiver;
    receive(rig, "source", receiver);
    EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
    const auto frames = by_pid(receiver).at(video_pid);
    EXPECT_GT(frames.front().pts, frames.back().pts);
    for (std::size_t i = 1; i < frames.size(); ++i)
        EXPECT_EQ((frames[i].pts - frames[i - 1].pts) & ((std::int64_t{1} << 33) - 1), 3000);
}

TEST(HlsTs, ASegmentWithoutSoundHasTheSameTracks) {
    Rig rig;
    rig.is_watched = false;
    Source source({}, Ticks());
    rig.run(source, seconds(5));
    source.mute_audio = true;
    rig.run(source, seconds(20));
    source.mute_audio = false;
    rig.run(source, seconds(32));
    Receiver receiver;
    receive(rig, "source", receiver);
    EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
    EXPECT_EQ(receiver.map_version, 0);
    EXPECT_EQ(receiver.stream_types.size(), 2U);
}

TEST(HlsTs, SoundAloneIsAStreamToo) {
    Rig rig;
    Source source({.video = false}, Ticks());
    rig.run(source, seconds(20));
    EXPECT_THAT(hls_ts::multivariant_playlist(*rig.segmenter.index()), HasSubstr("\naudio/ts.m3u8\n"));
    Receiver receiver;
    receive(rig, "audio", receiver);
    EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
    EXPECT_EQ(receiver.stream_types, (std::map<std::uint16_t, std::uint8_t>{{audio_pid, 0x0f}}));
}

TEST(HlsTs, WhatIsNotThereIsNotFound) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(13));
    const auto& index = *rig.segmenter.index();
    EXPECT_FALSE(hls_ts::find_segment(index, rig.list("source"), {epoch, epoch + 99}).has_value());
    EXPECT_FALSE(hls_ts::find_segment(index, rig.list("source"), {epoch + 1, epoch}).has_value());
}

}  // namespace
}  // namespace weir::package::test
