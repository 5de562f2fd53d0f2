#include "media/flac.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::media::flac {

using tests::from_hex;
using tests::to_hex;

namespace {
// ffmpeg 5.1: 44.1 kHz, stereo, 16 bits.
const std::string stream_info = "1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5";
}  // namespace

TEST(Flac, TheBlockIsFoundInEveryWrapping) {
    const std::string wrappings[] = {
        stream_info,                            // bare, as ffmpeg keeps it
        "80000022" + stream_info,               // a block
        "00000022" + stream_info + "84000000",  // a block, and others behind it
        "664c6143"
        "80000022" +
            stream_info,           // Enhanced RTMP
        "664c6143" + stream_info,  // as mpegts.js has it
        "00000000"
        "80000022" +
            stream_info,  // dfLa
    };
    for (const std::string& wrapping : wrappings) {
        const base::Bytes bytes = from_hex(wrapping);
        EXPECT_EQ(to_hex(find_stream_info(bytes).value()), stream_info) << wrapping;
    }
    EXPECT_FALSE(find_stream_info(from_hex("664c6143")).has_value());
    EXPECT_FALSE(find_stream_info(from_hex("80000022"
                                           "1200"))
                     .has_value());
}

TEST(Flac, TheBlockSaysWhatTheSoundIs) {
    const StreamInfo info = parse_stream_info(from_hex(stream_info)).value();
    EXPECT_EQ(info.smallest_block, 4608);
    EXPECT_EQ(info.largest_block, 4608);
    EXPECT_EQ(info.sample_rate, 44'100U);
    EXPECT_EQ(info.channels, 2);
    EXPECT_EQ(info.bits, 16);
    base::ByteWriter out;
    write_block(from_hex(stream_info), out);
    EXPECT_EQ(to_hex(out.view()), "80000022" + stream_info);
}

TEST(Flac, AFrameSaysHowLongItLasts) {
    struct Row {
        const char* frame;
        std::uint32_t samples;
    };
    const Row rows[] = {
        {"fff85988008a4e00", 4608},  // as ffmpeg makes them
        {"fff81988 00", 192},
        {"fff8c988 00", 4096},
        {"fff86988 00 ff 00", 256},       // told in eight bits
        {"fff87988 c280 0f9f 00", 4000},  // told in sixteen, behind a number of two bytes
        {"fff87988 c2", 0},
        {"fff86988 80 ff", 0},
        {"fff80988 00", 0},
        {"fffb9064", 0},  // MP3
        {"", 0},
    };
    for (const Row& row : rows) EXPECT_EQ(samples(from_hex(row.frame)), row.samples) << row.frame;
}

}  // namespace weir::media::flac
