#include "media/vpx.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::media::vpx {

using tests::from_hex;
using tests::to_hex;

namespace {

// libvpx 1.12 and ffmpeg 5.1: testsrc, 320x180.
const std::string vp9_key = "824983420013f00b360c38241c18";
const std::string vp9_inter = "860040929c185000";
const std::string vp8_key = "3051009d012a4001b400004708858588";
const std::string vp8_inter = "b106001510ac0018";

std::string written(const Config& config) {
    base::ByteWriter out;
    write_config(config, out);
    return to_hex(out.view());
}

}  // namespace

TEST(Vpx, ARecordIsTheSameWithAndWithoutTheHeadOfItsBox) {
    const Config config = parse_config(from_hex("01000000000b820202020000")).value();
    EXPECT_EQ(config, parse_config(from_hex("000b820202020000")).value());
    EXPECT_EQ(written(config), "000b820202020000");
    EXPECT_EQ(codec_string("vp09", config), "vp09.00.11.08");

    const Config hdr = parse_config(from_hex("0233a3091009 0000")).value();
    EXPECT_EQ(codec_string("vp09", hdr), "vp09.02.51.10");
    EXPECT_TRUE(hdr.full_range);
    EXPECT_EQ(written(hdr), "0233a30910090000");
}

TEST(Vpx, RecordsThatMakeNoSenseAreRefused) {
    for (const char* broken : {"", "00", "000b8202", "040b820202020000", "000b020202020000"})
        EXPECT_FALSE(parse_config(from_hex(broken)).has_value()) << broken;
}

TEST(Vpx, AVp9KeyframeSaysWhatTheStreamIs) {
    const KeyFrame key = parse_vp9_keyframe(from_hex(vp9_key)).value();
    EXPECT_EQ(key.width, 320U);
    EXPECT_EQ(key.height, 180U);
    EXPECT_EQ(codec_string("vp09", key.config), "vp09.00.11.08");
    EXPECT_EQ(written(key.config), "000b820202020000");
    EXPECT_FALSE(parse_vp9_keyframe(from_hex(vp9_inter)).has_value());
    EXPECT_FALSE(parse_vp9_keyframe(from_hex("82498343")).has_value());
    EXPECT_FALSE(parse_vp9_keyframe(from_hex("8249834200")).has_value());
}

TEST(Vpx, Vp9InFullColorIsNotTakenForTheUsual) {
    // Profile 1, BT.709, 4:4:4, 16x16: by hand.
    const KeyFrame key = parse_vp9_keyframe(from_hex("a2498342 40 001e001e")).value();
    EXPECT_EQ(key.config.profile, 1);
    EXPECT_EQ(key.config.subsampling, 3);
    EXPECT_EQ(key.config.primaries, 1);
    EXPECT_EQ(key.width, 16U);
    EXPECT_EQ(key.height, 16U);
}

TEST(Vpx, AVp8KeyframeSaysWhatTheStreamIs) {
    const KeyFrame key = parse_vp8_keyframe(from_hex(vp8_key)).value();
    EXPECT_EQ(key.width, 320U);
    EXPECT_EQ(key.height, 180U);
    EXPECT_EQ(codec_string("vp08", key.config), "vp08.00.11.08");
    EXPECT_FALSE(parse_vp8_keyframe(from_hex(vp8_inter)).has_value());
    EXPECT_FALSE(parse_vp8_keyframe(from_hex("3051009d012b4001b400")).has_value());
    EXPECT_FALSE(parse_vp8_keyframe(from_hex("3051009d012a00000000")).has_value());
}

TEST(Vpx, WhoJoinsNeedsAKeyframe) {
    EXPECT_EQ(vp9_picture(from_hex(vp9_key)).value(), nal::Picture::idr);
    EXPECT_EQ(vp9_picture(from_hex(vp9_inter)).value(), nal::Picture::ordinary);
    EXPECT_EQ(vp9_picture(from_hex("8a")).value(), nal::Picture::ordinary) << "shows a frame that came before";
    EXPECT_EQ(vp9_picture({}).value(), nal::Picture::none);
    EXPECT_FALSE(vp9_picture(from_hex("00")).has_value());
    EXPECT_EQ(vp8_picture(from_hex(vp8_key)).value(), nal::Picture::idr);
    EXPECT_EQ(vp8_picture(from_hex(vp8_inter)).value(), nal::Picture::ordinary);
}

}  // namespace weir::media::vpx
