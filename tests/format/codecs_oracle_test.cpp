// What FFmpeg, an independent player, makes of the fragmented MP4 of codecs that came after H.264 and AAC; and that FLV gives them
// back as they were, since no FFmpeg in use reads Enhanced RTMP.
#include "wire/oracle.hpp"

#include "format/flv_body_parser.hpp"
#include "format/flv_serializer.hpp"
#include "format/fmp4_serializer.hpp"

namespace weir::format {
namespace {

using media::Ticks;

struct Clip {
    const char* name;
    const char* video;
    const char* audio;
    const char* codecs;
    friend std::ostream& operator<<(std::ostream& out, const Clip& one) { return out << one.name; }
};

class CodecOracle : public tests::Oracle, public testing::WithParamInterface<Clip> {
  protected:
    void SetUp() override {
        Oracle::SetUp();
        if (HasFatalFailure()) return;
        packets_ = make_clip(fmt::format(tests::picture, 25, 2) + " " + fmt::format(tests::sound, 48'000, 2),
                             std::string(GetParam().video) + " " + GetParam().audio + " -strict -2", tracks_);
    }

    template <typename Writer>
    base::Bytes log() {
        Writer writer(Ticks::seconds(-1));
        base::SlabWriter out(64U << 10);
        writer.begin(*tracks_, out);
        writer.tracks(*tracks_, {}, out);
        for (const media::Packet& packet : packets_) writer.write(packet, *tracks_->find(packet.track), out);
        base::ByteWriter bytes;
        for (const base::Bytes& run : out.take()) bytes.bytes(run);
        return bytes.to_bytes();
    }

    media::TrackSetRef tracks_;
    std::vector<media::Packet> packets_;
};

TEST_P(CodecOracle, TheFragmentedFilePlaysWithoutAWordAndInSync) {
    ASSERT_EQ(tracks_->tracks.size(), 2U);
    EXPECT_EQ(tracks_->tracks[0].codec_string + ',' + tracks_->tracks[1].codec_string, GetParam().codecs);
    const std::string path = folder_ / "log.mp4";
    std::ofstream(path, std::ios::binary) << base::as_text(log<fmp4::StreamWriter>());
    EXPECT_EQ(tests::output_of(fmt::format("ffmpeg -nostdin -v warning -i {} -map 0 -f null -", path)), "");
    for (const char* stream : {"v:0", "a:0"}) {
        const auto source = tests::times_of(folder_ / "clip.mp4", stream);
        const auto times = tests::times_of(path, stream);
        ASSERT_LE(times.size(), source.size());
        ASSERT_GE(times.size() + 10, source.size()) << "sound waits for a picture";
        for (std::size_t i = 1; i < times.size(); ++i)
            ASSERT_NEAR(times[i] - times[0], source[i] - source[0], 0.0001) << stream;
    }
}

TEST_P(CodecOracle, FlvGivesBackEveryFrameAsItWas) {
    flv::FileReader reader;
    flv::BodyParser bodies;
    reader.receive(log<flv::StreamWriter>());
    std::size_t seen = 0;
    while (const auto tag = reader.next().value()) {
        auto event = bodies.receive(tag->type, tag->timestamp, tag->body).value();
        for (; event; event = bodies.next()) {
            if (const auto* config = std::get_if<flv::Config>(&*event)) {
                const media::Track& source = *tracks_->find(config->track.id);
                EXPECT_EQ(config->track.codec_string, source.codec_string);
                EXPECT_EQ(config->track.config, source.config);
                EXPECT_EQ(config->track.width, source.width);
            } else if (const auto* sample = std::get_if<flv::Sample>(&*event)) {
                ASSERT_LT(seen, packets_.size());
                EXPECT_EQ(sample->payload, packets_[seen].payload);
                EXPECT_EQ(sample->keyframe, packets_[seen].keyframe);
                ++seen;
            }
        }
    }
    EXPECT_EQ(seen, packets_.size());
}

INSTANTIATE_TEST_SUITE_P(Clips, CodecOracle,
                         testing::Values(Clip{"av1_opus", "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 25",
                                              "-c:a libopus", "av01.0.00M.08,Opus"},
                                         Clip{"vp9_flac", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25",
                                              "-c:a flac", "vp09.00.11.08,fLaC"}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace weir::format
