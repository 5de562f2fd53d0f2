// What FFmpeg, an independent player, makes of our packaging. Skipped where it is not installed.
#include "package/segmenter.hpp"

#include "package/hls.hpp"
#include "package/hls_ts.hpp"
#include "wire/oracle.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace weir::package {
namespace {

using media::Ticks;
using namespace std::chrono_literals;

using tests::h264;
using tests::output_of;
using tests::picture;
using tests::sound;
using tests::times_of;

class Oracle : public tests::Oracle {
  protected:
    /// Runs the packets through a segmenter, `offset` into the stream.
    static void package(Segmenter& segmenter, const std::vector<media::Packet>& packets,
                        const media::TrackSetRef& tracks, Ticks offset, bool takes_over) {
        std::optional<Ticks> boundary;
        std::array<bool, 3> breaks{takes_over, takes_over, takes_over};
        const bool has_video = tracks->first(media::Kind::video) != nullptr;
        for (media::Packet packet : packets) {
            packet.dts += offset;
            packet.pts += offset;
            packet.discontinuity = std::exchange(breaks[packet.track], false);
            const bool leads = packet.track == (has_video ? media::video_track_id : media::audio_track_id);
            if (leads && packet.keyframe && (!boundary || packet.pts - *boundary >= Ticks::seconds(6))) {
                packet.segment_boundary = true;
                boundary = packet.pts;
            }
            const auto wall = base::WallTime(1'795'341'600s) + packet.dts.to_duration();
            segmenter.write(
                {.sequence = 0, .packet = std::make_shared<media::Packet>(packet), .tracks = tracks, .join = false},
                wall);
        }
    }

    /// The same as transport streams.
    std::string publish_ts(const stream::SegmentIndex& index) {
        std::ofstream(folder_ / "ts.m3u8") << hls_ts::multivariant_playlist(index);
        for (const auto& list : index.renditions) {
            const auto folder = folder_ / list->name;
            std::filesystem::create_directories(folder);
            std::ofstream(folder / "ts.m3u8") << hls_ts::media_playlist(index, *list);
            for (const auto& segment : list->listed) {
                const auto sources = hls_ts::find_segment(index, *list, {index.epoch, segment->sequence});
                if (!sources) continue;
                std::ofstream file(folder / fmt::format("{}-{}.ts", index.epoch, segment->sequence), std::ios::binary);
                const auto runs = hls_ts::write(*sources).value();
                for (const base::Bytes& run : runs) file << base::as_text(run);
            }
        }
        return folder_ / "ts.m3u8";
    }

    /// Writes what a player would fetch; returns the path of the multivariant playlist.
    std::string publish(const stream::SegmentIndex& index) {
        std::ofstream(folder_ / "index.m3u8") << hls::multivariant_playlist(index);
        for (const auto& list : index.renditions) {
            const auto folder = folder_ / list->name;
            std::filesystem::create_directories(folder);
            std::ofstream(folder / "index.m3u8") << hls::media_playlist(index, *list);
            for (const auto& segment : list->listed) {
                std::ofstream init(folder / hls::init_address(*segment->init), std::ios::binary);
                init << base::as_text(segment->init->bytes);
                std::ofstream file(folder / hls::print(hls::SegmentAddress{index.epoch, segment->sequence}),
                                   std::ios::binary);
                for (const auto& part : segment->parts)
                    for (const auto& bytes : part.bytes) file << base::as_text(bytes);
            }
        }
        return folder_ / "index.m3u8";
    }

    static base::Now start() { return {{}, base::WallTime(1'795'341'600s)}; }
    static config::StreamOptions options() {
        config::StreamOptions options;
        options.window = 1h;
        return options;
    }
    /// FFmpeg decodes everything and has nothing to say; it opens no address but files.
    static std::string complaints(const std::string& playlist) {
        return output_of("ffmpeg -nostdin -v error -i " + playlist + " -map 0 -f null -");
    }
};

struct Clip {
    const char* name;
    const char* rate;
    int sample_rate;
    friend std::ostream& operator<<(std::ostream& out, const Clip& one) { return out << one.name; }
};
class OracleClip : public Oracle, public testing::WithParamInterface<Clip> {};

TEST_P(OracleClip, PlaysWithoutAWordAndInSyncWithTheSource) {
    media::TrackSetRef tracks;
    const auto packets =
        make_clip(fmt::format(picture, GetParam().rate, 20) + " " + fmt::format(sound, GetParam().sample_rate, 20),
                  std::string(h264) + " -c:a aac -b:a 96k", tracks);
    Segmenter segmenter(options(), start());
    package(segmenter, packets, tracks, Ticks::seconds(1), false);
    segmenter.end();
    ASSERT_NE(segmenter.index(), nullptr);
    EXPECT_GE(segmenter.index()->renditions[0]->listed.size(), 3U);
    const std::string playlist = publish(*segmenter.index());
    EXPECT_EQ(complaints(playlist), "");

    const std::string clip = folder_ / "clip.mp4";
    const auto source_video = times_of(clip, "v:0");
    const auto source_audio = times_of(clip, "a:0");
    const auto video = times_of(playlist, "v:0");
    const auto audio = times_of(playlist, "a:0");
    ASSERT_EQ(video.size(), source_video.size());
    ASSERT_GT(audio.size(), source_audio.size() - 5);  // sound before the first picture is left out
    // FFmpeg presents a track with negative composition offsets later by the largest of them: here, by one picture.
    const double shift = 1;
    const double delay = video.front() - source_video.front() - shift;
    EXPECT_NEAR(delay, source_video[1] - source_video[0], 0.0001);
    for (std::size_t i = 0; i < video.size(); ++i) ASSERT_NEAR(video[i] - shift - delay, source_video[i], 0.0001);
    const std::size_t skipped = source_audio.size() - audio.size();
    for (std::size_t i = 0; i < audio.size(); ++i) ASSERT_NEAR(audio[i] - shift, source_audio[i + skipped], 0.0001);
}

INSTANTIATE_TEST_SUITE_P(Clips, OracleClip,
                         testing::Values(Clip{"whole_frames", "25", 48'000}, Clip{"ntsc", "30000/1001", 44'100},
                                         Clip{"fast_ntsc", "60000/1001", 22'050}),
                         testing::PrintToStringParamName());

TEST_F(Oracle, PlaysAsTransportStreamsWithoutAWordAndInSyncWithTheSource) {
    media::TrackSetRef tracks;
    const auto packets = make_clip(fmt::format(picture, "30000/1001", 13) + " " + fmt::format(sound, 44'100, 13),
                                   std::string(h264) + " -c:a aac -b:a 96k", tracks);
    Segmenter segmenter(options(), start());
    package(segmenter, packets, tracks, Ticks::seconds(1), false);
    segmenter.end();
    const std::string playlist = publish_ts(*segmenter.index());
    EXPECT_EQ(output_of("ffmpeg -nostdin -v warning -i " + playlist + " -map 0 -f null -"), "");

    const std::string clip = folder_ / "clip.mp4";
    const auto source_video = times_of(clip, "v:0");
    const auto source_audio = times_of(clip, "a:0");
    const auto video = times_of(playlist, "v:0");
    const auto audio = times_of(playlist, "a:0");
    ASSERT_EQ(video.size(), source_video.size());
    ASSERT_GT(audio.size(), source_audio.size() - 5);  // sound before the first picture is left out
    const double shift = 1 + 2;                        // in the stream, and on the wire
    for (std::size_t i = 0; i < video.size(); ++i) ASSERT_NEAR(video[i] - shift, source_video[i], 0.0001);
    const std::size_t skipped = source_audio.size() - audio.size();
    for (std::size_t i = 0; i < audio.size(); ++i) ASSERT_NEAR(audio[i] - shift, source_audio[i + skipped], 0.0001);
}

TEST_F(Oracle, PlaysAcrossADiscontinuity) {
    media::TrackSetRef tracks;
    const auto packets = make_clip(fmt::format(picture, "25", 8) + " " + fmt::format(sound, 48'000, 8),
                                   std::string(h264) + " -c:a aac -b:a 96k", tracks);
    Segmenter segmenter(options(), start());
    package(segmenter, packets, tracks, Ticks::seconds(1), false);
    package(segmenter, packets, tracks, Ticks::seconds(9.2), true);
    segmenter.end();
    EXPECT_EQ(complaints(publish(*segmenter.index())), "");
    EXPECT_EQ(complaints(publish_ts(*segmenter.index())), "");
}

TEST_F(Oracle, PlaysSoundAlone) {
    media::TrackSetRef tracks;
    const auto packets = make_clip(fmt::format(sound, 48'000, 20), "-c:a aac -b:a 96k", tracks);
    Segmenter segmenter(options(), start());
    package(segmenter, packets, tracks, Ticks::seconds(1), false);
    segmenter.end();
    const std::string playlist = publish(*segmenter.index());
    EXPECT_EQ(complaints(playlist), "");
    EXPECT_GT(times_of(playlist, "a:0").size(), 930U);
    EXPECT_EQ(complaints(publish_ts(*segmenter.index())), "");
}

TEST_F(Oracle, PlaysHevc) {
    media::TrackSetRef tracks;
    const auto packets = make_clip(
        fmt::format(picture, "25", 8),
        "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:keyint=50:open-gop=0", tracks);
    Segmenter segmenter(options(), start());
    package(segmenter, packets, tracks, Ticks::seconds(1), false);
    segmenter.end();
    const std::string playlist = publish(*segmenter.index());
    EXPECT_EQ(complaints(playlist), "");
    EXPECT_EQ(times_of(playlist, "v:0").size(), 200U);
    EXPECT_EQ(complaints(publish_ts(*segmenter.index())), "");
}

}  // namespace
}  // namespace weir::package
