#include "media/h264.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::media::h264 {

using tests::from_hex;
using tests::to_hex;

namespace {

/// Records of x264, as ffmpeg writes them; see tests/wire/README.md. What they mean is what ffprobe says.
struct Row {
    const char* name;
    const char* record;
    const char* codec_string;
    std::uint32_t width;
    std::uint32_t height;
    double frame_rate;
    std::uint32_t pixel_width;
    std::uint32_t pixel_height;
    unsigned reorder_depth;
    unsigned bit_depth;
    unsigned chroma_format;
};
constexpr Row rows[] = {
    {"720p30", "0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800",
     "avc1.64001f", 1280, 720, 30, 1, 1, 2, 8, 1},
    {"1080p29.97, cropped", "01640028ffe1001867640028acb403c0113f2e022000007d20001d4c01e3065401000468ef0fcbfdf8f800",
     "avc1.640028", 1920, 1080, 30000.0 / 1001, 1, 1, 0, 8, 1},
    {"PAL, interlaced, wide",
     "0164001effe1001c6764001eacd940b424dff8020001688000000300800000190f8a14cb01000468fe8fcbfdf8f800", "avc1.64001e",
     720, 576, 25, 64, 45, 2, 8, 1},
    {"baseline", "0142c00cffe100186742c00cd90141fb0110000003001000000301e0f142a48001000568cb83cb20", "avc1.42c00c", 320,
     240, 15, 1, 1, 0, 8, 1},
    {"scaling lists", "0164001effe1001a6764001eacd940a02ff97011000003000100000300320f162d9601000568ef8fcc03fdf8f800",
     "avc1.64001e", 640, 360, 25, 1, 1, 2, 8, 1},
    {"10 bits, HRD",
     "016e001fffe10024676e001fa6cd940a02ff97011000000300100000064604000f424001e84a4d38078c18cb01000468ef8fcbfdfafa00",
     "avc1.6e001f", 640, 360, 50, 1, 1, 2, 10, 1},
    {"4:4:4", "01f4001fffe1001b67f4001f919b281405ff138088000003000800000303c078c18cb001000668ef8f192190fff8f800",
     "avc1.f4001f", 640, 360, 60, 1, 1, 2, 8, 3},
};

std::string written(const Config& config) {
    base::ByteWriter out;
    write_config(config, out);
    return to_hex(out.view());
}

}  // namespace

TEST(H264, RecordsOfRealEncodersParseAndWriteBackByteForByte) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto config = parse_config(from_hex(row.record));
        ASSERT_TRUE(config.has_value()) << config.error().text;
        EXPECT_EQ(config->length_size, 4U);
        EXPECT_EQ(codec_string(*config), row.codec_string);
        EXPECT_EQ(written(*config), row.record);
    }
}

TEST(H264, SizeRateAndReorderingOfAPictureAreWhatItsEncoderMeant) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto sps = parse_sps(parse_config(from_hex(row.record)).value().sps.front());
        ASSERT_TRUE(sps.has_value()) << sps.error().text;
        EXPECT_EQ(sps->width, row.width);
        EXPECT_EQ(sps->height, row.height);
        EXPECT_DOUBLE_EQ(sps->frame_rate, row.frame_rate);
        EXPECT_EQ(sps->pixel_width, row.pixel_width);
        EXPECT_EQ(sps->pixel_height, row.pixel_height);
        EXPECT_EQ(sps->reorder_depth, row.reorder_depth);
        EXPECT_EQ(sps->luma_bit_depth, row.bit_depth);
        EXPECT_EQ(sps->chroma_format, row.chroma_format);
    }
}

TEST(H264, ParameterSetsOfAnAnnexBSourceGiveTheRecordThatAFileHas) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Config config = parse_config(from_hex(row.record)).value();
        const auto made = config_from_parameter_sets(config.sps, config.pps);
        ASSERT_TRUE(made.has_value());
        EXPECT_EQ(written(*made), row.record);
    }
    EXPECT_FALSE(config_from_parameter_sets({}, {}).has_value());
}

TEST(H264, HighProfileRecordsWithoutTheirLastFieldsAreAccepted) {
    const auto config =
        parse_config(from_hex("0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcb"));
    ASSERT_TRUE(config.has_value());
    EXPECT_FALSE(config->high.has_value());
    EXPECT_EQ(written(*config), "0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcb");
}

TEST(H264, BrokenRecordsAreRefusedAndNotReadPastTheirEnd) {
    const base::Bytes whole = from_hex(rows[0].record);
    for (std::size_t size = 0; size < 41; ++size)  // the last four bytes may be missing
        EXPECT_FALSE(parse_config(whole.slice(0, size)).has_value()) << size;
    EXPECT_FALSE(parse_config(from_hex("0064001fffe1001a6764")).has_value()) << "version 0";
    EXPECT_FALSE(parse_config(from_hex("0164001fffe000")).has_value()) << "no SPS";
}

TEST(H264, AnSpsCutShortInItsVuiStillGivesThePictureSize) {
    const base::Bytes unit = parse_config(from_hex(rows[0].record)).value().sps.front();
    const auto cut = parse_sps(unit.view().first(12));
    ASSERT_TRUE(cut.has_value());
    EXPECT_EQ(cut->width, 1280U);
    EXPECT_EQ(cut->frame_rate, 0);
    EXPECT_EQ(cut->reorder_depth, 5U) << "the level's limit: 18000 macroblocks";
    for (std::size_t size = 0; size < 9; ++size) EXPECT_FALSE(parse_sps(unit.view().first(size)).has_value()) << size;
}

TEST(H264, ImpossiblePicturesAreRefused) {
    const auto cropped = parse_sps(from_hex("6742001eda0a379a44"));
    ASSERT_TRUE(cropped.has_value());
    EXPECT_EQ(cropped->width, 150U);
    EXPECT_EQ(cropped->height, 90U);
    const std::pair<const char*, const char*> broken[] = {
        {"wider than any level", "6742001eda001084d9"},
        {"2^32 macroblocks wide", "6742001eda0000030000fffffffe3640"},
        {"cropped away", "6742001eda0a370520a740"},
        {"cropped by 2^33", "6742001eda0a370000030001fffffffc0000030003fffffffb40"},
        {"a scaling list with a step of 2^31", "6764001ead8000000300fffffffe0000030000030000030000"},
        {"a PPS", "68ef8fcb"},
    };
    for (const auto& [name, bytes] : broken) EXPECT_FALSE(parse_sps(from_hex(bytes)).has_value()) << name;
}

TEST(H264, OnlyAnIdrIsAKeyframeWhateverTheContainerClaims) {
    using nal::Picture;
    const std::pair<const char*, Picture> units[] = {
        {"00000002 0910 00000002 6588", Picture::idr},
        {"00000002 0910 00000002 4188", Picture::ordinary},
        {"00000002 0600 00000002 6588 00000002 6588", Picture::idr},
        {"00000002 0600 00000002 0188", Picture::ordinary},
        {"00000002 6742 00000002 68ce", Picture::none},
        {"", Picture::none},
    };
    for (const auto& [bytes, expected] : units) EXPECT_EQ(picture(from_hex(bytes)).value(), expected) << bytes;
    EXPECT_FALSE(picture(from_hex("00000009 6588")).has_value());
}

TEST(H264, ARecoveryPointSaysWhereAnOpenGroupBegins) {
    EXPECT_TRUE(is_recovery_point(tests::from_hex("060601c480")));
    EXPECT_TRUE(is_recovery_point(tests::from_hex("060103aabbcc0601c480"))) << "behind another message";
    EXPECT_FALSE(
        is_recovery_point(tests::from_hex("06060140"
                                          "80")))
        << "only after some frames: the picture is refreshed bit by bit";
    EXPECT_FALSE(is_recovery_point(tests::from_hex("060103aabbcc80")));
    EXPECT_FALSE(is_recovery_point(tests::from_hex("0606ff")));
    EXPECT_FALSE(is_recovery_point(tests::from_hex("6588")));
}

}  // namespace weir::media::h264
