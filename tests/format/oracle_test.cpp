// What FFmpeg, an independent player, makes of each log. Skipped where it is not installed.
#include "wire/oracle.hpp"

#include "format/adts_serializer.hpp"
#include "format/fmp4_serializer.hpp"
#include "format/mpegts_serializer.hpp"

namespace weir::format {
namespace {

using media::Ticks;

class LogOracle : public tests::Oracle {
  protected:
    /// The log of the packets, joined at the beginning and a second of lead away from zero, as a file.
    template <typename Writer>
    std::string write_log(const std::vector<media::Packet>& packets, const media::TrackSet& tracks, const char* name) {
        Writer writer(Ticks::seconds(-1));
        base::SlabWriter out(64U << 10);
        writer.begin(tracks, out);
        writer.tracks(tracks, {}, out);
        for (const media::Packet& packet : packets) writer.write(packet, *tracks.find(packet.track), out);
        std::string path = folder_ / name;
        std::ofstream file(path, std::ios::binary);
        for (const base::Bytes& run : out.take()) file << base::as_text(run);
        return path;
    }

    static void expect_times(const std::string& path, const std::string& clip, const char* stream, double shift,
                             std::size_t may_wait) {
        const auto source = tests::times_of(clip, stream);
        const auto times = tests::times_of(path, stream);
        ASSERT_LE(times.size(), source.size()) << path;
        ASSERT_GE(times.size() + may_wait, source.size()) << path;
        for (std::size_t i = 0; i < times.size(); ++i) ASSERT_NEAR(times[i] - shift, source[i], 0.0001) << path;
    }

    static std::string complaints(const std::string& path, const char* level) {
        return tests::output_of(fmt::format("ffmpeg -nostdin -v {} -i {} -map 0 -f null -", level, path));
    }
};

struct Clip {
    const char* name;
    const char* rate;
    int sample_rate;
    const char* video;
    friend std::ostream& operator<<(std::ostream& out, const Clip& one) { return out << one.name; }
};
class LogOracleClip : public LogOracle, public testing::WithParamInterface<Clip> {};

TEST_P(LogOracleClip, PlaysWithoutAWordAndInSyncWithTheSource) {
    media::TrackSetRef tracks;
    const auto packets = make_clip(
        fmt::format(tests::picture, GetParam().rate, 3) + " " + fmt::format(tests::sound, GetParam().sample_rate, 3),
        std::string(GetParam().video) + " -c:a aac -b:a 96k", tracks);
    const std::string clip = folder_ / "clip.mp4";
    const std::string ts = write_log<mpegts::StreamWriter>(packets, *tracks, "log.ts");
    const std::string mp4 = write_log<fmp4::StreamWriter>(packets, *tracks, "log.mp4");
    const std::string aac = write_log<adts::StreamWriter>(packets, *tracks, "log.aac");
    for (const std::string& path : {ts, mp4}) EXPECT_EQ(complaints(path, "warning"), "") << path;
    EXPECT_EQ(complaints(aac, "error"), "");  // at a lower level it regrets that sound alone says no time
    for (const char* stream : {"v:0", "a:0"}) {
        expect_times(ts, clip, stream, 1, 0);
        expect_times(mp4, clip, stream, 1, 5);
    }
    EXPECT_EQ(tests::times_of(aac, "a:0").size(), tests::times_of(clip, "a:0").size());
}

INSTANTIATE_TEST_SUITE_P(
    Clips, LogOracleClip,
    testing::Values(Clip{"h264", "25", 48'000, tests::h264}, Clip{"ntsc", "30000/1001", 44'100, tests::h264},
                    Clip{
                        "hevc", "25", 22'050,
                        "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:keyint=50:open-gop=0"}),
    testing::PrintToStringParamName());

}  // namespace
}  // namespace weir::format
