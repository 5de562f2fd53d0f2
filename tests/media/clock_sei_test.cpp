#include "media/clock_sei.hpp"

#include <gtest/gtest.h>

#include "media/nal.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

namespace weir::media {

using tests::from_hex;
using tests::to_hex;

namespace {
base::WallTime at(std::int64_t nanoseconds) { return base::WallTime(base::Duration(nanoseconds)); }
}  // namespace

TEST(ClockSei, TheClockThatWasWrittenIsFound) {
    // Zeros in the number need emulation prevention.
    for (const std::int64_t time :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{0x0300'0001}, std::int64_t{1'795'341'600'123'456'789}}) {
        const base::Bytes h264 = with_clock(Codec::h264, from_hex("00000002 0910 00000003 658811"), at(time)).value();
        EXPECT_EQ(find_clock(Codec::h264, h264), at(time));
        const base::Bytes hevc = with_clock(Codec::hevc, from_hex("00000003 460150 00000003 260188"), at(time)).value();
        EXPECT_EQ(find_clock(Codec::hevc, hevc), at(time));
        EXPECT_EQ(picture(Codec::h264, h264).value(), nal::Picture::idr);
        EXPECT_EQ(picture(Codec::hevc, hevc).value(), nal::Picture::idr);
    }
}

TEST(ClockSei, ItStandsBehindTheDelimiterAndBeforeThePicture) {
    const base::Bytes marked =
        with_clock(Codec::h264, from_hex("00000002 0910 00000003 658811"), at(0x0102'0304'0506'0708)).value();
    const std::string text = to_hex(marked);
    EXPECT_TRUE(
        text.starts_with("000000020910"
                         "0000001c"
                         "060518"));
    EXPECT_TRUE(text.ends_with("00000003658811"));
}

TEST(ClockSei, SeiOfOthersIsNoClock) {
    EXPECT_EQ(find_clock(Codec::h264, from_hex("00000002 0910 00000003 658811")), std::nullopt);
    EXPECT_EQ(find_clock(Codec::h264, from_hex("00000005 0605026161 00000003 658811")), std::nullopt) << "short";
    EXPECT_EQ(find_clock(Codec::h264, from_hex("00000004 06ffffff")), std::nullopt) << "no end of the type";
    EXPECT_EQ(find_clock(Codec::h264, from_hex("00000009 06")), std::nullopt) << "broken";
    EXPECT_EQ(find_clock(Codec::aac, from_hex("2110")), std::nullopt);
    EXPECT_FALSE(with_clock(Codec::aac, from_hex("2110"), at(1)).has_value());
}

TEST(ClockSei, TheClockIsFoundBehindOtherMessagesOfTheSameUnit) {
    const base::Bytes marked = with_clock(Codec::h264, from_hex("00000002 6588"), at(77)).value();
    // The unit without its length and header, behind a message of type 1 with two bytes.
    base::ByteWriter unit;
    unit.bytes(from_hex("06 0102aabb"));
    unit.bytes(marked.slice(5, marked.size() - 5 - 6));
    base::ByteWriter access_unit;
    access_unit.u32(static_cast<std::uint32_t>(unit.size()));
    access_unit.bytes(unit.view());
    EXPECT_EQ(find_clock(Codec::h264, access_unit.view()), at(77));
}

}  // namespace weir::media
