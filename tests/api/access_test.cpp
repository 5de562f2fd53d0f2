#include "api/access.hpp"

#include <gtest/gtest.h>

namespace weir::api {
namespace {

using boost::asio::ip::make_address;
using config::PublishAccess;

struct Case {
    const char* name;
    PublishAccess publish;
    std::vector<std::string> keys;
    const char* peer;
    const char* token;
    bool allowed;
    const char* says;  ///< a word that the refusal must have
};

TEST(Access, DecidesWhoMayPublishAndNamesTheKeyToSet) {
    const Case cases[] = {
        {"loopback, IPv4", PublishAccess::loopback, {}, "127.0.0.1", "", true, ""},
        {"loopback, any of 127/8", PublishAccess::loopback, {}, "127.8.9.1", "", true, ""},
        {"loopback, IPv6", PublishAccess::loopback, {}, "::1", "", true, ""},
        {"loopback through a dual-stack listener", PublishAccess::loopback, {}, "::ffff:127.0.0.1", "", true, ""},
        {"elsewhere", PublishAccess::loopback, {}, "192.0.2.7", "", false, "auth.publish"},
        {"elsewhere, mapped", PublishAccess::loopback, {}, "::ffff:192.0.2.7", "", false, "auth.publish"},
        {"a key does not help while only loopback may",
         PublishAccess::loopback,
         {"k"},
         "192.0.2.7",
         "k",
         false,
         "auth.publish"},
        {"any", PublishAccess::any, {}, "192.0.2.7", "", true, ""},
        {"the right key", PublishAccess::key, {"a", "secret"}, "192.0.2.7", "secret", true, ""},
        {"a wrong key", PublishAccess::key, {"a", "secret"}, "192.0.2.7", "secreT", false, "auth.keys"},
        {"a prefix of a key", PublishAccess::key, {"secret"}, "192.0.2.7", "secre", false, "auth.keys"},
        {"no key", PublishAccess::key, {"secret"}, "127.0.0.1", "", false, "token"},
        {"an empty key configured lets nobody in", PublishAccess::key, {""}, "127.0.0.1", "", false, "token"},
        {"no keys configured", PublishAccess::key, {}, "127.0.0.1", "x", false, "auth.keys"},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.name);
        config::Auth auth;
        auth.publish = one.publish;
        auth.keys = one.keys;
        const auto decision = may_publish(auth, make_address(one.peer), one.token);
        EXPECT_EQ(decision.has_value(), one.allowed);
        if (!decision) EXPECT_NE(decision.error().text.find(one.says), std::string_view::npos);
    }
}

}  // namespace
}  // namespace weir::api
