#include "media/frames.hpp"

#include <gtest/gtest.h>

#include "media/track_config.hpp"
#include "wire/bytes.hpp"

namespace weir::media {

using tests::from_hex;
using tests::to_hex;

TEST(Frames, AKeyframeDescribesItsTrackWhereNoRecordDoes) {
    const Track av1 = track_from_frame(Codec::av1, from_hex("0a0b000000043cfeccdaf900403204 1c100084")).value();
    EXPECT_EQ(av1.codec_string, "av01.0.00M.08");
    EXPECT_EQ(av1.width, 320U);
    EXPECT_EQ(to_hex(av1.config), "81000c000a0b000000043cfeccdaf90040");
    const Track vp9 = track_from_frame(Codec::vp9, from_hex("824983420013f00b360c38241c18")).value();
    EXPECT_EQ(vp9.codec_string, "vp09.00.11.08");
    EXPECT_EQ(vp9.height, 180U);
    const Track vp8 = track_from_frame(Codec::vp8, from_hex("3051009d012a4001b40000470885")).value();
    EXPECT_EQ(vp8.codec, Codec::vp8);
    EXPECT_EQ(vp8.width, 320U);
    EXPECT_FALSE(track_from_frame(Codec::h264, from_hex("00000001 65")).has_value());
    EXPECT_FALSE(describes_itself(Codec::h264));
}

TEST(Frames, AFrameOfOpusOrFlacLastsAsLongAsItSays) {
    const Track opus = track_from_config(Codec::opus, from_hex("000201380000bb80000000")).value();
    EXPECT_EQ(frame_duration(opus, from_hex("fcb406")), Ticks::milliseconds(20));
    EXPECT_EQ(frame_duration(opus, from_hex("f9b406")), Ticks::milliseconds(40));
    EXPECT_EQ(frame_duration(opus, from_hex("fb00")), Ticks::milliseconds(20)) << "where it does not say";
    const Track flac =
        track_from_config(Codec::flac, from_hex("1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5"))
            .value();
    EXPECT_EQ(frame_duration(flac), Ticks::from(4608, 44'100));
    EXPECT_EQ(frame_duration(flac, from_hex("fff86988 00 ff 00")), Ticks::from(256, 44'100)) << "the last one";
    const Track aac = track_from_config(Codec::aac, from_hex("1190")).value();
    EXPECT_EQ(frame_duration(aac, from_hex("211000")), Ticks::from(1024, 48'000));
}

TEST(Frames, PayloadsAreInTheOneForm) {
    EXPECT_EQ(to_hex(payload_of(Codec::h264, from_hex("0003658811"), 2).value()), "00000003658811");
    EXPECT_EQ(to_hex(payload_of(Codec::av1, from_hex("12003203308080"), 0).value()), "3203308080");
    const base::Bytes sound = from_hex("fcb406");
    EXPECT_EQ(payload_of(Codec::opus, sound, 0).value().data(), sound.data());
    EXPECT_FALSE(payload_of(Codec::av1, from_hex("3209"), 0).has_value());
}

}  // namespace weir::media
