#include "base/url.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(Url, PercentEncodingIsUndoneAndNothingElse) {
    EXPECT_EQ(percent_decoded("a%2Bb%3d%zz%4"), "a+b=%zz%4");
    EXPECT_EQ(percent_decoded("%"), "%");
    EXPECT_EQ(percent_decoded(""), "");
}

TEST(Url, TheFirstParameterOfANameIsFound) {
    EXPECT_EQ(query_of("path?a=1&b"), "a=1&b");
    EXPECT_EQ(query_of("path"), "");
    EXPECT_EQ(before_query("path?a?b"), "path");
    EXPECT_EQ(query_parameter("a=1&b=x=y&b=2&c", "b"), "x=y");
    EXPECT_EQ(query_parameter("a=1&c", "c"), "");
    EXPECT_FALSE(query_parameter("aa=1", "a"));
}

}  // namespace
}  // namespace weir::base
