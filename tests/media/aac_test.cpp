#include "media/aac.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::media::aac {

using tests::from_hex;
using tests::to_hex;

namespace {

struct Row {
    const char* name;
    const char* record;
    const char* codec_string;
    std::uint32_t sample_rate;  ///< of the core
    std::uint32_t output_rate;
    std::uint32_t channels;  ///< as heard
    Signalling signalling;
};
/// The first six are ffmpeg's; the others are written by hand from 14496-3.
constexpr Row rows[] = {
    {"48 kHz stereo", "119056e500", "mp4a.40.2", 48'000, 48'000, 2, Signalling::backward_compatible},
    {"44.1 kHz mono", "120856e500", "mp4a.40.2", 44'100, 44'100, 1, Signalling::backward_compatible},
    {"5.1", "11b056e500", "mp4a.40.2", 48'000, 48'000, 6, Signalling::backward_compatible},
    {"7.1", "123856e500", "mp4a.40.2", 44'100, 44'100, 8, Signalling::backward_compatible},
    {"quadro, by program config", "118004c4040021100d4c61766335392e33372e31303056e500", "mp4a.40.2", 48'000, 48'000, 4,
     Signalling::backward_compatible},
    {"6.1, by program config", "1200050848002000c4400d4c61766335392e33372e31303056e500", "mp4a.40.2", 44'100, 44'100, 7,
     Signalling::backward_compatible},
    {"without extension", "1190", "mp4a.40.2", 48'000, 48'000, 2, Signalling::none},
    {"HE-AAC, hierarchical", "2b118800", "mp4a.40.5", 24'000, 48'000, 2, Signalling::hierarchical},
    {"HE-AAC v2, hierarchical", "eb8a0800", "mp4a.40.29", 22'050, 44'100, 2, Signalling::hierarchical},
    {"HE-AAC, backward compatible", "131056e598", "mp4a.40.5", 24'000, 48'000, 2, Signalling::backward_compatible},
    {"HE-AAC v2, backward compatible", "130856e59d4880", "mp4a.40.29", 24'000, 48'000, 2,
     Signalling::backward_compatible},
    {"37.8 kHz, spelled out", "1780 49d4 10", "mp4a.40.2", 37'800, 37'800, 2, Signalling::none},
};

std::string written(const Config& config) {
    base::ByteWriter out;
    write_config(config, out);
    return to_hex(out.view());
}

}  // namespace

TEST(Aac, ConfigsSayWhatIsHeardAndWriteBackAsTheyCame) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto config = parse_config(from_hex(row.record));
        ASSERT_TRUE(config.has_value()) << config.error().text;
        EXPECT_EQ(codec_string(*config), row.codec_string);
        EXPECT_EQ(config->sample_rate, row.sample_rate);
        EXPECT_EQ(config->output_sample_rate(), row.output_rate);
        EXPECT_EQ(config->output_channels(), row.channels);
        EXPECT_EQ(config->signalling, row.signalling);
        EXPECT_EQ(config->samples_per_frame(), 1024U);
        const std::string again = written(*config);
        EXPECT_EQ(parse_config(from_hex(again)).value(), *config);
        const std::string canonical = to_hex(from_hex(row.record));
        EXPECT_EQ(again.substr(0, canonical.size()), canonical);
    }
}

TEST(Aac, FramesOf960SamplesAreKnown) { EXPECT_EQ(parse_config(from_hex("1194")).value().samples_per_frame(), 960U); }

TEST(Aac, WhatIsNotAacIsRefusedInWords) {
    const std::pair<const char*, base::ErrorKind> refused[] = {
        {"", base::ErrorKind::malformed},
        {"11", base::ErrorKind::malformed},
        {"16f8", base::ErrorKind::malformed},          // a reserved sampling rate
        {"11c0", base::ErrorKind::malformed},          // a reserved channel configuration (8)
        {"1780 0000 10", base::ErrorKind::malformed},  // 0 Hz
        {"1192", base::ErrorKind::unsupported},        // depends on a core coder
        {"f94640", base::ErrorKind::unsupported},      // USAC, object type 42
        {"0190", base::ErrorKind::unsupported},        // no object type
        {"118004c404", base::ErrorKind::malformed},    // a program config cut short
    };
    for (const auto& [bytes, kind] : refused) {
        SCOPED_TRACE(bytes);
        const auto config = parse_config(from_hex(bytes));
        ASSERT_FALSE(config.has_value());
        EXPECT_EQ(config.error().kind, kind) << config.error().text;
    }
}

TEST(Aac, AdtsHeadersOfFfmpegAreReadAndWritten) {
    const auto header = parse_adts(from_hex("fff15040213ffc"));
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(*header, (AdtsHeader{2, 44'100, 1, 7, 265, 1}));
    const Config config = config_from_adts(*header);
    EXPECT_EQ(written(config), "1208");
    base::ByteWriter out;
    ASSERT_TRUE(write_adts(config, 265 - 7, out).has_value());
    EXPECT_EQ(to_hex(out.view()), "fff15040213ffc");
}

TEST(Aac, BrokenAdtsHeadersAreRefused) {
    EXPECT_FALSE(parse_adts(from_hex("fff15040213f")).has_value()) << "six bytes";
    EXPECT_FALSE(parse_adts(from_hex("ffe15040213ffc")).has_value()) << "no sync word";
    EXPECT_FALSE(parse_adts(from_hex("fff55040213ffc")).has_value()) << "a layer";
    EXPECT_FALSE(parse_adts(from_hex("fff17c40213ffc")).has_value()) << "a reserved rate";
    EXPECT_FALSE(parse_adts(from_hex("fff1504000dffc")).has_value()) << "shorter than its header";
    EXPECT_EQ(parse_adts(from_hex("fff05040213ffc")).value().header_size, 9U) << "with a checksum";
}

TEST(Aac, StreamsThatAdtsCannotDescribeAreRefused) {
    base::ByteWriter out;
    EXPECT_FALSE(write_adts(parse_config(from_hex(rows[4].record)).value(), 100, out).has_value())
        << "channels by program config";
    EXPECT_FALSE(write_adts(parse_config(from_hex("1780 49d4 10")).value(), 100, out).has_value())
        << "a rate of its own";
    EXPECT_FALSE(write_adts(parse_config(from_hex("1190")).value(), 8185, out).has_value()) << "larger than 13 bits";
    EXPECT_EQ(out.size(), 0U);
    EXPECT_TRUE(write_adts(parse_config(from_hex("1190")).value(), 8184, out).has_value());
}

}  // namespace weir::media::aac
