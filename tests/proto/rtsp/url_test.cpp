#include "proto/rtsp/url.hpp"

#include <gtest/gtest.h>

namespace weir::proto::rtsp {
namespace {

TEST(RtspUrl, SaysWhereToConnectWhoToBeAndWhatToAskFor) {
    struct Row {
        const char* text;
        const char* host;
        int port;
        const char* user;
        const char* password;
        const char* address;
    };
    const Row rows[] = {
        {"rtsp://camera/stream1", "camera", 554, "", "", "rtsp://camera/stream1"},
        {"rtsp://admin:12345@10.0.0.9:8554/s?ch=1", "10.0.0.9", 8554, "admin", "12345", "rtsp://10.0.0.9:8554/s?ch=1"},
        {"rtsp://a:p%40ss:w@[2001:db8::1]:554/x", "2001:db8::1", 554, "a", "p@ss:w", "rtsp://[2001:db8::1]:554/x"},
        {"RTSPS://h", "h", 322, "", "", "rtsps://h"},
        {"rtsp://user@h/a@b", "h", 554, "user", "", "rtsp://h/a@b"},
    };
    for (const Row& row : rows) {
        const auto url = parse_url(row.text);
        ASSERT_TRUE(url) << row.text << ": " << url.error().text;
        EXPECT_EQ(url->host, row.host) << row.text;
        EXPECT_EQ(url->port, row.port) << row.text;
        EXPECT_EQ(url->login.user, row.user) << row.text;
        EXPECT_EQ(url->login.password, row.password) << row.text;
        EXPECT_EQ(url->address, row.address) << row.text;
    }
    EXPECT_TRUE(parse_url("rtsps://h/x")->tls);
    for (const char* text :
         {"", "http://h/x", "rtsp://", "rtsp:///x", "rtsp://h:0/x", "rtsp://h:70000/", "rtsp://[::1/x", "rtsp://h h/"})
        EXPECT_FALSE(parse_url(text)) << text;
}

TEST(RtspUrl, HowRtpIsToTravelIsForUsAndNotAskedFor) {
    using Lower = Transport::Lower;
    struct Row {
        const char* text;
        Lower lower;
        const char* address;
    };
    const Row rows[] = {
        {"rtsp://h/x", Lower::tcp, "rtsp://h/x"},
        {"rtsp://h/x?transport=udp", Lower::udp, "rtsp://h/x"},
        {"rtsp://h/x?transport=tcp", Lower::tcp, "rtsp://h/x"},
        {"rtsp://h/x?ch=1&transport=udp&sub=0", Lower::udp, "rtsp://h/x?ch=1&sub=0"},
        {"rtsp://h/x?transport=udp&ch=1", Lower::udp, "rtsp://h/x?ch=1"},
        {"rtsp://h/x?transportmode=unicast&", Lower::tcp, "rtsp://h/x?transportmode=unicast"},
        {"rtsps://h/x?transport=tcp", Lower::tcp, "rtsps://h/x"},
    };
    for (const Row& row : rows) {
        const auto url = parse_url(row.text);
        ASSERT_TRUE(url) << row.text << ": " << url.error().text;
        EXPECT_EQ(url->lower, row.lower) << row.text;
        EXPECT_EQ(url->address, row.address) << row.text;
    }
    EXPECT_FALSE(parse_url("rtsp://h/x?transport=sctp"));
    EXPECT_FALSE(parse_url("rtsps://h/x?transport=udp")) << "that would be in the clear";
}

}  // namespace
}  // namespace weir::proto::rtsp
