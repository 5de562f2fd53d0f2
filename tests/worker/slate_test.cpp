#include "worker/slate.hpp"

#include "av/decoder.hpp"
#include "format/flv_serializer.hpp"
#include "worker/demo_source.hpp"

#include <gtest/gtest.h>

#include <vector>

#include <sys/mman.h>
#include <unistd.h>

extern "C" {
#include <libavutil/frame.h>
}

namespace weir::worker {
namespace {

using media::Ticks;

/// The demo's picture for some frames as an FLV file in memory: black but for what is painted, and it changes.
class Clip {
  public:
    explicit Clip(int frames) : file_(::memfd_create("clip", 0)) {
        auto demo = DemoSource::create();
        EXPECT_TRUE(demo);
        base::SlabWriter bytes(256U << 10);
        format::flv::StreamWriter writer{Ticks()};
        writer.begin(*demo->tracks(), bytes);
        writer.tracks(*demo->tracks(), Ticks(), bytes);
        for (int frame = 0; frame < frames; ++frame)
            for (const media::Packet& packet : *demo->next(base::WallTime(std::chrono::hours(frame))))
                writer.write(packet, *demo->tracks()->find(packet.track), bytes);
        for (const base::Bytes& run : bytes.take())
            EXPECT_EQ(::write(file_, run.data(), run.size()), static_cast<ssize_t>(run.size()));
    }
    ~Clip() { ::close(file_); }
    Clip(const Clip&) = delete;
    Clip& operator=(const Clip&) = delete;
    [[nodiscard]] int file() const noexcept { return file_; }

  private:
    int file_;
};

media::TrackSet source(std::uint32_t width, std::uint32_t height, double rate, std::uint32_t sampling = 48'000,
                       std::uint32_t channels = 2) {
    media::TrackSet tracks;
    media::Track video;
    video.id = media::video_track_id;
    video.width = width;
    video.height = height;
    video.frame_rate = rate;
    tracks.tracks.push_back(video);
    if (channels == 0) return tracks;
    media::Track audio;
    audio.id = media::audio_track_id;
    audio.kind = media::Kind::audio;
    audio.codec = media::Codec::aac;
    audio.sample_rate = sampling;
    audio.channels = channels;
    tracks.tracks.push_back(audio);
    return tracks;
}

TEST(Slate, ItIsMadeLikeTheSourceWas) {
    struct Row {
        const char* name;
        media::TrackSet like;
        SlateShape shape;
    };
    const Row rows[] = {
        {"nothing is known", {}, {1280, 720, 25, 48'000, 2}},
        {"a camera", source(640, 360, 30, 44'100, 1), {640, 360, 30, 44'100, 1}},
        {"a larger one than is worth it", source(3840, 2160, 60), {1920, 1080, 60, 48'000, 2}},
        {"upright", source(1080, 1920, 30), {608, 1080, 30, 48'000, 2}},
        {"odd", source(333, 221, 25), {334, 222, 25, 48'000, 2}},
        {"without sound", source(640, 360, 25, 0, 0), {640, 360, 25, 48'000, 0}},
        {"of many channels, at a rate that AAC lacks", source(640, 360, 0, 47'000, 6), {640, 360, 25, 48'000, 2}},
    };
    for (const Row& row : rows) {
        const SlateShape shape = slate_shape(row.like);
        EXPECT_EQ(shape.width, row.shape.width) << row.name;
        EXPECT_EQ(shape.height, row.shape.height) << row.name;
        EXPECT_EQ(shape.frame_rate, row.shape.frame_rate) << row.name;
        EXPECT_EQ(shape.sample_rate, row.shape.sample_rate) << row.name;
        EXPECT_EQ(shape.channels, row.shape.channels) << row.name;
    }
}

TEST(Slate, AClipGoesRoundWithSilenceAndKeyframesInTime) {
    const Clip clip(20);
    const SlateShape shape{.width = 320, .height = 180, .frame_rate = 25, .sample_rate = 44'100, .channels = 1};
    auto slate = Slate::create(clip.file(), shape, Ticks::seconds(1));
    ASSERT_TRUE(slate) << slate.error().text;
    const media::TrackSetRef tracks = slate->tracks();
    EXPECT_EQ(tracks->first(media::Kind::video)->width, 320U);
    EXPECT_EQ(tracks->first(media::Kind::audio)->sample_rate, 44'100U);
    std::vector<media::Packet> video;
    std::size_t sound = 0;
    for (int frame = 0; frame < 75; ++frame) {
        EXPECT_LE((Ticks::milliseconds(40 * frame) - slate->due()).count(), 1) << frame;
        auto packets = slate->next();
        ASSERT_TRUE(packets) << packets.error().text;
        for (media::Packet& packet : *packets) {
            if (packet.track == media::audio_track_id) ++sound;
            else video.push_back(std::move(packet));
        }
    }
    ASSERT_EQ(video.size(), 75U);
    for (std::size_t i = 0; i < video.size(); ++i) {
        // A clip of its own time base is rounded anew in each round.
        EXPECT_LE((Ticks::milliseconds(40 * static_cast<std::int64_t>(i)) - video[i].pts).count(), 1) << i;
        EXPECT_LE(video[i].pts, Ticks::milliseconds(40 * static_cast<std::int64_t>(i))) << i;
        EXPECT_EQ(video[i].keyframe, i % 25 == 0) << i;
    }
    EXPECT_NEAR(static_cast<double>(sound), 3 * 44'100.0 / 1024, 3);
    // Moving from one frame to the next, and from the last to the first.
    av::Decoder decoder;
    ASSERT_TRUE(decoder.open(*tracks->first(media::Kind::video)));
    std::size_t shown = 0;
    for (const media::Packet& packet : video) {
        ASSERT_TRUE(decoder.send(packet));
        while (const auto frame = *decoder.receive()) ++shown;
    }
    EXPECT_GE(shown, 70U);
}

TEST(Slate, AFileThatIsNoPictureIsRefused) {
    const int file = ::memfd_create("nothing", 0);
    EXPECT_FALSE(Slate::create(file, {}, Ticks::seconds(2)));
    ::close(file);
}

}  // namespace
}  // namespace weir::worker
