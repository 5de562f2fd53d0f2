#include "proto/srt/address.hpp"

#include <gtest/gtest.h>

namespace weir::proto::srt {

namespace {

using namespace std::chrono_literals;

TEST(SrtAddress, WhatACallerNeedsIsRead) {
    EXPECT_EQ(*parse_address("srt://host:8890"), (Address{.host = "host", .port = 8890}));
    EXPECT_EQ(*parse_address(
                  "srt://[::1]:8890/?streamid=publish:live/demo%3Ftoken=KEY&passphrase=a%20long%20secret&latency=400"),
              (Address{.host = "::1",
                       .port = 8890,
                       .stream_id = "publish:live/demo?token=KEY",
                       .passphrase = "a long secret",
                       .latency = 400ms}));
    EXPECT_EQ(parse_address("srt://h:1?streamid=#!::r=live/demo,m=publish&pkt_size=1316&mode=caller")->stream_id,
              "#!::r=live/demo,m=publish");
    EXPECT_EQ(parse_address("srt://h:1?latency=1.5s")->latency, 1500ms);
}

TEST(SrtAddress, WhatIsWrongIsSaidInWords) {
    struct Row {
        const char* url;
        const char* words;
    };
    for (const Row& row :
         {Row{"rtmp://h/live/demo", "srt://HOST:PORT"}, Row{"srt://host", "has a port"}, Row{"srt://:8890", ""},
          Row{"srt://h:1?mode=listener", "leave mode out"}, Row{"srt://h:1?passphrase=short", "10 to 79"},
          Row{"srt://h:1?latency=9s", "8000 at most"}, Row{"srt://h:1?latency=soon", ""}, Row{"", "srt://HOST:PORT"}}) {
        const auto address = parse_address(row.url);
        ASSERT_FALSE(address) << row.url;
        EXPECT_TRUE(address.error().text.contains(row.words)) << row.url << ": " << address.error().text;
    }
    EXPECT_FALSE(parse_address("srt://h:1?streamid=" + std::string(513, 'x')));
}

}  // namespace

}  // namespace weir::proto::srt
