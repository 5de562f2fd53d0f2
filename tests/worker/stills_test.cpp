#include "worker/stills.hpp"

#include "av/error.hpp"
#include "worker/rig.hpp"

#include <gmock/gmock.h>

namespace weir::worker {
namespace {

class StillsTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(std::system("ffmpeg -version >/dev/null 2>&1"), 0) << "script/bootstrap test installs FFmpeg";
        av::silence();
    }
    void TearDown() override { EXPECT_EQ(av::alive(), av::Alive{}); }
};

Clip clip_of(const std::string& picture, const std::string& options = "-pix_fmt yuv420p") {
    return make_clip("-f lavfi -i " + picture + " -frames:v 10 -c:v libx264 -preset ultrafast -g 5 " + options);
}

/// What another decoder makes of a JPEG: its size, and its middle as red, green, blue.
struct Seen {
    std::string size;
    std::array<int, 3> middle{};
};
Seen look_at(const relay::Still& still) {
    const auto folder = std::filesystem::temp_directory_path() / ("weir-still-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder);
    const std::string path = folder / "still.jpg";
    std::ofstream(path, std::ios::binary) << base::as_text(still.jpeg);
    Seen seen;
    seen.size = output_of("ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 " + path);
    const std::string raw = folder / "still.rgb";
    EXPECT_EQ(output_of("ffmpeg -nostdin -v error -y -i " + path + " -f rawvideo -pix_fmt rgb24 " + raw), "");
    std::ifstream file(raw, std::ios::binary);
    const std::string pixels(std::istreambuf_iterator<char>(file), {});
    const std::size_t middle = (still.height / 2 * still.width + still.width / 2) * 3;
    for (std::size_t i = 0; i < 3 && middle + i < pixels.size(); ++i)
        seen.middle[i] = static_cast<unsigned char>(pixels[middle + i]);
    std::filesystem::remove_all(folder);
    return seen;
}

TEST_F(StillsTest, APictureOfNowHasTheShapeAndTheColoursOfTheSource) {
    struct Row {
        const char* name;
        const char* picture;
        const char* options;
        const char* size;
        std::array<int, 3> middle;
    };
    const Row rows[] = {
        {"red of BT.709",
         "color=c=red:s=640x360:r=15,scale=out_color_matrix=bt709",
         "-pix_fmt yuv420p -colorspace bt709",
         "mjpeg,320,180\n",
         {255, 0, 0}},
        {"white", "color=c=white:s=640x360:r=15", "-pix_fmt yuv420p", "mjpeg,320,180\n", {255, 255, 255}},
        {"10 bits 4:2:2", "color=c=blue:s=640x360:r=15", "-pix_fmt yuv422p10le", "mjpeg,320,180\n", {0, 0, 255}},
        {"upright", "color=c=black:s=360x640:r=15", "-pix_fmt yuv420p", "mjpeg,320,568\n", {0, 0, 0}},
        {"smaller than asked for",
         "color=c=white:s=160x90:r=15",
         "-pix_fmt yuv420p",
         "mjpeg,160,90\n",
         {255, 255, 255}},
        {"samples that are not square",
         "color=c=white:s=720x576:r=15,setsar=64/45",
         "-pix_fmt yuv420p",
         "mjpeg,320,180\n",
         {255, 255, 255}},
    };
    for (const Row& row : rows) {
        const Clip clip = clip_of(row.picture, row.options);
        Rig rig(setup_of({rung("90p", 160, 90)}));
        rig.send(relay::WantStill{.width = 320});
        rig.send(clip);
        rig.drain();
        const Made made = rig.end();
        ASSERT_EQ(made.stills.size(), 1U) << row.name;
        const Seen seen = look_at(made.stills[0]);
        EXPECT_EQ(seen.size, row.size) << row.name;
        for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(seen.middle[i], row.middle[i], 6) << row.name << ", " << i;
        EXPECT_EQ(made.packets.at(1).size(), 10U) << "the rungs do not notice: " << row.name;
    }
}

TEST_F(StillsTest, AWorkerWithoutRungsMakesOneOfASingleKeyframe) {
    const Clip clip = clip_of("testsrc2=size=640x360:rate=15", "-pix_fmt yuv420p -bf 3");
    Rig rig(setup_of({}));
    rig.send(relay::WantStill{.width = 320});
    rig.send(relay::Tracks{relay::source, clip.tracks});
    rig.send(relay::Media{relay::source, clip.packets.front()});
    rig.drain();
    const Made made = rig.end();
    ASSERT_EQ(made.stills.size(), 1U);
    EXPECT_EQ(look_at(made.stills[0]).size, "mjpeg,320,180\n");
    EXPECT_GT(made.stills[0].jpeg.size(), 2000U);
}

TEST_F(StillsTest, EachWishIsAnsweredOnce) {
    const Clip clip = clip_of("testsrc2=size=320x180:rate=15");
    Rig rig(setup_of({}));
    rig.send(relay::Tracks{relay::source, clip.tracks});
    rig.send(relay::WantStill{.width = 64});
    rig.send(relay::WantStill{.width = 96});
    for (std::size_t i = 0; i < 5; ++i) rig.send(relay::Media{relay::source, clip.packets[i]});
    rig.drain();
    rig.send(relay::WantStill{.width = 128});
    for (std::size_t i = 5; i < 10; ++i) rig.send(relay::Media{relay::source, clip.packets[i]});
    rig.drain();
    const Made made = rig.end();
    ASSERT_EQ(made.stills.size(), 2U);
    EXPECT_EQ(made.stills[0].width, 96U);
    EXPECT_EQ(made.stills[1].width, 128U);
}

}  // namespace
}  // namespace weir::worker
