#include "media/opus.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::media::opus {

using tests::from_hex;
using tests::to_hex;

namespace {

const std::string dops = "000201380000bb80000000";
const std::string head = "4f707573486561640102380180bb0000000000";
const std::string surround_dops = "000601380000bb80000001040200040102 0305";

template <typename Write>
std::string written(Write write, const Config& config) {
    base::ByteWriter out;
    write(config, out);
    return to_hex(out.view());
}

}  // namespace

TEST(Opus, BothFormsSayTheSame) {
    const Config config = parse_config(from_hex(dops)).value();
    EXPECT_EQ(config, parse_config(from_hex(head)).value());
    EXPECT_EQ(config.channels, 2);
    EXPECT_EQ(config.pre_skip, 312);
    EXPECT_EQ(config.input_sample_rate, 48'000U);
    EXPECT_EQ(written(write_dops, config), dops);
    EXPECT_EQ(written(write_head, config), head);
}

TEST(Opus, SurroundKeepsItsMapping) {
    const Config config = parse_config(from_hex(surround_dops)).value();
    EXPECT_EQ(config.channels, 6);
    EXPECT_EQ(config.streams, 4);
    EXPECT_EQ(config.mapping.size(), 6U);
    EXPECT_EQ(written(write_dops, config), to_hex(from_hex(surround_dops)));
    const std::string as_head = written(write_head, config);
    EXPECT_EQ(parse_config(from_hex(as_head)).value(), config);
}

TEST(Opus, WithoutARecordItIsStereo) { EXPECT_EQ(parse_config({}).value().channels, 2); }

TEST(Opus, RecordsThatMakeNoSenseAreRefused) {
    for (const char* broken :
         {"00", "0002", "010201380000bb80000000", "000001380000bb80000000", "000301380000bb80000000",
          "000601380000bb8000000104020004", "000201380000bb80000001010200 01", "4f7075734865616410023801"})
        EXPECT_FALSE(parse_config(from_hex(broken)).has_value()) << broken;
}

TEST(Opus, APacketSaysHowLongItLasts) {
    struct Row {
        const char* packet;
        std::uint32_t samples;
    };
    const Row rows[] = {
        {"fcb406", 960},  // CELT, 20 ms, as libopus makes them
        {"00", 480},      // SILK, 10 ms
        {"18", 2880},     // SILK, 60 ms
        {"60", 480},      // hybrid, 10 ms
        {"e0", 120},      // CELT, 2.5 ms
        {"f9", 1920},     // two frames of 20 ms
        {"fb06", 5760},   // six
        {"fb07", 0},      // seven are too many
        {"fb00", 0},     {"fb", 0}, {"", 0},
    };
    for (const Row& row : rows) EXPECT_EQ(samples(from_hex(row.packet)), row.samples) << row.packet;
}

}  // namespace weir::media::opus
