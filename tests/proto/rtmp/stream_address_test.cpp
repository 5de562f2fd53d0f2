#include "proto/rtmp/stream_address.hpp"

#include <gtest/gtest.h>

namespace weir::proto::rtmp {

namespace {

struct Case {
    const char* name;
    const char* app;
    const char* tc_url;
    const char* key;
    const char* stream;
    const char* token = "";
};

const Case understood[] = {
    {"OBS: server and key", "live", "rtmp://h/live", "demo", "live/demo"},
    {"a token in the key", "live", "rtmp://h/live", "demo?token=secret", "live/demo", "secret"},
    {"a token among others", "live", "rtmp://h/live", "demo?a=b&token=secret&c", "live/demo", "secret"},
    {"a token in the app", "live?token=secret", "rtmp://h/live?token=secret", "demo", "live/demo", "secret"},
    {"a token in the address alone", "live", "rtmp://h/live?token=secret", "demo", "live/demo", "secret"},
    {"the key's token wins", "live?token=two", "", "demo?token=one", "live/demo", "one"},
    {"an encoded token", "live", "", "demo?token=a%2Bb%3d%zz", "live/demo", "a+b=%zz"},
    {"a slash behind the app", "live/", "", "demo", "live/demo"},
    {"a slash before the key", "live", "", "/demo", "live/demo"},
    {"all of it in the key", "", "rtmp://h", "live/demo", "live/demo"},
    {"all of it in the app", "live/demo", "rtmp://h/live/demo", "", "live/demo"},
    {"Flash's default instance", "live/_definst_", "", "demo", "live/demo"},
    {"the same in the key", "live", "", "_definst_/demo", "live/demo"},
};

const Case refused[] = {
    {"no key", "live", "rtmp://h/live", "", ""},
    {"nothing at all", "", "", "", ""},
    {"three parts", "live/room", "", "demo", ""},
    {"three parts in the key", "live", "", "room/demo", ""},
    {"a climb", "live", "", "../../etc/passwd", ""},
    {"a climb of one", "live", "", "..", ""},
    {"a hidden name", "live", "", ".demo", ""},
    {"script", "live", "", "<script>", ""},
    {"a line break", "live", "", "demo\nforged", ""},
    {"a virtual host in the app", "live?vhost=other", "", "demo", ""},
    {"a virtual host in the address", "live", "rtmp://h/live?vhost=other", "demo", ""},
    {"a virtual host in the key", "live", "", "demo?vhost=other", ""},
    {"a reserved app", "api", "", "demo", ""},
    {"a served extension", "live", "", "demo.m3u8", ""},
};

TEST(StreamAddress, EveryWayOfCuttingAnAddressNamesTheSameStream) {
    for (const Case& row : understood) {
        const auto address = parse_stream_address(row.app, row.tc_url, row.key);
        ASSERT_TRUE(address.has_value()) << row.name << ": " << address.error().text;
        EXPECT_EQ(address->stream.text(), row.stream) << row.name;
        EXPECT_EQ(address->token, row.token) << row.name;
    }
}

TEST(StreamAddress, ABackupSaysSoInTheKeyTheAppOrTheAddress) {
    struct Row {
        const char* app;
        const char* tc_url;
        const char* key;
        bool is_backup;
    };
    for (const Row& row : {Row{"live", "", "demo?backup=1", true}, Row{"live", "", "demo?token=x&backup=1", true},
                           Row{"live?backup=1", "", "demo", true}, Row{"live", "rtmp://h/live?backup=1", "demo", true},
                           Row{"live", "", "demo", false}, Row{"live", "", "demo?backup=0", false},
                           Row{"live", "", "demo?backup", false}, Row{"live?backup=1", "", "demo?backup=0", false}}) {
        const auto address = parse_stream_address(row.app, row.tc_url, row.key);
        ASSERT_TRUE(address.has_value()) << row.key;
        EXPECT_EQ(address->is_backup, row.is_backup) << row.app << ' ' << row.key;
    }
}

TEST(StreamAddress, APlayerMayNameARungAndAPublisherMayNot) {
    struct Rung {
        const char* app;
        const char* key;
    };
    for (const Rung& row : {Rung{"live/demo", "720p"}, Rung{"live", "demo/720p"}, Rung{"", "live/demo/720p"},
                            Rung{"live/demo/", "/720p?token=t"}}) {
        const auto address = parse_play_address(row.app, "", row.key);
        ASSERT_TRUE(address.has_value()) << row.app;
        EXPECT_EQ(address->stream.text(), "live/demo");
        EXPECT_EQ(address->rung, "720p");
        EXPECT_FALSE(parse_stream_address(row.app, "", row.key));
    }
    EXPECT_FALSE(parse_play_address("live/demo", "", "720p/x"));
    EXPECT_FALSE(parse_play_address("live/demo", "", ".."));
    EXPECT_EQ(parse_play_address("live", "", "demo")->rung, "");
}

TEST(StreamAddress, WhatIsNoStreamIsRefusedInWords) {
    for (const Case& row : refused) {
        const auto address = parse_stream_address(row.app, row.tc_url, row.key);
        ASSERT_FALSE(address.has_value()) << row.name;
        EXPECT_GT(address.error().text.size(), 10U) << row.name;
    }
}

}  // namespace

}  // namespace weir::proto::rtmp
