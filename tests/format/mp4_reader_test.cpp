#include "format/mp4_reader.hpp"

#include "base/byte_writer.hpp"
#include "format/boxes.hpp"
#include "wire/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

namespace weir::format::mp4 {
namespace {

struct Outcome {
    media::TrackSetRef tracks;
    std::vector<media::Packet> packets;
    std::optional<base::Error> error;
};

void drain(Reader& reader, Outcome& outcome) {
    while (true) {
        auto event = reader.next();
        if (!event) {
            outcome.error = event.error();
            return;
        }
        if (!*event) return;
        if (auto* packet = std::get_if<media::Packet>(&**event)) outcome.packets.push_back(std::move(*packet));
        else outcome.tracks = std::get<media::TrackSetRef>(**event);
    }
}

Outcome read(base::ByteView file, std::size_t step = SIZE_MAX, ReaderLimits limits = {}) {
    Reader reader(limits);
    Outcome outcome;
    for (std::size_t at = 0; at < file.size() && !outcome.error; at += std::min(step, file.size() - at)) {
        reader.receive(file.subspan(at, std::min(step, file.size() - at)));
        drain(reader, outcome);
    }
    return outcome;
}

/// A line of `ffprobe -show_entries packet=stream_index,pts_time,dts_time,duration_time,size,flags -of csv=p=0`.
std::string csv_line(const media::Packet& packet) {
    const auto microseconds = [](media::Ticks time) {
        const std::int64_t value = time.to(1'000'000);
        const std::int64_t positive = value < 0 ? -value : value;
        std::ostringstream text;
        text << (value < 0 ? "-" : "") << positive / 1'000'000 << '.';
        text.width(6);
        text.fill('0');
        text << positive % 1'000'000;
        return text.str();
    };
    return std::to_string(packet.track - 1) + ',' + microseconds(packet.pts) + ',' + microseconds(packet.dts) + ',' +
           microseconds(packet.duration) + ',' + std::to_string(packet.payload.size()) + ',' +
           (packet.keyframe ? "K_" : "__");
}

struct CaptureCase {
    const char* name;
    bool is_interleaved;   ///< each fragment holds both tracks
    double ffprobe_delay;  ///< FFmpeg presents a track with negative composition offsets later by the largest of them
    friend std::ostream& operator<<(std::ostream& out, const CaptureCase& one) { return out << one.name; }
};
class Capture : public testing::TestWithParam<CaptureCase> {};

TEST_P(Capture, EverySampleIsWhereFfprobeFindsIt) {
    const std::string name = std::string("mp4/x264_aac_") + GetParam().name;
    const Outcome outcome = read(tests::read_capture(name + ".mp4"));
    ASSERT_FALSE(outcome.error) << outcome.error->text;
    const base::Bytes expected = tests::read_capture(name + ".csv");
    std::istringstream lines{std::string(base::as_text(expected))};
    std::vector<std::string> probed[2];
    for (std::string line; std::getline(lines, line);) probed[line[0] - '0'].push_back(line);
    std::vector<std::string> found[2];
    media::Ticks last = media::Ticks::seconds(-10);
    for (const media::Packet& packet : outcome.packets) {
        found[packet.track - 1].push_back(csv_line(packet));
        EXPECT_TRUE(packet.dts >= last || !GetParam().is_interleaved) << "samples of both tracks come in decode order";
        last = packet.dts;
    }
    // FFmpeg rounds a delay to the track's clock, and takes a last frame that is cut short for a whole one.
    for (const int track : {0, 1}) {
        ASSERT_EQ(found[track].size(), probed[track].size());
        for (std::size_t i = 0; i < found[track].size(); ++i) {
            double a[4], b[4];
            int used_a = 0, used_b = 0;
            ASSERT_EQ(std::sscanf(found[track][i].c_str(), "%lf,%lf,%lf,%lf,%n", a, a + 1, a + 2, a + 3, &used_a), 4);
            ASSERT_EQ(std::sscanf(probed[track][i].c_str(), "%lf,%lf,%lf,%lf,%n", b, b + 1, b + 2, b + 3, &used_b), 4);
            if (track == 0) b[1] -= GetParam().ffprobe_delay;
            const bool is_last = i + 1 == found[track].size();
            for (int field = 0; field < (is_last ? 3 : 4); ++field)
                EXPECT_NEAR(a[field], b[field], 4e-5) << found[track][i] << " and " << probed[track][i];
            EXPECT_EQ(found[track][i].substr(static_cast<std::size_t>(used_a)),
                      probed[track][i].substr(static_cast<std::size_t>(used_b)));
        }
    }
    ASSERT_NE(outcome.tracks, nullptr);
    EXPECT_EQ(outcome.tracks->first(media::Kind::video)->width, 64U);
    EXPECT_EQ(outcome.tracks->first(media::Kind::video)->codec_string.substr(0, 7), "avc1.64");
    EXPECT_EQ(outcome.tracks->first(media::Kind::audio)->sample_rate, 44'100U);
    EXPECT_EQ(outcome.tracks->first(media::Kind::audio)->codec_string, "mp4a.40.2");
}

TEST_P(Capture, HoweverTheBytesArriveTheSamplesAreTheSame) {
    const base::Bytes file = tests::read_capture(std::string("mp4/x264_aac_") + GetParam().name + ".mp4");
    const Outcome whole = read(file);
    for (const std::size_t step : {1, 7, 100, 1021}) {
        const Outcome split = read(file, step);
        ASSERT_FALSE(split.error) << split.error->text;
        ASSERT_EQ(split.packets.size(), whole.packets.size());
        for (std::size_t i = 0; i < split.packets.size(); ++i) {
            EXPECT_EQ(csv_line(split.packets[i]), csv_line(whole.packets[i]));
            EXPECT_EQ(split.packets[i].payload, whole.packets[i].payload);
        }
    }
}

TEST_P(Capture, AFileCutShortGivesWhatIsWhole) {
    const base::Bytes file = tests::read_capture(std::string("mp4/x264_aac_") + GetParam().name + ".mp4");
    std::size_t before = 0;
    for (std::size_t size = 0; size < file.size(); size += 97) {
        const Outcome outcome = read(file.slice(0, size));
        EXPECT_FALSE(outcome.error);
        EXPECT_GE(outcome.packets.size(), before);
        before = outcome.packets.size();
    }
    EXPECT_GT(before, 0U);
}

INSTANTIATE_TEST_SUITE_P(Mp4Reader, Capture,
                         testing::Values(CaptureCase{"edit", true, 0}, CaptureCase{"old", true, 0},
                                         CaptureCase{"cmaf", false, 0.04}),
                         testing::PrintToStringParamName());

struct Refusal {
    const char* name;
    const char* hex;
    base::ErrorKind kind;
    friend std::ostream& operator<<(std::ostream& out, const Refusal& one) { return out << one.name; }
};
class Mp4Refusal : public testing::TestWithParam<Refusal> {};

TEST_P(Mp4Refusal, NonsenseIsRefused) {
    const base::Bytes bytes = tests::from_hex(GetParam().hex);
    for (const std::size_t step : {std::size_t{1}, std::size_t{SIZE_MAX}}) {
        const Outcome outcome = read(bytes, step);
        ASSERT_TRUE(outcome.error);
        EXPECT_EQ(outcome.error->kind, GetParam().kind) << outcome.error->text;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Mp4Refusal,
    testing::Values(
        Refusal{"a_box_smaller_than_its_header", "00000007 66747970", base::ErrorKind::malformed},
        Refusal{"a_long_box_smaller_than_its_header", "00000001 66747970 000000000000000f", base::ErrorKind::malformed},
        Refusal{"a_box_to_the_end_of_the_file", "00000000 6d646174", base::ErrorKind::unsupported},
        Refusal{"an_empty_header", "00000008 6d6f6f76", base::ErrorKind::malformed},
        Refusal{"a_header_of_four_gigabytes", "ffffffff 6d6f6f76", base::ErrorKind::too_large},
        Refusal{"a_header_of_exabytes", "00000001 6d6f6f66 7fffffffffffffff", base::ErrorKind::too_large},
        Refusal{"a_fragment_before_the_header", "00000010 6d6f6f66 00000008 6d666864", base::ErrorKind::malformed},
        Refusal{"a_child_that_passes_its_parent", "00000010 6d6f6f76 00000009 6d766864", base::ErrorKind::malformed}),
    testing::PrintToStringParamName());

TEST(Mp4Reader, AFileThatIsNotFragmentedSaysHowToMakeItSo) {
    base::ByteWriter out;
    boxes::write_box(out, "moov", [&] {
        boxes::write_full_box(out, "mvhd", 0, 0, [&] {
            out.zeros(8);
            out.u32(1000);
            out.zeros(80);
        });
    });
    const Outcome outcome = read(out.view());
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->kind, base::ErrorKind::unsupported);
    EXPECT_THAT(std::string(outcome.error->text), testing::HasSubstr("-movflags"));
}

TEST(Mp4Reader, LimitsHold) {
    const base::Bytes file = tests::read_capture("mp4/x264_aac_edit.mp4");
    for (const ReaderLimits& limits : {ReaderLimits{.header_bytes = 100}, ReaderLimits{.fragment_bytes = 100},
                                       ReaderLimits{.fragment_samples = 10}}) {
        const Outcome outcome = read(file, SIZE_MAX, limits);
        ASSERT_TRUE(outcome.error);
        EXPECT_EQ(outcome.error->kind, base::ErrorKind::too_large);
    }
}

TEST(Mp4Reader, ASecondHeaderBringsOtherTracks) {
    const base::Bytes file = tests::read_capture("mp4/x264_aac_cmaf.mp4");
    Reader reader;
    reader.receive(file);
    reader.receive(file);
    Outcome outcome;
    drain(reader, outcome);
    EXPECT_FALSE(outcome.error);
    EXPECT_EQ(outcome.packets.size(), read(file).packets.size() * 2);
}

}  // namespace
}  // namespace weir::format::mp4
