#include "proto/rtsp/address.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace weir::proto::rtsp {
namespace {

TEST(RtspAddress, NamesAStreamHoweverItIsWritten) {
    struct Row {
        const char* text;
        const char* stream;
        const char* rung;
        const char* token;
    };
    const Row rows[] = {
        {"rtsp://h:8554/live/demo", "live/demo", "", ""},
        {"RTSPS://h/live/demo/", "live/demo", "", ""},
        {"rtsp://h/live/demo/720p", "live/demo", "720p", ""},
        {"rtsp://h/live/demo?token=a%20b", "live/demo", "", "a b"},
        {"rtsp://h/live/demo?x=1&token=key/streamid=0", "live/demo", "", "key"},
        {"rtsp://h/live/demo/streamid=0", "live/demo", "", ""},
        {"rtsp://h/live/demo/720p/trackID=1?token=k", "live/demo", "720p", "k"},
        {"/live/demo", "live/demo", "", ""},
        {"rtsp://h//live//demo", "live/demo", "", ""},
    };
    for (const Row& row : rows) {
        const auto address = parse_address(row.text);
        ASSERT_TRUE(address) << row.text << ": " << address.error().text;
        EXPECT_EQ(address->stream.text(), row.stream) << row.text;
        EXPECT_EQ(address->rung, row.rung) << row.text;
        EXPECT_EQ(address->token, row.token) << row.text;
    }
}

TEST(RtspAddress, ABackupSaysSoBehindItsName) {
    struct Row {
        const char* text;
        bool is_backup;
    };
    for (const Row& row :
         {Row{"rtsp://h/live/demo?backup=1", true}, Row{"rtsp://h/live/demo?token=k&backup=1", true},
          Row{"rtsp://h/live/demo?backup=1/streamid=0", true}, Row{"rtsp://h/live/demo/streamid=0?backup=1", true},
          Row{"rtsp://h/live/demo", false}, Row{"rtsp://h/live/demo?backup=0", false}}) {
        const auto address = parse_address(row.text);
        ASSERT_TRUE(address) << row.text << ": " << address.error().text;
        EXPECT_EQ(address->is_backup, row.is_backup) << row.text;
    }
}

TEST(RtspAddress, WhatNamesNoneIsRefusedInWords) {
    for (const char* text : {"*", "rtsp://h", "rtsp://h/", "rtsp://h/live", "rtsp://h/a/b/c/d", "rtsp://h/../etc",
                             "rtsp://h/api/x", "http://h/live/demo", "rtsp://h/live/de%2fmo"}) {
        const auto address = parse_address(text);
        ASSERT_FALSE(address) << text;
        EXPECT_FALSE(address.error().text.empty());
    }
}

TEST(RtspAddress, ControlsGoBehindTheBase) {
    struct Row {
        const char* base;
        const char* control;
        const char* joined;
    };
    const Row rows[] = {
        {"rtsp://h/live/demo", "trackID=1", "rtsp://h/live/demo/trackID=1"},
        {"rtsp://h/live/demo/", "trackID=1", "rtsp://h/live/demo/trackID=1"},
        {"rtsp://h/live/demo/", "/trackID=1", "rtsp://h/live/demo/trackID=1"},
        {"rtsp://h/live/demo?a=b", "trackID=1", "rtsp://h/live/demo/trackID=1?a=b"},
        {"rtsp://h/live/demo", "*", "rtsp://h/live/demo"},
        {"rtsp://h/live/demo", "", "rtsp://h/live/demo"},
        {"rtsp://h/live/demo", "rtsp://10.0.0.2/other/track1", "rtsp://10.0.0.2/other/track1"},
    };
    for (const Row& row : rows) EXPECT_EQ(join_control(row.base, row.control), row.joined) << row.control;
}

TEST(RtspAddress, ATrackIsFoundInEveryWayThatClientsNameIt) {
    struct Row {
        const char* address;
        const char* base;
        std::vector<std::string> controls;
        int track;
    };
    const std::vector<std::string> two{"streamid=0", "streamid=1"};
    const Row rows[] = {
        {"rtsp://h/live/demo/streamid=1", "rtsp://h/live/demo", two, 1},
        {"rtsp://other:554/live/demo/streamid=0", "rtsp://h/live/demo/", two, 0},
        {"rtsp://h/live/demo?token=x/streamid=1", "rtsp://h/live/demo?token=x", two, 1},
        {"rtsp://h/live/demo/streamid=1?token=x", "rtsp://h/live/demo?token=x", two, 1},
        {"rtsp://h/live/demo/streamid=1", "rtsp://h/live/demo?token=x", two, 1},
        {"/live/demo/streamid=1", "rtsp://h/live/demo", two, 1},
        {"rtsp://h/live/demo/streamid=2", "rtsp://h/live/demo", two, -1},
        {"rtsp://h/live/other/streamid=1", "rtsp://h/live/demo", two, -1},
        {"rtsp://h/live/demo", "rtsp://h/live/demo", two, -1},
        {"rtsp://h/live/demo", "rtsp://h/live/demo", {"streamid=0"}, 0},
        {"rtsp://h/live/demo/", "rtsp://h/live/demo", {""}, 0},
        {"rtsp://h/cam/track1", "rtsp://h/live/demo", {"rtsp://10.0.0.1/cam/track1"}, 0},
    };
    for (const Row& row : rows) {
        const auto track = find_control(row.address, row.base, row.controls);
        EXPECT_EQ(track ? static_cast<int>(*track) : -1, row.track) << row.address << " of " << row.base;
    }
}

}  // namespace
}  // namespace weir::proto::rtsp
