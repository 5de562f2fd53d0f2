#include "media/ac3.hpp"

#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

namespace weir::media::ac3 {

using tests::from_hex;
using tests::to_hex;

namespace {

std::string written(const Config& config) {
    base::ByteWriter out;
    write_config(config, out);
    return to_hex(out.view());
}

struct Row {
    const char* name;
    const char* frame;   ///< its beginning, as ffmpeg 5.1 encodes it
    const char* record;  ///< the box that ffmpeg makes of it in MP4
    std::uint32_t sample_rate;
    std::size_t frame_size;
    std::uint32_t channels;
};
constexpr Row rows[] = {
    {"stereo", "0b77fe95144043e106f46370c0", "101140", 48'000, 768, 2},
    {"5.1", "0b77b50b1e40ebf8403eff99ff", "103de0", 48'000, 1792, 6},
    {"44.1 kHz", "0b77c2ea544043e106f575f0c0", "501140", 44'100, 834, 2},
    {"E-AC-3", "0b77017f3487c0002084210838", "0600200400", 48'000, 768, 2},
};

}  // namespace

TEST(Ac3, FramesSayWhatIsHeardAndTheirRecordsAreThoseOfOtherWriters) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto header = parse_header(from_hex(row.frame));
        ASSERT_TRUE(header.has_value()) << header.error().text;
        EXPECT_EQ(header->sample_rate, row.sample_rate);
        EXPECT_EQ(header->frame_size, row.frame_size);
        EXPECT_EQ(header->samples, 1536U);
        EXPECT_EQ(header->channels(), row.channels);
        const Config config = config_from_frames({*header});
        EXPECT_EQ(written(config), row.record);
        const base::Bytes record = from_hex(row.record);
        EXPECT_EQ((header->enhanced ? parse_dec3(record) : parse_dac3(record)), config);
        EXPECT_EQ(config.sample_rate(), row.sample_rate);
        EXPECT_EQ(config.channels(), row.channels);
    }
}

TEST(Ac3, EveryOtherFrameAtTheRateOfDiscsIsAWordLonger) {
    const auto odd = parse_header(from_hex("0b77c2ea554043e106f575f0c0"));
    ASSERT_TRUE(odd.has_value());
    EXPECT_EQ(odd->frame_size, 836U);
}

TEST(Ac3, EnhancedFramesOfHalfTheRateAreKnown) {
    const auto header = parse_header(from_hex("0b77011fc487c0002084210832"));
    ASSERT_TRUE(header.has_value()) << header.error().text;
    EXPECT_EQ(header->sample_rate, 24'000U);
    EXPECT_EQ(header->frame_size, 576U);
}

TEST(Ac3, ChannelsOfADependentSubstreamAreHeardToo) {
    // 5.1, and a dependent substream with the rear pair: 7.1.
    Header first{
        .enhanced = true, .bsid = 16, .acmod = 7, .low_frequency = true, .sample_rate = 48'000, .frame_size = 1792};
    Header second{.enhanced = true,
                  .dependent = true,
                  .bsid = 16,
                  .acmod = 2,
                  .channel_map = 0x0200,
                  .sample_rate = 48'000,
                  .frame_size = 768};
    const Config config = config_from_frames({first, second});
    EXPECT_EQ(config.dependents, 1);
    EXPECT_EQ(config.dependent_channels, 2) << "Lrs and Rrs";
    EXPECT_EQ(config.channels(), 8U);
    EXPECT_EQ(config.bitrate, 640);
    EXPECT_EQ(parse_dec3(from_hex(written(config))), config);
}

TEST(Ac3, WhatIsNoHeaderIsNotTakenForOne) {
    const std::pair<const char*, const char*> cases[] = {
        {"cut short", "0b77fe95144043e106f463"},
        {"no sync word", "0b78fe95144043e106f46370c0"},
        {"a reserved rate", "0b77fe95d44043e106f46370c0"},
        {"a reserved frame size", "0b77fe95264043e106f46370c0"},
        {"a version of the future", "0b77fe9514f843e106f46370c0"},
        {"a reserved kind of substream", "0b77c17f3487c0002084210838"},
        {"a frame shorter than its header", "0b7700013487c0002084210838"},
    };
    for (const auto& [name, bytes] : cases) EXPECT_FALSE(parse_header(from_hex(bytes)).has_value()) << name;
}

TEST(Ac3, ATrackIsWhatItsRecordSays) {
    const Track ac3 = track_from_config(Codec::ac3, from_hex("103de0")).value();
    EXPECT_EQ(ac3.codec_string, "ac-3");
    EXPECT_EQ(ac3.sample_rate, 48'000U);
    EXPECT_EQ(ac3.channels, 6U);
    EXPECT_EQ(frame_duration(ac3), Ticks::from(1536, 48'000));
    const Track eac3 = track_from_config(Codec::eac3, from_hex("0600200400")).value();
    EXPECT_EQ(eac3.codec_string, "ec-3");
    EXPECT_EQ(eac3.channels, 2U);
    EXPECT_FALSE(track_from_config(Codec::eac3, from_hex("0601200400")).has_value()) << "a second programme";
}

}  // namespace weir::media::ac3
