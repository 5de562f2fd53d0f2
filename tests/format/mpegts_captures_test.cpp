// The transport streams of ffmpeg, GStreamer and VLC: every frame comes out at the time that ffprobe says. See tests/wire/mpegts/README.md.
#include "format/mpegts_builder.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace weir::format::mpegts {
namespace {

using media::Ticks;

/// A packet, by ffprobe.
struct Row {
    std::uint64_t dts = 0;
    Ticks composition_offset;
    bool keyframe = false;
};

std::vector<Row> rows_of(const std::string& name, const std::string& kind) {
    std::istringstream lines(std::string(base::as_text(tests::read_capture("mpegts/" + name + ".csv"))));
    std::vector<Row> rows;
    for (std::string word; std::getline(lines, word, ',');) {
        std::int64_t pts = 0;
        std::int64_t dts = 0;
        char comma = 0;
        std::string flags;
        lines >> pts >> comma >> dts >> comma;
        std::getline(lines, flags);
        if (word == kind)
            rows.push_back({static_cast<std::uint64_t>(dts), Ticks::from(pts - dts, time_scale), flags.contains('K')});
    }
    return rows;
}

bool same(const Sample& a, const Sample& b) {
    return a.track == b.track && a.dts == b.dts && a.keyframe == b.keyframe && a.payload == b.payload;
}

void expect_rows(const std::vector<Sample>& samples, const std::vector<Row>& rows, const std::string& name) {
    ASSERT_EQ(samples.size(), rows.size()) << name;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_LE(std::abs(distance(samples[i].dts, rows[i].dts)), 1) << name << ' ' << i;
        EXPECT_EQ(samples[i].composition_offset, rows[i].composition_offset) << name << ' ' << i;
        EXPECT_EQ(samples[i].keyframe, rows[i].keyframe) << name << ' ' << i;
    }
}

TEST(TsCaptures, EveryMultiplexerThatPeopleUseIsUnderstood) {
    struct Capture {
        std::string name;
        std::uint64_t duplicated = 0;  ///< packets: GStreamer sends its first tables twice
    };
    for (const auto& [name, duplicated] : {Capture{"ffmpeg"}, Capture{"gst_mpegtsmux", 2}, Capture{"vlc"}}) {
        const base::Bytes bytes = tests::read_capture("mpegts/" + name + ".ts");
        Demuxer demuxer;
        const test::Heard heard = test::hear(demuxer, bytes, 1316);
        EXPECT_EQ(demuxer.faults(), Faults{.duplicated = duplicated}) << name;
        EXPECT_EQ(heard.error, "") << name;
        EXPECT_TRUE(heard.refusals.empty()) << name << ": " << heard.refusals.front();
        ASSERT_EQ(heard.tracks.size(), 2U) << name;
        const media::TrackSet tracks{heard.tracks};
        EXPECT_EQ(tracks.first(media::Kind::video)->codec, media::Codec::h264) << name;
        EXPECT_EQ(tracks.first(media::Kind::video)->width, 64U) << name;
        EXPECT_EQ(tracks.first(media::Kind::audio)->codec, media::Codec::aac) << name;
        EXPECT_EQ(tracks.first(media::Kind::audio)->sample_rate, 16'000U) << name;
        expect_rows(heard.of(media::video_track_id), rows_of(name, "video"), name);
        expect_rows(heard.of(media::audio_track_id), rows_of(name, "audio"), name);
        for (const std::size_t step : {std::size_t{1}, std::size_t{187}, bytes.size()}) {
            Demuxer again;
            const test::Heard cut = test::hear(again, bytes, step);
            EXPECT_TRUE(std::ranges::equal(cut.samples, heard.samples, same)) << name << " by " << step;
        }
    }
}

}  // namespace
}  // namespace weir::format::mpegts
