#include "format/costs.hpp"

#include <gtest/gtest.h>

namespace weir::format {

namespace {

TEST(Costs, WhatWasMeasuredAtTheFirstStartIsKnownAtTheSecond) {
    const CostModel costs{
        .decode = 0.0021, .scale = 0.00095, .audio = 0.04, .encode = {{"ultrafast", 0.005}, {"veryfast", 0.0113}}};
    const std::string line =
        R"({"version":1,"decode":0.0021,"scale":0.00095,"audio":0.04,"encode":{"ultrafast":0.005,"veryfast":0.0113}})";
    EXPECT_EQ(write(costs), line);
    const auto read = parse_costs(line);
    ASSERT_TRUE(read.has_value()) << read.error().text;
    EXPECT_EQ(*read, costs);
}

TEST(Costs, AnotherOrderSpacesAndMembersToComeAreNoHarm) {
    const auto read = parse_costs(
        " { \"encode\" : { \"fast\" : 2e-2 } ,\n \"audio\":1, \"hevc\":3, \"scale\":0.5,\"decode\":0.25,\"version\":1 "
        "}\n");
    ASSERT_TRUE(read.has_value()) << read.error().text;
    EXPECT_EQ(*read, (CostModel{.decode = 0.25, .scale = 0.5, .audio = 1, .encode = {{"fast", 0.02}}}));
}

TEST(Costs, WhatIsNoCalibrationIsMeasuredAnew) {
    struct Row {
        const char* name;
        std::string text;
        base::ErrorKind kind;
    };
    const Row rows[] = {
        {"nothing", "", base::ErrorKind::malformed},
        {"an empty object", "{}", base::ErrorKind::unsupported},
        {"half a file", R"({"version":1,"decode":0.0021,"sca)", base::ErrorKind::malformed},
        {"no presets", R"({"version":1,"decode":1,"scale":1,"audio":1,"encode":{}})", base::ErrorKind::malformed},
        {"no audio", R"({"version":1,"decode":1,"scale":1,"encode":{"fast":1}})", base::ErrorKind::malformed},
        {"another version", R"({"version":2,"decode":1,"scale":1,"audio":1,"encode":{"fast":1}})",
         base::ErrorKind::unsupported},
        {"costs nothing", R"({"version":1,"decode":0,"scale":1,"audio":1,"encode":{"fast":1}})",
         base::ErrorKind::malformed},
        {"less than nothing", R"({"version":1,"decode":1,"scale":-1,"audio":1,"encode":{"fast":1}})",
         base::ErrorKind::malformed},
        {"no number", R"({"version":1,"decode":nan,"scale":1,"audio":1,"encode":{"fast":1}})",
         base::ErrorKind::malformed},
        {"something behind it", R"({"version":1,"decode":1,"scale":1,"audio":1,"encode":{"fast":1}}})",
         base::ErrorKind::malformed},
        {"a page of spaces", std::string(10'000, ' '), base::ErrorKind::too_large},
    };
    for (const Row& row : rows) {
        const auto read = parse_costs(row.text);
        ASSERT_FALSE(read.has_value()) << row.name;
        EXPECT_EQ(read.error().kind, row.kind) << row.name << ": " << read.error().text;
    }
}

}  // namespace

}  // namespace weir::format
