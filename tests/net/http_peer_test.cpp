#include "net/http_peer.hpp"

#include <gtest/gtest.h>

namespace weir::net {

namespace {

using boost::asio::ip::make_address;

struct Case {
    std::string_view name;
    std::vector<std::string> trusted;
    std::string peer;
    std::string_view forwarded_for;
    std::string_view client;
};

const Case cases[] = {
    {"nobody is trusted", {}, "10.0.0.1", "192.0.2.7", "10.0.0.1"},
    {"the proxy is trusted", {"10.0.0.1"}, "10.0.0.1", "192.0.2.7", "192.0.2.7"},
    {"another is trusted", {"10.0.0.2"}, "10.0.0.1", "192.0.2.7", "10.0.0.1"},
    {"a network is trusted", {"10.0.0.0/8"}, "10.250.3.4", "192.0.2.7", "192.0.2.7"},
    {"just outside the network", {"10.0.0.0/9"}, "10.250.3.4", "192.0.2.7", "10.250.3.4"},
    {"everybody is trusted", {"0.0.0.0/0"}, "10.0.0.1", "192.0.2.7", "192.0.2.7"},
    {"a chain of trusted proxies", {"10.0.0.0/8"}, "10.0.0.1", "192.0.2.7, 10.0.0.3 , 10.0.0.2", "192.0.2.7"},
    {"a client that invents a chain", {"10.0.0.1"}, "10.0.0.1", "1.2.3.4, 192.0.2.7", "192.0.2.7"},
    {"nothing but proxies", {"10.0.0.0/8"}, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
    {"nonsense", {"10.0.0.1"}, "10.0.0.1", "unknown", "10.0.0.1"},
    {"nonsense behind the client", {"10.0.0.1"}, "10.0.0.1", "<script>, 192.0.2.7", "192.0.2.7"},
    {"no field", {"10.0.0.1"}, "10.0.0.1", "", "10.0.0.1"},
    {"IPv6", {"fd00::/8"}, "fd12::1", "2001:db8::7", "2001:db8::7"},
    {"IPv4 on an IPv6 socket", {"10.0.0.1"}, "::ffff:10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"},
    {"IPv4 on an IPv6 socket, not trusted", {}, "::ffff:10.0.0.1", "", "10.0.0.1"},
};

TEST(TrustedProxies, AViewerCannotPretendToBeAnother) {
    for (const Case& row : cases) {
        const auto proxies = TrustedProxies::create(row.trusted);
        ASSERT_TRUE(proxies) << row.name;
        EXPECT_EQ(proxies->client(make_address(row.peer), row.forwarded_for).to_string(), row.client) << row.name;
    }
}

TEST(TrustedProxies, AWrongNetworkIsRefused) {
    for (const std::string text :
         {"", "proxy.example.com", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0/8"})
        EXPECT_FALSE(TrustedProxies::create(std::span(&text, 1))) << text;
}

}  // namespace

}  // namespace weir::net
