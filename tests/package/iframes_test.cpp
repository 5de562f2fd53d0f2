#include "package/iframes.hpp"

#include "format/m3u8_parser.hpp"
#include "format/mp4_reader.hpp"
#include "package/window.hpp"
#include "rig.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace weir::package::test {
namespace {

using format::m3u8::MediaPlaylist;

MediaPlaylist playlist_of(const stream::SegmentIndex& index, std::string_view name = "source") {
    const auto parsed = format::m3u8::parse(iframes::playlist(index, *index.find(name)));
    EXPECT_TRUE(parsed.has_value());
    return std::get<MediaPlaylist>(*parsed);
}

std::string numbers_of(const std::string& uri) { return uri.substr(0, uri.find('.')); }

/// The samples of an object, as a player reads them.
std::vector<media::Packet> samples_of(const stream::InitSegment& init, const base::Bytes& object) {
    format::mp4::Reader reader;
    reader.receive(init.bytes);
    reader.receive(object);
    std::vector<media::Packet> samples;
    while (auto event = reader.next().value())
        if (auto* packet = std::get_if<media::Packet>(&*event)) samples.push_back(std::move(*packet));
    return samples;
}

/// Holds each version of a playlist against those before: what a number once was it stays, and none comes back.
class Versions {
  public:
    void look(const MediaPlaylist& playlist) {
        EXPECT_GE(playlist.media_sequence, first_);
        first_ = playlist.media_sequence;
        for (std::size_t i = 0; i < playlist.segments.size(); ++i) {
            const auto [known, is_new] = rows_.emplace(first_ + i, playlist.segments[i]);
            if (!is_new) EXPECT_EQ(known->second, playlist.segments[i]) << "number " << known->first << " changed";
        }
        EXPECT_GE(first_ + playlist.segments.size(), end_) << "what was listed is gone";
        end_ = first_ + playlist.segments.size();
    }
    [[nodiscard]] std::uint64_t first() const noexcept { return first_; }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }

  private:
    std::map<std::uint64_t, format::m3u8::Segment> rows_;
    std::uint64_t first_ = 0;
    std::uint64_t end_ = 0;
};

/// Feeds a source frame by frame and looks at every version.
void follow(Rig& rig, Source& source, Ticks until, Versions& versions) {
    stream::SegmentIndexRef seen;
    while (source.position() < until) {
        rig.write(source.next());
        const auto index = rig.segmenter.index();
        if (index != nullptr && index != seen && index->find("source") != nullptr) versions.look(playlist_of(*index));
        seen = index;
    }
}

TEST(IFrames, EveryKeyframeOfACompleteSegmentIsListedUntilTheNext) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(15));
    const MediaPlaylist playlist = playlist_of(*rig.segmenter.index());
    EXPECT_TRUE(playlist.iframes_only);
    EXPECT_FALSE(playlist.ended);
    EXPECT_EQ(playlist.target_duration, 6U);
    EXPECT_EQ(playlist.media_sequence, 0U);
    ASSERT_EQ(playlist.segments.size(), 6U) << "two segments, a keyframe each two seconds";
    for (std::size_t i = 0; i < playlist.segments.size(); ++i) {
        const auto& row = playlist.segments[i];
        EXPECT_EQ(row.duration, seconds(2));
        EXPECT_FALSE(row.gap);
        EXPECT_EQ(row.map, hls::init_address(*rig.list("source").listed.front()->init));
        EXPECT_EQ(*row.program_date_time - *playlist.segments.front().program_date_time, std::chrono::seconds(2) * i);
    }
}

TEST(IFrames, APictureIsAWholeFragmentThatLastsUntilTheNext) {
    for (const bool reordered : {false, true}) {
        Rig rig;
        Source source({.reordered = reordered}, Ticks());
        rig.run(source, seconds(15));
        const auto& index = *rig.segmenter.index();
        const auto& list = rig.list("source");
        Ticks expected = list.listed.front()->start;
        for (const auto& row : playlist_of(index).segments) {
            const auto address = iframes::parse_address(numbers_of(row.uri));
            ASSERT_TRUE(address.has_value()) << row.uri;
            const auto found = iframes::find_frame(index, list, *address);
            ASSERT_TRUE(found.has_value()) << row.uri;
            const base::Bytes object = iframes::write(*found).value();
            EXPECT_EQ(iframes::write(*found).value(), object) << "one address, one object";
            const auto samples = samples_of(*found->segment->init, object);
            ASSERT_EQ(samples.size(), 1U);
            EXPECT_TRUE(samples.front().keyframe);
            EXPECT_EQ(samples.front().dts, expected);
            EXPECT_EQ(samples.front().pts, expected);
            EXPECT_EQ(samples.front().duration, row.duration);
            EXPECT_EQ(samples.front().payload.size(), found->row.size);
            expected += row.duration;
        }
        EXPECT_EQ(expected, list.listed.back()->start + list.listed.back()->duration);
    }
}

TEST(IFrames, OnlyWhatIsListedHasAnObject) {
    Rig rig;
    Source source({}, Ticks());
    rig.run(source, seconds(15));
    const auto& index = *rig.segmenter.index();
    const auto& list = rig.list("source");
    const auto finds = [&](std::uint64_t of, std::uint64_t sequence, std::uint32_t part) {
        return iframes::find_frame(index, list, {of, sequence, part}).has_value();
    };
    EXPECT_TRUE(finds(epoch, epoch, 0));
    EXPECT_FALSE(finds(epoch, epoch, 1)) << "no keyframe is in it";
    EXPECT_FALSE(finds(epoch, epoch, 999));
    EXPECT_FALSE(finds(epoch, epoch + 2, 0)) << "it is still being made";
    EXPECT_FALSE(finds(epoch + 1, epoch, 0));
    for (const char* text : {"", "1-2", "1-2-03", "1-2-3-4", "1-2-x"})
        EXPECT_FALSE(iframes::parse_address(text).has_value()) << text;
}

TEST(IFrames, NumbersHoldWhileTheWindowMovesAndPublishersChange) {
    config::StreamOptions options;
    options.segment = 2s;
    options.window = 10s;
    Rig rig(options);
    Versions versions;
    const Ticks segment = Ticks::seconds(2);
    Source first({.gop = 12, .segment = segment}, Ticks());
    follow(rig, first, seconds(19.3), versions);
    EXPECT_GT(versions.first(), 0U) << "the window has moved";
    Source second({.width = 640, .gop = 30, .segment = segment}, seconds(19.5), true);
    follow(rig, second, seconds(31), versions);
    Source third({.gop = 0, .segment = segment}, seconds(31), true);
    follow(rig, third, seconds(60), versions);
    rig.end();
    const MediaPlaylist last = playlist_of(*rig.segmenter.index());
    versions.look(last);
    EXPECT_TRUE(last.ended);
    // A player that stays while the server starts anew finds the next stream's numbers beyond.
    Rig anew(options);
    Source fourth({.gop = 12, .segment = segment}, seconds(60));
    follow(anew, fourth, seconds(75), versions);
    EXPECT_GE(versions.first(), 60'000U);
}

TEST(IFrames, WhereThereIsNoKeyframeIsAGap) {
    config::StreamOptions options;
    options.segment = 2s;
    Rig rig(options);
    Source usual({.segment = Ticks::seconds(2)}, Ticks());
    rig.run(usual, seconds(8));
    Source without({.gop = 0, .segment = Ticks::seconds(2)}, seconds(8), true);
    rig.run(without, seconds(30));
    const auto& list = rig.list("source");
    const MediaPlaylist playlist = playlist_of(*rig.segmenter.index());
    ASSERT_EQ(playlist.segments.size(), list.listed.size());
    EXPECT_GT(std::ranges::count(playlist.segments, true, &format::m3u8::Segment::gap), 3);
    for (std::size_t i = 0; i < playlist.segments.size(); ++i) {
        EXPECT_EQ(playlist.segments[i].gap, !list.listed[i]->is_independent());
        EXPECT_EQ(playlist.segments[i].duration.to(1'000'000), list.listed[i]->duration.to(1'000'000));
    }
}

TEST(IFrames, ASegmentThatBeginsWithoutItsKeyframeBeginsWithAGap) {
    stream::Segment segment;
    segment.start = seconds(10);
    segment.duration = seconds(6);
    for (const double at : {10.5, 13.0, 13.0005})
        segment.parts.push_back({.duration = seconds(2), .bytes = {}, .keyframe = {.time = seconds(at), .size = 100}});
    const auto rows = iframes::rows(segment);
    ASSERT_EQ(rows.size(), 3U) << "two keyframes within a millisecond are one row";
    EXPECT_FALSE(rows[0].part.has_value());
    EXPECT_EQ(rows[0].duration, seconds(10.5) - seconds(10));
    EXPECT_EQ(rows[1].part, 0U);
    EXPECT_EQ(rows[1].duration, seconds(13) - seconds(10.5));
    EXPECT_EQ(rows[2].part, 1U);
    EXPECT_EQ(rows[2].duration, seconds(3));
    segment.gap = true;
    ASSERT_EQ(iframes::rows(segment).size(), 1U);
    EXPECT_FALSE(iframes::rows(segment).front().part.has_value());
}

TEST(IFrames, ARenditionThatWasForgottenCountsOnBeyondWhatItWas) {
    Window window({.duration = seconds(6), .bytes = 1U << 30});
    const Rendition source{.name = "source", .place = 1};
    const Rendition rung{.name = "720p", .place = 0};
    const auto segment = [](std::uint64_t number, bool gap) {
        auto made = std::make_shared<stream::Segment>();
        made->sequence = epoch + number;
        made->start = seconds(2) * static_cast<std::int64_t>(number);
        made->duration = seconds(2);
        made->gap = gap;
        for (int i = 0; i < 10 && !gap; ++i)
            made->parts.push_back({.duration = Ticks::milliseconds(200),
                                   .independent = true,
                                   .bytes = {},
                                   .keyframe = {.time = made->start + Ticks::milliseconds(200) * i, .size = 9}});
        return made;
    };
    std::uint64_t number = 0;
    const auto run = [&](std::uint64_t until, bool has_rung, bool is_gap) {
        for (; number < until; ++number) {
            window.add(source, {}, segment(number, false));
            if (has_rung) window.add(rung, {}, segment(number, is_gap));
            window.commit(seconds(2));
        }
    };
    run(5, true, false);
    auto index = window.index(epoch, false);
    const auto* before = index->find("720p");
    const std::uint64_t reached = before->first_iframe + 10 * before->listed.size();
    run(12, true, true);
    ASSERT_TRUE(window.drop_if_empty("720p"));
    run(14, false, false);
    run(16, true, false);
    index = window.index(epoch, false);
    EXPECT_GT(index->find("720p")->first_iframe, reached + 7);
}

TEST(IFrames, BandwidthIsThatOfThePictures) {
    Rig rig;
    Source source({.video_bytes = 50'000}, Ticks());
    rig.run(source, seconds(15));
    const auto variant = iframes::variant(*rig.segmenter.index(), rig.list("source"), "?token=a");
    ASSERT_TRUE(variant.has_value());
    EXPECT_EQ(variant->uri, "source/iframes.m3u8?token=a");
    EXPECT_EQ(variant->codecs, "avc1.64001f");
    EXPECT_EQ(variant->width, 1280U);
    EXPECT_GE(variant->bandwidth, 50'100U * 8 / 2);
    EXPECT_LE(variant->bandwidth, 50'300U * 8);
}

}  // namespace
}  // namespace weir::package::test
