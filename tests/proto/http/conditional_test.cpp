#include "proto/http/conditional.hpp"
#include "proto/http/date.hpp"

#include <gtest/gtest.h>

namespace weir::proto::http {

namespace {

Request request_with(std::string_view method, std::string_view lines) {
    const auto request =
        parse_request(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n");
    EXPECT_TRUE(request) << lines;
    return *request;
}

struct RangeCase {
    std::string_view name;
    std::string_view value;
    std::uint64_t size;
    RangeChoice choice;
};

constexpr RangeChoice whole{};
constexpr RangeChoice unsatisfiable{RangeKind::unsatisfiable, 0, 0};

constexpr RangeCase ranges[] = {
    {"the first bytes", "bytes=0-499", 1000, {RangeKind::partial, 0, 500}},
    {"one byte", "bytes=0-0", 1000, {RangeKind::partial, 0, 1}},
    {"to the end", "bytes=500-", 1000, {RangeKind::partial, 500, 500}},
    {"past the end", "bytes=900-5000", 1000, {RangeKind::partial, 900, 100}},
    {"the last bytes", "bytes=-200", 1000, {RangeKind::partial, 800, 200}},
    {"more last bytes than there are", "bytes=-2000", 1000, {RangeKind::partial, 0, 1000}},
    {"the unit in any case", "Bytes= 5-6", 1000, {RangeKind::partial, 5, 2}},
    {"beyond the end", "bytes=1000-", 1000, unsatisfiable},
    {"of nothing", "bytes=0-", 0, unsatisfiable},
    {"the last zero bytes", "bytes=-0", 1000, unsatisfiable},
    {"several", "bytes=0-1,5-6", 1000, whole},
    {"backwards", "bytes=6-5", 1000, whole},
    {"another unit", "seconds=0-5", 1000, whole},
    {"no numbers", "bytes=a-b", 1000, whole},
    {"nothing", "bytes=-", 1000, whole},
    {"no dash", "bytes=5", 1000, whole},
    {"beyond 64 bits", "bytes=0-99999999999999999999999", 1000, whole},
    {"the largest number", "bytes=0-18446744073709551615", 1000, {RangeKind::partial, 0, 1000}},
};

TEST(Range, APlayerGetsTheBytesItAskedFor) {
    for (const RangeCase& row : ranges) EXPECT_EQ(choose_range(row.value, row.size), row.choice) << row.name;
}

TEST(Range, HoldsOnlyForTheRepresentationItWasMeantFor) {
    const RangeChoice part{RangeKind::partial, 0, 2};
    EXPECT_EQ(choose_range(request_with("GET", "Range: bytes=0-1\r\n"), "\"x\"", 9), part);
    EXPECT_EQ(choose_range(request_with("GET", "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n"), "\"x\"", 9), part);
    EXPECT_EQ(choose_range(request_with("GET", "Range: bytes=0-1\r\nIf-Range: \"y\"\r\n"), "\"x\"", 9), whole);
    EXPECT_EQ(choose_range(request_with("GET", "Range: bytes=0-1\r\nIf-Range: W/\"x\"\r\n"), "W/\"x\"", 9), whole);
    EXPECT_EQ(choose_range(request_with("HEAD", "Range: bytes=0-1\r\n"), "\"x\"", 9), whole);
    EXPECT_EQ(choose_range(request_with("GET", ""), "\"x\"", 9), whole);
}

struct ConditionCase {
    std::string_view name;
    std::string_view method;
    std::string_view lines;
    std::string_view etag;
    Precondition outcome;
};

constexpr ConditionCase conditions[] = {
    {"no condition", "GET", "", "\"x\"", Precondition::passed},
    {"the same tag", "GET", "If-None-Match: \"x\"\r\n", "\"x\"", Precondition::not_modified},
    {"the same tag, HEAD", "HEAD", "If-None-Match: \"x\"\r\n", "\"x\"", Precondition::not_modified},
    {"another tag", "GET", "If-None-Match: \"y\"\r\n", "\"x\"", Precondition::passed},
    {"one of several", "GET", "If-None-Match: \"y\", W/\"x\" , \"z\"\r\n", "\"x\"", Precondition::not_modified},
    {"a comma inside a tag", "GET", "If-None-Match: \"a,b\"\r\n", "\"a,b\"", Precondition::not_modified},
    {"any tag", "GET", "If-None-Match: *\r\n", "\"x\"", Precondition::not_modified},
    {"no tag to compare with", "GET", "If-None-Match: \"y\"\r\n", "", Precondition::passed},
    {"a write that must not overwrite", "PUT", "If-None-Match: *\r\n", "\"x\"", Precondition::failed},
    {"If-Match holds", "GET", "If-Match: \"x\"\r\n", "\"x\"", Precondition::passed},
    {"If-Match fails", "GET", "If-Match: \"y\"\r\n", "\"x\"", Precondition::failed},
    {"If-Match is strong", "GET", "If-Match: W/\"x\"\r\n", "W/\"x\"", Precondition::failed},
};

TEST(Precondition, APlayerIsNotSentWhatItHas) {
    for (const ConditionCase& row : conditions)
        EXPECT_EQ(check_preconditions(request_with(row.method, row.lines), row.etag), row.outcome) << row.name;
}

TEST(Date, IsWrittenAsCachesReadIt) {
    const auto at = [](std::int64_t seconds) { return DateText(base::WallTime(std::chrono::seconds(seconds))); };
    EXPECT_EQ(at(0).view(), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(at(784111777).view(), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(at(951782400).view(), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(at(1795341599).view(), "Sun, 22 Nov 2026 09:59:59 GMT");
}

}  // namespace

}  // namespace weir::proto::http
