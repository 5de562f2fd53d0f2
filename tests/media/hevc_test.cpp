#include "media/hevc.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::media::hevc {

using tests::from_hex;
using tests::to_hex;

namespace {

/// Records of x265, as ffmpeg writes them; see tests/wire/README.md. What they mean is what ffprobe says.
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
    {"720p30",
     "0101600000009000000000005df000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003005d959409a10001002"
     "b4201010160"
     "0000030090000003000003005da00280802d16595952930bc05a020000030002000003003c10a2000100064401c073c189",
     "hvc1.1.6.L93.90", 1280, 720, 30, 1, 1, 2, 8, 1},
    {"10 bits, 768 lines, cropped",
     "01022000000090000000000078f000fcfdfafa00000f03a00001001840010c01ffff022000000300900000030000030078ba0240a10001002"
     "a4201010220"
     "00000300900000030000030078a002b080301cdb65ba4a4c2f01680800001f480007530040a2000100064401c073c189",
     "hvc1.2.4.L120.90", 1366, 768, 60000.0 / 1001, 1, 1, 0, 10, 1},
    {"4:2:2, scaling lists, HRD",
     "0104080000009d080000000078f000fcfefafa00000f04a00001001740010c01ffff0408000003009d08000003000078959409a1000100354"
     "20101040800"
     "0003009d08000003000078b005020171f12d965654a4e1780b40400000030040000006580525978003d090007a1220a2000100064401c073c"
     "1892700"
     "0100064e0181010f80",
     "hvc1.4.10.L120.9D.8", 640, 360, 25, 1, 1, 2, 10, 2},
    {"reference sets, temporal layers, wide",
     "0101600000009000000000005af000fcfdf8f800001303a00001001d40010c02ffff01600000030090000003000003005a0000998a3314048"
     "0a10001002f"
     "42010201600000030090000003000003005a0000a005a200905966628cc52526178834040000030004000003006420a2000100064401c073c"
     "189",
     "hvc1.1.6.L90.90", 720, 576, 25, 2, 1, 2, 8, 1},
};

std::string written(const Config& config) {
    base::ByteWriter out;
    write_config(config, out);
    return to_hex(out.view());
}

}  // namespace

TEST(Hevc, RecordsOfRealEncodersParseAndWriteBackByteForByte) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto config = parse_config(from_hex(row.record));
        ASSERT_TRUE(config.has_value()) << config.error().text;
        EXPECT_EQ(codec_string(*config), row.codec_string);
        EXPECT_EQ(written(*config), row.record);
    }
}

TEST(Hevc, SizeRateAndReorderingOfAPictureAreWhatItsEncoderMeant) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Config config = parse_config(from_hex(row.record)).value();
        const auto sps = parse_sps(config.first(NalType::sps));
        ASSERT_TRUE(sps.has_value()) << sps.error().text;
        EXPECT_EQ(sps->profile, config.profile);
        EXPECT_EQ(sps->width, row.width);
        EXPECT_EQ(sps->height, row.height);
        EXPECT_DOUBLE_EQ(sps->frame_rate, row.frame_rate);
        EXPECT_EQ(sps->pixel_width, row.pixel_width);
        EXPECT_EQ(sps->pixel_height, row.pixel_height);
        EXPECT_EQ(sps->reorder_depth, row.reorder_depth);
        EXPECT_EQ(sps->luma_bit_depth, row.bit_depth);
        EXPECT_EQ(sps->chroma_format, row.chroma_format);
        EXPECT_EQ(sps->temporal_layers, config.temporal_layers);
    }
}

TEST(Hevc, CodecStringsAreThoseOfTheStandard) {
    Config config;
    config.profile = {0, false, 1, 0x6000'0000, {0xb0, 0, 0, 0, 0, 0}, 93};
    EXPECT_EQ(codec_string(config), "hvc1.1.6.L93.B0");
    config.profile = {1, true, 4, 0x0800'0000, {0, 0, 0, 0, 0, 0}, 150};
    EXPECT_EQ(codec_string(config), "hvc1.A4.10.H150");
    config.profile = {0, true, 2, 0x2000'0000, {0x90, 0, 0x01, 0, 0, 0}, 120};
    EXPECT_EQ(codec_string(config), "hvc1.2.4.H120.90.0.1");
}

TEST(Hevc, ParameterSetsOfAnAnnexBSourceGiveAnEquivalentRecord) {
    const Config config = parse_config(from_hex(rows[0].record)).value();
    const auto made =
        config_from_parameter_sets(config.arrays[0].units, config.arrays[1].units, config.arrays[2].units);
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(codec_string(*made), rows[0].codec_string);
    EXPECT_EQ(parse_config(from_hex(written(*made))).value(), *made);
    EXPECT_FALSE(config_from_parameter_sets({}, {}, {}).has_value());
}

TEST(Hevc, BrokenRecordsAreRefusedAndNotReadPastTheirEnd) {
    const base::Bytes whole = from_hex(rows[0].record);
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(parse_config(whole.slice(0, size)).has_value()) << size;
    EXPECT_FALSE(parse_config(from_hex("02")).has_value()) << "version 2";
    EXPECT_FALSE(parse_config(from_hex("0101600000009000000000005df000fcfdf8f800000f00")).has_value()) << "no SPS";
}

TEST(Hevc, AnSpsCutShortBehindItsSizeStillGivesThePictureSize) {
    const Config config = parse_config(from_hex(rows[0].record)).value();
    const base::ByteView unit = config.first(NalType::sps);
    const auto cut = parse_sps(unit.first(30));
    ASSERT_TRUE(cut.has_value());
    EXPECT_EQ(cut->width, 1280U);
    EXPECT_EQ(cut->height, 720U);
    EXPECT_EQ(cut->frame_rate, 0);
    for (std::size_t size = 0; size < 24; ++size) EXPECT_FALSE(parse_sps(unit.first(size)).has_value()) << size;
    EXPECT_FALSE(parse_sps(config.first(NalType::pps)).has_value());
}

TEST(Hevc, AVpsThatStatesNoTimingStatesNoFrameRate) {
    const Config config = parse_config(from_hex(rows[0].record)).value();
    EXPECT_EQ(parse_vps_frame_rate(config.first(NalType::vps)).value(), 0);
    EXPECT_FALSE(parse_vps_frame_rate(config.first(NalType::sps)).has_value());
}

TEST(Hevc, WhoJoinsAtAnOpenGroupOfPicturesIsToldWhichPicturesCannotBeDecoded) {
    using nal::Picture;
    const base::Bytes capture = tests::read_capture("hevc/open_gop.h265");
    std::vector<Picture> pictures;
    for (nal::AnnexBReader units(capture); const auto unit = units.next();) {
        const base::ByteView one = *unit;
        base::ByteWriter access_unit;
        access_unit.u32(static_cast<std::uint32_t>(one.size()));
        access_unit.bytes(one);
        if (const Picture found = picture(access_unit.view()).value(); found != Picture::none)
            pictures.push_back(found);
    }
    using enum Picture;
    EXPECT_EQ(pictures, (std::vector<Picture>{idr,  ordinary, ordinary, ordinary, ordinary, open_access, rasl,
                                              rasl, rasl,     ordinary, ordinary, ordinary, ordinary,    open_access,
                                              rasl, rasl,     rasl,     ordinary, ordinary, ordinary}));
}

TEST(Hevc, EveryKindOfPictureIsKnown) {
    using nal::Picture;
    const std::pair<const char*, Picture> units[] = {
        {"00000003 260188", Picture::idr},         {"00000003 280188", Picture::idr},
        {"00000003 2a0188", Picture::open_access}, {"00000003 200188", Picture::open_access},
        {"00000003 240188", Picture::open_access}, {"00000003 100188", Picture::rasl},
        {"00000003 120188", Picture::rasl},        {"00000003 0c0188", Picture::radl},
        {"00000003 0e0188", Picture::radl},        {"00000003 020188", Picture::ordinary},
        {"00000003 4e0188", Picture::none},        {"", Picture::none},
    };
    for (const auto& [bytes, expected] : units) EXPECT_EQ(picture(from_hex(bytes)).value(), expected) << bytes;
}

}  // namespace weir::media::hevc
