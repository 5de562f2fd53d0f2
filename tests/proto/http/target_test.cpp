#include "proto/http/target.hpp"
#include "proto/http/event_text.hpp"

#include <gtest/gtest.h>

namespace weir::proto::http {

namespace {

struct Case {
    std::string_view name;
    std::string_view text;
    std::string_view value;  ///< of text_of, or the refusal
};

constexpr Case cases[] = {
    {"the root", "/", "/"},
    {"a page", "/live/demo", "/live/demo"},
    {"a trailing slash", "/rtc/v1/whip/?app=live&stream=demo", "/rtc/v1/whip/ ?app=live ?stream=demo"},
    {"decoded segments", "/l%69ve/d%C3%A9mo%20x", "/live/d\xC3\xA9mo x"},
    {"a plus in a path is itself", "/a+b", "/a+b"},
    {"a plus in a query is a space", "/?a+b=c+d%2B", "/ ?a b=c d+"},
    {"a query without value, an empty one, an empty pair", "/?a&b=&&c=1=2", "/ ?a= ?b= ?c=1=2"},
    {"a query may have what a path may not", "/?t=2026-11-22T10:00:00Z|[x]", "/ ?t=2026-11-22T10:00:00Z|[x]"},
    {"a slash in a query", "/a?b=/c/../d", "/a ?b=/c/../d"},
    {"an absolute target", "https://example.com:8443/live?x=1", "/live ?x=1"},
    {"an absolute target without a path", "http://example.com", "/"},
    {"an absolute target with only a query", "http://example.com?x", "/ ?x="},
    {"three dots are a name", "/...", "/..."},
    {"climbing", "/live/../etc/passwd", "the address climbs with '.' or '..'"},
    {"climbing, encoded", "/live/%2e%2E/etc", "the address climbs with '.' or '..'"},
    {"staying", "/live/./x", "the address climbs with '.' or '..'"},
    {"an encoded slash", "/live/..%2f..%2fetc", "the address has an encoded slash, backslash or control character"},
    {"an encoded backslash", "/live/a%5cb", "the address has an encoded slash, backslash or control character"},
    {"a backslash", "/live\\x", "the address has a character that must be percent-encoded"},
    {"an encoded NUL", "/live/demo%00.flv", "the address has an encoded slash, backslash or control character"},
    {"an encoded line end", "/live/a%0d%0aX:1", "the address has an encoded slash, backslash or control character"},
    {"an encoded NUL in a query", "/?a=%00", "a query parameter has an encoded control character"},
    {"an encoded line end in a query", "/?a=b%0d%0aSet-Cookie:x", "a query parameter has an encoded control character"},
    {"an empty segment", "/live//demo", "the address has an empty path segment"},
    {"another host's path", "//example.com/", "the address has an empty path segment"},
    {"half an escape", "/a%4", "a percent sign in the address is not followed by two hexadecimal digits"},
    {"no escape", "/a%zz", "a percent sign in the address is not followed by two hexadecimal digits"},
    {"half an escape in a query", "/?a=%", "a percent sign in the address is not followed by two hexadecimal digits"},
    {"markup", "/<script>", "the address has a character that must be percent-encoded"},
    {"raw bytes", "/\xC3\xA9", "the address has a character that must be percent-encoded"},
    {"a fragment", "/a#b", "the request target has a space, a control character or a fragment"},
    {"another scheme", "ftp://a/b", "the request target is of another scheme than http and https"},
    {"no scheme", "live/demo", "the request target is neither a path nor an address"},
    {"an absolute target without host", "http:///a", "the request target names no valid host"},
    {"an absolute target with a user", "http://u@h/a", "the request target names no valid host"},
    {"nothing", "", "the request target is neither a path nor an address"},
    {"too deep", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", "the address has too many path segments"},
};

TEST(Target, LetsNobodyClimbOutOfHisPath) {
    for (const Case& row : cases) {
        std::string storage(row.text.size(), '\0');
        const auto target = parse_target(row.text, storage);
        EXPECT_EQ(target ? text_of(*target) : std::string(target.error().text), row.value) << row.name;
        EXPECT_TRUE(target || target.error().status == Status::bad_request) << row.name;
    }
}

TEST(Target, ManyParametersAreRefused) {
    std::string text = "/?";
    for (std::size_t i = 0; i < maximum_parameters; ++i) text += "a=b&";
    std::string storage(text.size() + 1, '\0');
    EXPECT_TRUE(parse_target(text, storage));
    EXPECT_FALSE(parse_target(text + "a", storage));
}

TEST(Target, FindsTheFirstParameterOfAName) {
    std::string storage(100, '\0');
    const auto target = parse_target("/?token=a&token=b&empty", storage);
    ASSERT_TRUE(target);
    EXPECT_EQ(target->parameter("token"), "a");
    EXPECT_EQ(target->parameter("empty"), "");
    EXPECT_EQ(target->parameter("none"), std::nullopt);
}

}  // namespace

}  // namespace weir::proto::http
