#include "base/address_policy.hpp"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

struct Row {
    const char* address;
    bool is_public;
};

TEST(AddressPolicy, OnlyWhatEverybodyReachesIsPublic) {
    const Row rows[] = {
        {"8.8.8.8", true},
        {"93.184.216.34", true},
        {"172.15.0.1", true},
        {"172.32.0.1", true},
        {"2606:4700::1111", true},
        {"2a00:1450::1", true},
        {"127.0.0.1", false},
        {"127.255.0.3", false},
        {"10.1.2.3", false},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"192.168.1.1", false},
        {"169.254.169.254", false},
        {"100.64.0.1", false},
        {"0.0.0.0", false},
        {"255.255.255.255", false},
        {"224.0.0.1", false},
        {"239.1.1.1", false},
        {"198.18.0.1", false},
        {"192.0.2.7", false},
        {"::1", false},
        {"::", false},
        {"fd00::1", false},
        {"fe80::1", false},
        {"ff02::1", false},
        {"2001:db8::1", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:8.8.8.8", true},
        {"::10.0.0.1", false},
        {"64:ff9b::10.0.0.1", false},
        {"2002:0a00:0001::1", false},
        {"2001::1", false},
    };
    for (const Row& row : rows) {
        const auto address = parse_ip_address(row.address);
        ASSERT_TRUE(address) << row.address;
        EXPECT_EQ(is_public(*address), row.is_public) << row.address;
    }
}

TEST(AddressPolicy, ANameIsNoAddress) {
    for (const char* text :
         {"", "localhost", "10.0.0", "10.0.0.0.1", "0x7f000001", "2130706433", "127.1", "::g", "[::1"})
        EXPECT_FALSE(parse_ip_address(text)) << text;
    EXPECT_TRUE(parse_ip_address("[::1]"));
}

TEST(AddressPolicy, ANetworkHoldsWhatItsBitsSayAndIsPrintedAsItIsRead) {
    struct {
        const char* network;
        const char* inside;
        const char* outside;
    } const rows[] = {{"10.0.0.0/8", "10.255.0.1", "11.0.0.0"}, {"192.168.1.128/25", "192.168.1.200", "192.168.1.127"},
                      {"0.0.0.0/0", "1.2.3.4", "::1"},          {"127.0.0.1/32", "127.0.0.1", "127.0.0.2"},
                      {"fd00::/8", "fdff::1", "fc00::1"},       {"::1/128", "::1", "::2"}};
    for (const auto& row : rows) {
        const auto network = parse_ip_network(row.network);
        ASSERT_TRUE(network) << row.network;
        EXPECT_TRUE(network->contains(*parse_ip_address(row.inside))) << row.network;
        EXPECT_FALSE(network->contains(*parse_ip_address(row.outside))) << row.network;
        EXPECT_EQ(print_ip_network(*network), row.network);
    }
    for (const char* text : {"", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8x", "localhost/8"})
        EXPECT_FALSE(parse_ip_network(text)) << text;
}

TEST(AddressPolicy, PrivateAddressesAreForThoseWhoConfiguredThem) {
    const AddressPolicy closed;
    const AddressPolicy lan = AddressPolicy::of({"10.0.0.0/8", "nonsense", "::1"});
    const auto admits = [](const AddressPolicy& policy, const char* text) {
        return policy.admits(*parse_ip_address(text));
    };
    EXPECT_TRUE(admits(closed, "8.8.8.8"));
    EXPECT_FALSE(admits(closed, "10.0.0.9"));
    EXPECT_TRUE(admits(lan, "10.0.0.9"));
    EXPECT_TRUE(admits(lan, "::1"));
    EXPECT_FALSE(admits(lan, "127.0.0.1"));
    // Who writes a number means that machine, and no other.
    EXPECT_TRUE(admits(closed.with_host("192.168.0.4"), "192.168.0.4"));
    EXPECT_FALSE(admits(closed.with_host("192.168.0.4"), "192.168.0.5"));
    EXPECT_FALSE(admits(closed.with_host("camera.local"), "192.168.0.4"));
}

}  // namespace
}  // namespace weir::base
