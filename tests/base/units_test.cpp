#include "base/units.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace weir::base {
namespace {

using namespace std::chrono_literals;

template <typename T>
struct Row {
    const char* text;
    std::optional<T> value;  ///< none: refused
    const char* printed = "";
};

template <typename T>
void check(std::initializer_list<Row<T>> rows, auto parse) {
    for (const Row<T>& row : rows) {
        const Result<T> parsed = parse(row.text);
        ASSERT_EQ(parsed.has_value(), row.value.has_value()) << row.text;
        if (!parsed) {
            EXPECT_NE(parsed.error().text.find("write"), std::string_view::npos) << "the mend is missing: " << row.text;
            continue;
        }
        EXPECT_EQ(*parsed, *row.value) << row.text;
        EXPECT_EQ(print(*parsed), row.printed);
        EXPECT_EQ(parse(print(*parsed)), *parsed) << "what is printed means the same: " << row.text;
    }
}

TEST(Units, SizesAreReadAsPeopleWriteThem) {
    check<ByteCount>(
        {
            {"2GiB", 2_GiB, "2GiB"},
            {"600MiB", 600_MiB, "600MiB"},
            {"1.5GiB", 1536_MiB, "1536MiB"},
            {"1024KiB", 1_MiB, "1MiB"},
            {"64kB", ByteCount(64'000), "64000B"},
            {"2GB", ByteCount(2'000'000'000), "1953125KiB"},
            {"0B", 0_B, "0B"},
            {"17179869183.5GiB", ByteCount((std::uint64_t{17'179'869'183} << 30) + (1U << 29)), "17592186043904MiB"},
            {"2", {}},
            {"2G", {}},
            {"2gib", {}},
            {"GiB", {}},
            {"", {}},
            {"-1GiB", {}},
            {"1e3B", {}},
            {"0.5B", {}},
            {"1..5GiB", {}},
            {"1.GiB", {}},
            {"2 GiB", {}},
            {"2GiB ", {}},
            {"17179869184GiB", {}},
            {"99999999999999999999B", {}},
        },
        parse_byte_count);
}

TEST(Units, BitRatesAreReadAsPeopleWriteThem) {
    check<BitRate>(
        {
            {"2500k", 2500_kbps, "2500k"},
            {"5M", 5_Mbps, "5M"},
            {"2.5M", 2500_kbps, "2500k"},
            {"1G", 1000_Mbps, "1000M"},
            {"64000", 64_kbps, "64k"},
            {"64001", BitRate(64'001), "64001"},
            {"800K", 800_kbps, "800k"},
            {"0", BitRate(0), "0"},
            {"5m", {}},
            {"5Mbps", {}},
            {"5MiB", {}},
            {"0.0001k", {}},
            {"fast", {}},
            {"", {}},
        },
        parse_bit_rate);
}

TEST(Units, DurationsAreReadAsPeopleWriteThem) {
    check<Duration>(
        {
            {"30ms", 30ms, "30ms"},
            {"6s", 6s, "6s"},
            {"2h", 2h, "2h"},
            {"0s", 0s, "0s"},
            {"0", 0s, "0s"},
            {"1.5s", 1500ms, "1500ms"},
            {"60s", 60s, "60s"},
            {"2m", 2min, "120s"},
            {"7d", 168h, "168h"},
            {"1h30m", 90min, "5400s"},
            {"1m30s500ms", 90500ms, "90500ms"},
            {"100us", 100us, "100us"},
            {"0.000000001s", 1ns, "1ns"},
            {"6", {}},
            {"1.5", {}},
            {"s", {}},
            {"6sec", {}},
            {"30m1h", {}},
            {"1s1s", {}},
            {"-1s", {}},
            {"0.5ns", {}},
            {"", {}},
            {"999999999h", {}},
            {"200000d", {}},
            {"18446744073709551616s", {}},
        },
        parse_duration);
}

TEST(Units, ANegativeDurationIsPrintedAsOne) { EXPECT_EQ(print(Duration(-30ms)), "-30ms"); }

}  // namespace
}  // namespace weir::base
