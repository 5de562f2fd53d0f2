// What ffmpeg and GStreamer send by RTP is what was in the file that they sent: every frame, bit by bit, at its time. The files' frames are
// what ffprobe says of them. See tests/wire/README.md.
#include "format/rtp_session.hpp"

#include <charconv>
#include <sstream>

namespace weir::format::rtp {

using namespace std::chrono_literals;
using namespace test;
using media::Ticks;

namespace {

/// A packet of a file, by ffprobe.
struct Expected {
    double time = 0;
    std::size_t size = 0;
    std::uint32_t hash = 0;
};

struct Capture {
    const char* name;
    std::vector<const char*> tracks;  ///< the tables of its media
    friend std::ostream& operator<<(std::ostream& out, const Capture& one) { return out << one.name; }
};

std::vector<Expected> read_table(const char* name) {
    std::istringstream lines(std::string(base::as_text(tests::read_capture(std::string("rtp/") + name + ".csv"))));
    std::vector<Expected> table;
    std::string hash;
    char comma = 0;
    for (Expected row; lines >> row.time >> comma >> row.size >> comma && std::getline(lines, hash);) {
        hash = hash.substr(std::string("adler32:").size());
        std::from_chars(hash.data(), hash.data() + hash.size(), row.hash, 16);
        table.push_back(row);
    }
    return table;
}

/// RFC 1950 8.2.
std::uint32_t adler32(base::ByteView bytes) {
    std::uint32_t a = 1;
    std::uint32_t b = 0;
    for (const std::uint8_t byte : bytes) {
        a = (a + byte) % 65'521;
        b = (b + a) % 65'521;
    }
    return b << 16 | a;
}

media::TrackSet nothing() { return {}; }

class RtpCaptures : public testing::TestWithParam<Capture> {
  protected:
    RtpCaptures() : ear_(nothing(), Receiver::Transport::ordered) {
        const std::string path = std::string("rtp/") + GetParam().name;
        const auto session = sdp::parse(base::as_text(tests::read_capture(path + ".sdp"))).value();
        EXPECT_EQ(session.media.size(), GetParam().tracks.size());
        for (const sdp::Media& section : session.media)
            EXPECT_TRUE(
                ear_.receiver.add(parse_format(section).value(), static_cast<std::uint32_t>(++media_)).has_value());
        const base::Bytes bytes = tests::read_capture(path + ".rtp");
        base::ByteView rest = bytes;
        // The capture has no times of arrival, so reports would move the pictures to where they are not.
        for (base::Duration at{}; const auto frame = take_frame(rest); at += 1ms)
            if (frame->channel % 2 == 0)
                ear_.hear({frame->channel / 2U, false, base::Bytes::copy_of(frame->packet)}, at);
            else expect_report(frame->packet);
        EXPECT_TRUE(rest.empty());
    }

    static void expect_report(base::ByteView packet) {
        const auto messages = rtcp::parse(packet);
        ASSERT_TRUE(messages.has_value()) << messages.error().text;
        EXPECT_TRUE(std::holds_alternative<rtcp::SenderReport>(messages->front()));
    }

    [[nodiscard]] std::vector<Sample> samples(std::uint32_t track) const {
        std::vector<Sample> all;
        for (const Sample& sample : ear_.samples)
            if (sample.track == track) all.push_back(sample);
        return all;
    }

    Ear ear_;
    std::size_t media_ = 0;
};

void expect_same(const std::vector<Sample>& heard, const std::vector<Expected>& table) {
    // ffmpeg gathers frames of sound in a packet, and what it has gathered at the end it never sends.
    ASSERT_LE(heard.size(), table.size());
    ASSERT_GE(heard.size() + 4, table.size());
    const auto presented = [&](std::size_t i) { return (heard[i].dts + heard[i].composition_offset).to_seconds(); };
    for (std::size_t i = 0; i < heard.size(); ++i) {
        EXPECT_EQ(heard[i].payload.size(), table[i].size) << i;
        EXPECT_EQ(adler32(heard[i].payload), table[i].hash) << i;
        // A file of Opus begins a little before zero, which GStreamer takes for zero.
        if (i > 0) EXPECT_NEAR(presented(i) - presented(1), table[i].time - table[1].time, 0.0015) << i;
        EXPECT_GE(heard[i].composition_offset, Ticks()) << i;
        if (i > 0) EXPECT_GT(heard[i].dts, heard[i - 1].dts) << i;
    }
}

}  // namespace

TEST_P(RtpCaptures, EveryFrameIsHeardAsItWasSent) {
    for (std::uint32_t track = 1; track <= GetParam().tracks.size(); ++track) {
        SCOPED_TRACE(GetParam().tracks[track - 1]);
        expect_same(samples(track), read_table(GetParam().tracks[track - 1]));
        const ReceptionCounts counts = ear_.receiver.counts(track - 1);
        EXPECT_EQ(counts.jitter.lost + counts.frames.frames_dropped + counts.frames.payloads_refused, 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Captures, RtpCaptures,
    testing::Values(Capture{"ffmpeg_h264_aac", {"h264", "aac"}}, Capture{"ffmpeg_hevc_opus", {"hevc", "opus"}},
                    Capture{"ffmpeg_vp8_mp3", {"vp8", "mp3"}}, Capture{"ffmpeg_vp9_mp2", {"vp9", "mp2"}},
                    Capture{"gstreamer_h264_aac", {"h264", "aac"}}, Capture{"gstreamer_hevc_opus", {"hevc", "opus"}},
                    Capture{"gstreamer_vp8_mp3", {"vp8", "mp3"}}, Capture{"gstreamer_vp9", {"vp9"}}),
    testing::PrintToStringParamName());

TEST(RtpCapture, G711ComesInPacketsOfTheSendersChoiceAndIsTheSameSound) {
    const auto session = sdp::parse(base::as_text(tests::read_capture("rtp/ffmpeg_pcma.sdp"))).value();
    Ear ear(nothing(), Receiver::Transport::ordered);
    ASSERT_TRUE(ear.receiver.add(parse_format(session.media[0]).value(), 2).has_value());
    const base::Bytes bytes = tests::read_capture("rtp/ffmpeg_pcma.rtp");
    base::ByteView rest = bytes;
    while (const auto frame = take_frame(rest))
        ear.hear({0, frame->channel % 2 == 1, base::Bytes::copy_of(frame->packet)}, 0ms);
    std::size_t size = 0;
    const Ticks start = ear.samples.front().dts;
    for (const Sample& sample : ear.samples) {
        EXPECT_EQ((sample.dts - start).to(8'000), static_cast<std::int64_t>(size)) << "a byte is a sample";
        size += sample.payload.size();
    }
    std::size_t sent = 0;
    for (const Expected& row : read_table("pcma")) sent += row.size;
    EXPECT_EQ(size, sent);
}

}  // namespace weir::format::rtp
