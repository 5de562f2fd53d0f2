#include "config/source_address.hpp"

#include "config/values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::config {
namespace {

using testing::ElementsAre;

TEST(SourceAddress, IsTakenApart) {
    struct {
        const char* address;
        const char* scheme;
        const char* host;
        const char* shown;
    } const rows[] = {
        {"rtsp://user:se@cret@10.0.0.9:554/stream1?x=1", "rtsp", "10.0.0.9", "rtsp://10.0.0.9:554/stream1"},
        {"HTTP://[fd00::1]:8080/live.m3u8", "http", "fd00::1", "HTTP://[fd00::1]:8080/live.m3u8"},
        {"srt://example.org:8890?streamid=read:a/b&passphrase=secret", "srt", "example.org", "srt://example.org:8890"},
        {"udp://:5000", "udp", "", "udp://:5000"},
        {"https://example.org", "https", "example.org", "https://example.org"},
        {"file:a.mp4,b.mp4", "file", "", "file:a.mp4,b.mp4"},
        {"nothing", "", "", "nothing"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(scheme_of(row.address), row.scheme) << row.address;
        EXPECT_EQ(host_of(row.address), row.host) << row.address;
        EXPECT_EQ(shown(row.address), row.shown) << row.address;
    }
}

TEST(SourceAddress, FilesLieInTheirFolder) {
    EXPECT_THAT(*files_of("file:a.mp4"), ElementsAre("a.mp4"));
    EXPECT_THAT(*files_of("file:day/a..b.mp4,,c.ts"), ElementsAre("day/a..b.mp4", "c.ts"));
    for (const char* address : {"file:", "file:/etc/passwd", "file:../x", "file:a,b/../../x", "file:///etc/passwd"})
        EXPECT_FALSE(files_of(address)) << address;
}

TEST(SourceAddress, WhatCannotBeFetchedIsNoSource) {
    for (const char* address : {"concat:a|b", "pipe:0", "ftp://host/x", "rtsp:/x", "rtsp://", "camera", "subfile,,:x"})
        EXPECT_FALSE(check_source(address)) << address;
    for (const char* address : {"rtmp://host/app/name", "udp://239.1.1.1:5000", "rtp://:5004", "file:a.mp4"})
        EXPECT_TRUE(check_source(address)) << address;
}

TEST(SourceAddress, AListIsOneTextWithBlanks) {
    const auto list = parse_value<AddressList>(" rtsp://a/1   file:b.mp4 ");
    ASSERT_TRUE(list) << list.error();
    EXPECT_THAT(list->addresses, ElementsAre("rtsp://a/1", "file:b.mp4"));
    EXPECT_EQ(print_value(*list), "rtsp://a/1 file:b.mp4");
    EXPECT_TRUE(parse_value<AddressList>("")->addresses.empty());
    EXPECT_FALSE(parse_value<AddressList>("rtsp://a/1 gopher://x"));
    std::string many;
    for (int i = 0; i < 17; ++i) many += "udp://:5000 ";
    EXPECT_FALSE(parse_value<AddressList>(many));
}

TEST(SourceAddress, ABackupIsAStreamOrAddresses) {
    EXPECT_EQ(parse_value<BackupSource>("live/spare")->stream, "live/spare");
    EXPECT_THAT(parse_value<BackupSource>("rtsp://a/1 file:b.mp4")->fetched.addresses,
                ElementsAre("rtsp://a/1", "file:b.mp4"));
    EXPECT_TRUE(parse_value<BackupSource>("")->empty());
    for (const char* text : {"live/spare", "rtsp://a/1 file:b.mp4", ""})
        EXPECT_EQ(print_value(*parse_value<BackupSource>(text)), text);
    for (const char* text : {"spare", "live/spare live/other", "live/spare rtsp://a/1", "api/x", "ftp://host/x"})
        EXPECT_FALSE(parse_value<BackupSource>(text)) << text;
}

}  // namespace
}  // namespace weir::config
