#include "media/av1.hpp"

#include <gtest/gtest.h>

#include "media/track_config.hpp"
#include "wire/bytes.hpp"

namespace weir::media::av1 {

using tests::from_hex;
using tests::to_hex;

namespace {

// libaom 3.6 and ffmpeg 5.1: testsrc, 320x180.
const std::string sequence_header = "0a0b000000043cfeccdaf90040";
const std::string record = "81000c00" + sequence_header;
const std::string key_frame = "3204 1c100084";  // shortened: its head is whole
const std::string inter_frame = "3203 308080";

std::string written(const Config& config) {
    base::ByteWriter out;
    write_config(config, out);
    return to_hex(out.view());
}

}  // namespace

TEST(Av1, ARecordIsUnderstoodAndWrittenBack) {
    const Config config = parse_config(from_hex(record)).value();
    EXPECT_EQ(config.profile, 0);
    EXPECT_EQ(config.level, 0);
    EXPECT_EQ(config.bit_depth, 8);
    EXPECT_EQ(codec_string(config), "av01.0.00M.08");
    EXPECT_EQ(written(config), record);

    const Config hdr = parse_config(from_hex("816dcc13")).value();
    EXPECT_EQ(codec_string(hdr), "av01.3.13H.10");
    EXPECT_EQ(hdr.presentation_delay, 3);
    EXPECT_EQ(written(hdr), "816dcc13");
}

TEST(Av1, RecordsThatBreakTheirFormAreRefused) {
    for (const char* broken : {"", "81000c", "01000c00", "82000c00", "81000c000a0b00", "81000c00ff"})
        EXPECT_FALSE(parse_config(from_hex(broken)).has_value()) << broken;
}

TEST(Av1, ASequenceHeaderSaysTheSize) {
    const auto header = find_sequence_header(from_hex("1200" + sequence_header)).value();
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->width, 320U);
    EXPECT_EQ(header->height, 180U);
    EXPECT_EQ(header->frame_rate, 0);
    EXPECT_EQ(header->config.bit_depth, 8);
    EXPECT_TRUE(header->config.subsampling_x && header->config.subsampling_y);
    EXPECT_FALSE(find_sequence_header(from_hex("1200")).value().has_value());
}

TEST(Av1, ARecordIsMadeOfAKeyframeForSourcesThatSendNone) {
    const Config made = config_from_temporal_unit(from_hex("1200" + sequence_header + key_frame)).value();
    EXPECT_EQ(written(made), record);
    EXPECT_FALSE(config_from_temporal_unit(from_hex(inter_frame)).has_value());
}

TEST(Av1, WhoJoinsNeedsAKeyFrameThatIsShown) {
    struct Row {
        std::string unit;
        nal::Picture picture;
    };
    const Row rows[] = {
        {"1200" + sequence_header + key_frame, nal::Picture::idr},
        {key_frame, nal::Picture::idr},
        {inter_frame, nal::Picture::ordinary},
        {"3201 00", nal::Picture::ordinary},                // a key frame that is shown later
        {"1a01 90", nal::Picture::ordinary},                // shows a frame that came before
        {inter_frame + key_frame, nal::Picture::ordinary},  // the first frame decides
        {"1200" + sequence_header, nal::Picture::none},
        {"", nal::Picture::none},
    };
    for (const Row& row : rows) EXPECT_EQ(picture(from_hex(row.unit)).value(), row.picture) << row.unit;
    EXPECT_FALSE(picture(from_hex("3209 10")).has_value());
}

TEST(Av1, UnitsAreAsMp4HasThem) {
    const base::Bytes plain = from_hex(sequence_header + key_frame);
    EXPECT_EQ(normalized(plain).value().data(), plain.data()) << "the same bytes";
    const base::Bytes delimited = from_hex("1200" + sequence_header + key_frame);
    EXPECT_EQ(normalized(delimited).value().data(), delimited.data() + 2) << "a slice of them";
    EXPECT_EQ(to_hex(normalized(from_hex("1200" + inter_frame + "7a0100" + inter_frame)).value()),
              to_hex(from_hex(inter_frame + inter_frame)))
        << "padding goes";
    EXPECT_EQ(to_hex(normalized(from_hex("30 308080")).value()), "3203308080") << "a size comes";
    EXPECT_EQ(to_hex(normalized(from_hex("3408 308080")).value()), "360803308080") << "behind the extension";
    EXPECT_TRUE(normalized(from_hex("1200")).value().empty());
}

TEST(Av1, SizesOfSeveralBytesAreReadAndWritten) {
    std::string unit = "30";
    for (int i = 0; i < 200; ++i) unit += "11";
    EXPECT_TRUE(to_hex(normalized(from_hex(unit)).value()).starts_with("32c8011111"));
    EXPECT_FALSE(picture(from_hex("32ffffffffffffffffff")).has_value());
}

}  // namespace weir::media::av1
