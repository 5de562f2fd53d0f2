#include "av/clip_reader.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixfmt.h>
}

namespace weir::av {
namespace {

using media::Ticks;

/// 16x16 pixels of 200, 40, 10, by FFmpeg-free hands: a PNG of three samples, of four (half transparent), and of a palette.
constexpr std::string_view rgb =
    "89504e470d0a1a0a0000000d494844520000001000000010080200000090916836000000164944415478da6338a1c145126218d530aa61f8"
    "6a0000a781fa016c871d160000000049454e44ae426082";
constexpr std::string_view rgba =
    "89504e470d0a1a0a0000000d49484452000000100000001008060000001ff3ff61000000194944415478da6338a1c1d5400966183560d480"
    "5103868b01007c107a105c4a9ae90000000049454e44ae426082";
constexpr std::string_view palette =
    "89504e470d0a1a0a0000000d4948445200000010000000100803000000282d0f5300000006504c5445000000c8280a875339830000000f49"
    "44415478da636044030c235b000089100101c5cda66b0000000049454e44ae426082";

/// A file in memory with these bytes.
class Scratch {
  public:
    explicit Scratch(std::string_view hex) : file_(::memfd_create("clip", 0)) {
        for (std::size_t i = 0; i < hex.size(); i += 2) {
            const auto byte = static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
            EXPECT_EQ(::write(file_, &byte, 1), 1);
        }
    }
    ~Scratch() { ::close(file_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] int file() const noexcept { return file_; }

  private:
    int file_;
};

struct Row {
    const char* name;
    std::string_view hex;
    int red;
    int green;
    int blue;
};

TEST(ClipReader, StillsOfAllKindsComeOutAsPlanes) {
    for (const Row& row :
         {Row{"three samples", rgb, 200, 40, 10}, Row{"half transparent, over black", rgba, 100, 20, 5},
          Row{"a palette", palette, 200, 40, 10}}) {
        const Scratch scratch(row.hex);
        auto reader = ClipReader::open(scratch.file());
        ASSERT_TRUE(reader) << row.name << ": " << reader.error().text;
        const auto picture = reader->picture_at(Ticks());
        ASSERT_TRUE(picture) << row.name;
        const AVFrame& planes = *(*picture)->get();
        EXPECT_EQ(planes.format, AV_PIX_FMT_GBRP) << row.name;
        EXPECT_EQ(planes.width, 16);
        EXPECT_NEAR(planes.data[2][5], row.red, 1) << row.name;
        EXPECT_NEAR(planes.data[0][5], row.green, 1) << row.name;
        EXPECT_NEAR(planes.data[1][5], row.blue, 1) << row.name;
    }
}

TEST(ClipReader, AStillIsReadOnceAndStaysForEver) {
    const Scratch scratch(rgb);
    auto reader = ClipReader::open(scratch.file());
    ASSERT_TRUE(reader);
    const auto first = reader->picture_at(Ticks());
    const auto later = reader->picture_at(Ticks::seconds(3600));
    ASSERT_TRUE(first && later);
    EXPECT_EQ(*first, *later);
}

TEST(ClipReader, WhatIsNoPictureIsRefusedInWords) {
    for (const std::string_view hex : {"", "00", "23455854", "89504e470d0a1a0a0000000d49484452"}) {
        const Scratch scratch(hex);
        const auto reader = ClipReader::open(scratch.file());
        ASSERT_FALSE(reader) << hex;
        EXPECT_FALSE(reader.error().text.empty());
    }
}

TEST(ClipReader, APlaylistLeadsNowhere) {
    // "ffconcat version 1.0\nfile '/etc/hostname'\n"
    const Scratch concat("6666636f6e6361742076657273696f6e20312e300a66696c6520272f6574632f686f73746e616d65270a");
    EXPECT_FALSE(ClipReader::open(concat.file()));
    // "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/hostname\n#EXT-X-ENDLIST\n"
    const Scratch playlist(
        "234558544d33550a234558542d582d5441524745544455524154494f4e3a310a23455854494e463a312c0a2f6574632f686f73746e616d"
        "650a234558542d582d454e444c4953540a");
    EXPECT_FALSE(ClipReader::open(playlist.file()));
}

}  // namespace
}  // namespace weir::av
