#include "config/values.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace weir::config {
namespace {

using namespace std::chrono_literals;

template <typename T>
struct Row {
    const char* text;
    std::optional<T> value;  ///< none: refused
    const char* printed = "";
};

template <typename T>
void check(std::initializer_list<Row<T>> rows) {
    for (const Row<T>& row : rows) {
        const Parsed<T> parsed = parse_value<T>(row.text);
        ASSERT_EQ(parsed.has_value(), row.value.has_value()) << row.text;
        if (!parsed) {
            EXPECT_TRUE(parsed.error().contains("; write ")) << "the mend is missing: " << parsed.error();
            continue;
        }
        EXPECT_EQ(*parsed, *row.value) << row.text;
        EXPECT_EQ(print_value(*parsed), row.printed);
        EXPECT_EQ(parse_value<T>(print_value(*parsed)), *parsed) << "what is printed means the same: " << row.text;
    }
}

TEST(Values, ListenAddresses) {
    check<ListenAddress>({
        {":8080", ListenAddress::every(8080), ":8080"},
        {":0", ListenAddress::every(0), ":0"},
        {"127.0.0.1:1935", ListenAddress{"127.0.0.1", 1935, true}, "127.0.0.1:1935"},
        {"[::1]:8080", ListenAddress{"::1", 8080, true}, "[::1]:8080"},
        {"[::]:80", ListenAddress{"::", 80, true}, "[::]:80"},
        {"", ListenAddress{}, ""},
        {"8080", {}},
        {":", {}},
        {":80a", {}},
        {":-1", {}},
        {":+1", {}},
        {":65536", {}},
        {"::1:8080", {}},
        {"[::1]", {}},
        {"[127.0.0.1]:80", {}},
        {"127.0.0.1.5:80", {}},
        {"localhost:80", {}},
        {"http://127.0.0.1:80", {}},
    });
}

TEST(Values, NumbersAndWords) {
    check<std::uint32_t>({{"0", 0U, "0"},
                          {"15000", 15'000U, "15000"},
                          {"4294967295", 4'294'967'295U, "4294967295"},
                          {"4294967296", {}},
                          {"-1", {}},
                          {"+1", {}},
                          {"1.0", {}},
                          {"1k", {}},
                          {"", {}}});
    check<double>({{"29.97", 29.97, "29.97"}, {"30", 30.0, "30"}, {"nan", {}}, {"inf", {}}, {"30fps", {}}, {"", {}}});
    check<bool>({{"true", true, "true"}, {"yes", true, "true"}, {"off", false, "false"}, {"1", {}}, {"TRUE", {}}});
    check<ReturnTime>({{"5s", ReturnTime{5s}, "5s"},
                       {"never", ReturnTime::never(), "never"},
                       {"0s", ReturnTime{0s}, "0s"},
                       {"soon", {}},
                       {"", {}}});
    check<ThreadCount>({{"auto", ThreadCount{0}, "auto"}, {"4", ThreadCount{4}, "4"}, {"0", {}}, {"all", {}}});
    check<std::chrono::milliseconds>({{"30ms", 30ms, "30ms"}, {"1.5s", 1500ms, "1500ms"}, {"10us", {}}, {"6", {}}});
    check<Takeover>(
        {{"silent", Takeover::silent, "silent"}, {"refuse", Takeover::refuse, "refuse"}, {"Silent", {}}, {"", {}}});
}

TEST(Values, TextThatCouldForgeALogLineIsRefused) {
    check<std::string>({{"a b", std::string("a b"), "a b"},
                        {"Gießen", std::string("Gießen"), "Gießen"},
                        {"", std::string(), ""},
                        {"a\nb", {}},
                        {"\x1b[2J", {}},
                        {"\xFF", {}}});
}

TEST(Values, AWrongWordIsToldTheRightOnes) {
    EXPECT_EQ(parse_value<PublishAccess>("everyone").error(), "is not known here; write loopback, key or any");
}

}  // namespace
}  // namespace weir::config
