// Transport streams that FFmpeg wrote, and what FFprobe says of them; and ours, which FFmpeg plays.
#include "format/fmp4_serializer.hpp"
#include "format/mpegts_builder.hpp"
#include "format/mpegts_serializer.hpp"
#include "media/track_config.hpp"
#include "wire/oracle.hpp"

#include <map>

namespace weir::format::mpegts {
namespace {

using media::Codec;
using media::Ticks;

struct Clip {
    const char* name;
    const char* video;
    const char* audio;
    Codec video_codec;
    Codec audio_codec;
    int sample_rate;
    const char* options = "";
    friend std::ostream& operator<<(std::ostream& out, const Clip& one) { return out << one.name; }
};

std::vector<std::uint8_t> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class TsOracle : public tests::Oracle, public testing::WithParamInterface<Clip> {
  protected:
    std::string make(const Clip& clip) {
        std::string path = folder_ / "clip.ts";
        const std::string said = tests::output_of(
            fmt::format("ffmpeg -nostdin -v error -y {} {} -pix_fmt yuv420p {} {} {} -f mpegts {}",
                        fmt::format(tests::picture, "25", 1), fmt::format(tests::sound, clip.sample_rate, 1),
                        clip.video, clip.audio, clip.options, path));
        EXPECT_EQ(said, "");
        return path;
    }
    /// Presentation times of a track in seconds, in order.
    static std::vector<double> times(const std::vector<Sample>& samples) {
        std::vector<double> all;
        for (const Sample& sample : samples)
            all.push_back((Ticks::from(static_cast<std::int64_t>(sample.dts), time_scale) + sample.composition_offset)
                              .to_seconds());
        std::ranges::sort(all);
        return all;
    }
    static void expect_times(const std::vector<double>& found, const std::vector<double>& expected) {
        ASSERT_EQ(found.size(), expected.size());
        // FFprobe rounds; frames of 44.1 kHz are no whole number of units long.
        for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 0.00007) << i;
    }
    static std::size_t keyframes(const std::string& path) {
        const std::string flags =
            tests::output_of("ffprobe -v error -select_streams v:0 -show_entries packet=flags -of csv=p=0 " + path);
        return static_cast<std::size_t>(std::ranges::count(flags, 'K'));
    }
    /// The same stream as a log of ours.
    template <typename Writer>
    std::string write_again(const test::Heard& heard, const char* name) {
        const media::TrackSet tracks{heard.tracks};
        Writer writer{Ticks{}};
        base::SlabWriter out(64U << 10);
        writer.begin(tracks, out);
        writer.tracks(tracks, {}, out);
        for (const Sample& sample : heard.samples) {
            const Ticks dts = Ticks::from(static_cast<std::int64_t>(sample.dts), time_scale);
            const media::Packet packet{.track = sample.track,
                                       .dts = dts,
                                       .pts = dts + sample.composition_offset,
                                       .duration = media::frame_duration(*tracks.find(sample.track)),
                                       .keyframe = sample.keyframe,
                                       .payload = sample.payload};
            writer.write(packet, *tracks.find(sample.track), out);
        }
        std::string path = folder_ / name;
        std::ofstream file(path, std::ios::binary);
        for (const base::Bytes& run : out.take()) file << base::as_text(run);
        return path;
    }
};

TEST_P(TsOracle, EveryFrameOfFfmpegsComesOutAtItsTimeAndGoesInAgain) {
    const Clip& clip = GetParam();
    const std::string path = make(clip);
    Demuxer demuxer;
    const test::Heard heard = test::hear(demuxer, read_file(path), 1316);
    EXPECT_EQ(demuxer.faults(), Faults());
    EXPECT_TRUE(heard.refusals.empty());
    ASSERT_EQ(heard.tracks.size(), 2U);
    const media::TrackSet tracks{heard.tracks};
    EXPECT_EQ(tracks.first(media::Kind::video)->codec, clip.video_codec);
    EXPECT_EQ(tracks.first(media::Kind::video)->width, 320U);
    EXPECT_EQ(tracks.first(media::Kind::audio)->codec, clip.audio_codec);
    EXPECT_EQ(tracks.first(media::Kind::audio)->sample_rate, static_cast<std::uint32_t>(clip.sample_rate));
    expect_times(times(heard.of(1)), tests::times_of(path, "v:0"));
    expect_times(times(heard.of(2)), tests::times_of(path, "a:0"));
    const auto samples = heard.of(1);
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(samples, true, &Sample::keyframe)), keyframes(path));

    // MP4 has no place for layer II; the last sound of a log waits for its picture.
    if (clip.audio_codec != Codec::mp2) {
        const std::string mp4 = write_again<fmp4::StreamWriter>(heard, "ours.mp4");
        EXPECT_EQ(tests::output_of(fmt::format("ffmpeg -nostdin -v warning -i {} -map 0 -f null -", mp4)), "");
        EXPECT_EQ(
            tests::output_of("ffprobe -v error -select_streams a:0 -show_entries stream=codec_name -of csv=p=0 " + mp4),
            std::string(media::info(clip.audio_codec).name) + '\n');
    }
    const std::string ours = write_again<StreamWriter>(heard, "ours.ts");
    EXPECT_EQ(tests::output_of(fmt::format("ffmpeg -nostdin -v warning -i {} -map 0 -f null -", ours)), "");
    expect_times(tests::times_of(ours, "v:0"), tests::times_of(path, "v:0"));
    expect_times(tests::times_of(ours, "a:0"), tests::times_of(path, "a:0"));
}

constexpr const char* hevc =
    "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:open-gop=0:bframes=2";
INSTANTIATE_TEST_SUITE_P(
    Clips, TsOracle,
    testing::Values(Clip{"aac", tests::h264, "-c:a aac", Codec::h264, Codec::aac, 48'000},
                    Clip{"hevc", hevc, "-c:a aac", Codec::hevc, Codec::aac, 44'100},
                    Clip{"mp3", tests::h264, "-c:a libmp3lame", Codec::h264, Codec::mp3, 44'100},
                    Clip{"mp2", tests::h264, "-c:a mp2", Codec::h264, Codec::mp2, 48'000},
                    Clip{"ac3", tests::h264, "-c:a ac3 -ac 6", Codec::h264, Codec::ac3, 48'000},
                    Clip{"ac3_dvb", tests::h264, "-c:a ac3", Codec::h264, Codec::ac3, 44'100, "-mpegts_flags system_b"},
                    Clip{"eac3", tests::h264, "-c:a eac3", Codec::h264, Codec::eac3, 48'000},
                    Clip{"opus", tests::h264, "-c:a libopus", Codec::h264, Codec::opus, 48'000},
                    Clip{"m2ts", tests::h264, "-c:a ac3", Codec::h264, Codec::ac3, 48'000, "-mpegts_m2ts_mode 1"},
                    Clip{"lengths", tests::h264, "-c:a aac", Codec::h264, Codec::aac, 48'000,
                         "-omit_video_pes_length 0 -pes_payload_size 0"},
                    Clip{"long_sound", tests::h264, "-c:a aac", Codec::h264, Codec::aac, 48'000,
                         "-pes_payload_size 8000 -muxdelay 1"}),
    testing::PrintToStringParamName());

}  // namespace
}  // namespace weir::format::mpegts
