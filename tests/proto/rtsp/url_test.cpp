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

}  // namespace
}  // namespace weir::proto::rtsp
