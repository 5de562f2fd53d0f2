#include "av/scaler.hpp"

#include "av/pictures.hpp"

#include <gtest/gtest.h>

#include <array>

namespace weir::av {
namespace {

/// The three samples that cover a point.
std::array<int, 3> at(const Frame& frame, int x, int y) {
    const AVFrame& picture = *frame.get();
    return {picture.data[0][y * picture.linesize[0] + x], picture.data[1][y / 2 * picture.linesize[1] + x / 2],
            picture.data[2][y / 2 * picture.linesize[2] + x / 2]};
}

void expect_near(const std::array<int, 3>& found, const std::array<int, 3>& wanted) {
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], wanted[i], 2) << "plane " << i;
}

Frame scaled(const Frame& picture, std::uint32_t width, std::uint32_t height) {
    Scaler scaler = *Scaler::create(format_of(picture), width, height);
    return *scaler.scale(picture);
}

TEST(Scaler, KeepsColorsWhateverTheFormat) {
    // Red in each of the forms that a decoder may give: always the red of BT.709 in limited range.
    constexpr std::array<int, 3> red{63, 102, 240};
    Frame limited = flat_picture(AV_PIX_FMT_YUV422P, 640, 360, 63, 102, 240);
    limited.get()->colorspace = AVCOL_SPC_BT709;
    Frame full = flat_picture(AV_PIX_FMT_YUVJ444P, 640, 360, 54, 99, 255);
    full.get()->colorspace = AVCOL_SPC_BT709;
    Frame old = flat_picture(AV_PIX_FMT_YUV420P, 640, 360, 81, 90, 240);
    old.get()->colorspace = AVCOL_SPC_SMPTE170M;
    Frame unsaid = flat_picture(AV_PIX_FMT_YUV420P, 640, 360, 81, 90, 240);  // so small: BT.601
    Frame rgb = flat_picture(AV_PIX_FMT_GBRP, 640, 360, 0, 0, 255);
    rgb.get()->colorspace = AVCOL_SPC_RGB;
    rgb.get()->color_range = AVCOL_RANGE_JPEG;
    for (const Frame* frame : {&limited, &full, &old, &unsaid, &rgb})
        expect_near(at(scaled(*frame, 320, 180), 100, 100), red);
}

TEST(Scaler, PutsAPictureOfAnotherShapeBetweenBlackBars) {
    constexpr std::array<int, 3> black{16, 128, 128};
    constexpr std::array<int, 3> gray{120, 128, 128};
    const Frame narrow = flat_picture(AV_PIX_FMT_YUV420P, 1024, 768, 120, 128, 128);
    const Frame pillars = scaled(narrow, 1280, 720);
    expect_near(at(pillars, 20, 360), black);
    expect_near(at(pillars, 1260, 360), black);
    expect_near(at(pillars, 640, 360), gray);
    expect_near(at(pillars, 170, 10), gray);
    const Frame wide = scaled(flat_picture(AV_PIX_FMT_YUV420P, 2048, 858, 120, 128, 128), 1280, 720);
    expect_near(at(wide, 640, 20), black);
    expect_near(at(wide, 640, 700), black);
    expect_near(at(wide, 10, 360), gray);
}

TEST(Scaler, StretchesSamplesThatAreNotSquare) {
    Frame anamorphic = flat_picture(AV_PIX_FMT_YUV420P, 720, 576, 120, 128, 128);
    anamorphic.get()->sample_aspect_ratio = {64, 45};  // 16:9
    expect_near(at(scaled(anamorphic, 1280, 720), 2, 2), {120, 128, 128});
}

TEST(Scaler, CutsOffWhatIsNotShown) {
    Frame picture = flat_picture(AV_PIX_FMT_YUV420P, 640, 368, 120, 128, 128);
    AVFrame& frame = *picture.get();
    for (int y = 360; y < 368; ++y) std::memset(frame.data[0] + y * frame.linesize[0], 235, 640);
    for (int y = 0; y < 368; ++y) std::memset(frame.data[0] + y * frame.linesize[0], 235, 16);
    frame.crop_bottom = 8;
    frame.crop_left = 16;
    frame.crop_right = 0;
    const Frame result = scaled(picture, 312, 180);
    expect_near(at(result, 0, 0), {120, 128, 128});
    expect_near(at(result, 100, 179), {120, 128, 128});
}

TEST(Scaler, HandsOnTheVerySamePictureWhereThereIsNothingToDo) {
    Frame picture = flat_picture(AV_PIX_FMT_YUV420P, 1920, 1088, 120, 128, 128);
    picture.get()->crop_bottom = 8;
    picture.set_pts(media::Ticks(77));
    const Frame same = scaled(picture, 1920, 1080);
    EXPECT_EQ(same.get()->data[0], picture.get()->data[0]);
    EXPECT_EQ(same.get()->height, 1080);
    EXPECT_EQ(same.pts(), media::Ticks(77));
}

TEST(Scaler, GivesGrayPicturesTheirMissingColor) {
    expect_near(at(scaled(flat_picture(AV_PIX_FMT_GRAY8, 640, 360, 120, 0, 0), 320, 180), 10, 10), {120, 128, 128});
}

TEST(Scaler, RefusesInWordsWhatItCannotRead) {
    const Frame packed = flat_picture(AV_PIX_FMT_YUYV422, 640, 360, 0, 0, 0);
    const auto scaler = Scaler::create(format_of(packed), 320, 180);
    ASSERT_FALSE(scaler.has_value());
    EXPECT_EQ(scaler.error().kind, base::ErrorKind::unsupported);
}

}  // namespace
}  // namespace weir::av
