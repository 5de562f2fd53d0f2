#include "endpoint/hls_directives.hpp"

#include "proto/http/request.hpp"

#include <gtest/gtest.h>

namespace weir::endpoint {
namespace {

using package::hls::Position;
using package::hls::Skip;

std::expected<HlsDirectives, std::string_view> parse(const std::string& query) {
    const auto request = proto::http::parse_request("GET /a?" + query + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return parse_directives(request->target);
}

TEST(HlsDirectives, SayWhatToWaitForAndWhatToLeaveOut) {
    EXPECT_FALSE(parse("token=a")->position.has_value());
    EXPECT_EQ(parse("_HLS_msn=7")->position, (Position{.sequence = 7, .part = {}}));
    EXPECT_EQ(parse("_HLS_msn=7&_HLS_part=0&token=a")->position, (Position{.sequence = 7, .part = 0}));
    EXPECT_EQ(parse("_HLS_skip=YES&_HLS_msn=7")->skip, Skip::yes);
    EXPECT_EQ(parse("_HLS_skip=v2")->skip, Skip::v2);
    EXPECT_EQ(parse("_HLS_skip=NO")->skip, Skip::none);
}

TEST(HlsDirectives, NonsenseIsABadRequest) {
    for (const char* query : {"_HLS_part=1", "_HLS_msn=", "_HLS_msn=x", "_HLS_msn=-1", "_HLS_msn=1&_HLS_part=x",
                              "_HLS_msn=99999999999999999999", "_HLS_msn=1&_HLS_part=4294967296", "_HLS_msn=1.5"})
        EXPECT_FALSE(parse(query).has_value()) << query;
}

TEST(HlsDirectives, NobodyWaitsForWhatIsFarAhead) {
    stream::SegmentIndex index;
    index.part_target = media::Ticks::milliseconds(500);
    stream::SegmentList list;
    const auto segment = [](std::uint64_t sequence, std::size_t parts) {
        auto made = std::make_shared<stream::Segment>();
        made->sequence = sequence;
        made->parts.resize(parts);
        return made;
    };
    list.listed = {segment(100, 12)};
    list.open = segment(101, 4);
    EXPECT_FALSE(is_too_far(index, list, {102, {}}));
    EXPECT_TRUE(is_too_far(index, list, {103, {}}));
    EXPECT_FALSE(is_too_far(index, list, {101, 10}));
    EXPECT_TRUE(is_too_far(index, list, {101, 11}));
    EXPECT_FALSE(is_too_far(index, list, {102, 0}));
    EXPECT_FALSE(is_too_far(index, list, {100, 400}));  // of an old one: the first of the next
    list.ahead = {list.open};
    list.open = nullptr;
    EXPECT_FALSE(is_too_far(index, list, {103, {}}));
    index.ended = true;
    EXPECT_FALSE(is_too_far(index, list, {900, 7}));
}

}  // namespace
}  // namespace weir::endpoint
