#include "proto/srt/stream_id.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::proto::srt {

namespace {

struct Case {
    const char* name;
    const char* text;
    Purpose purpose;
    const char* stream;
    const char* rung = "";
    const char* token = "";
};

const Case understood[] = {
    {"publishing", "publish:live/demo", Purpose::publish, "live/demo"},
    {"playing", "read:live/demo", Purpose::play, "live/demo"},
    {"playing a rung", "read:live/demo/720p", Purpose::play, "live/demo", "720p"},
    {"a token", "publish:live/demo?token=KEY", Purpose::publish, "live/demo", "", "KEY"},
    {"a token among others", "publish:live/demo?a=b&token=KEY&c", Purpose::publish, "live/demo", "", "KEY"},
    {"an encoded token", "publish:live/demo?token=a%2Cb%3d%zz", Purpose::publish, "live/demo", "", "a,b=%zz"},
    {"a token with a colon", "publish:live/demo?token=a:b", Purpose::publish, "live/demo", "", "a:b"},
    {"MediaMTX: a user and a password", "publish:live/demo:user:KEY", Purpose::publish, "live/demo", "", "KEY"},
    {"MediaMTX: a query behind a colon", "publish:live/demo:token=KEY", Purpose::publish, "live/demo", "", "KEY"},
    {"MediaMTX: both", "publish:live/demo:user:KEY:token=TOKEN", Purpose::publish, "live/demo", "", "TOKEN"},
    {"a name alone is played", "live/demo", Purpose::play, "live/demo"},
    {"slashes around", "publish:/live/demo/", Purpose::publish, "live/demo"},
    {"keys", "#!::r=live/demo,m=publish", Purpose::publish, "live/demo"},
    {"the mode's default", "#!::r=live/demo", Purpose::play, "live/demo"},
    {"the mode said", "#!::m=request,r=live/demo/source", Purpose::play, "live/demo", "source"},
    {"a type", "#!::r=live/demo,m=publish,t=stream", Purpose::publish, "live/demo"},
    {"a key as the type", "#!::r=live/demo,m=publish,t=KEY", Purpose::publish, "live/demo", "", "KEY"},
    {"a key as the session", "#!::r=live/demo,m=publish,s=KEY", Purpose::publish, "live/demo", "", "KEY"},
    {"a key by its name", "#!::r=live/demo,m=publish,token=KEY,s=x,t=y", Purpose::publish, "live/demo", "", "KEY"},
    {"SRS: a query in the resource", "#!::h=host,r=live/demo?token=KEY,m=publish", Purpose::publish, "live/demo", "",
     "KEY"},
    {"strangers' keys", "#!::u=admin,r=live/demo,company_x=1,flag", Purpose::play, "live/demo"},
    {"a key with an equals sign", "#!::r=live/demo,m=publish,token=a=b", Purpose::publish, "live/demo", "", "a=b"},
};

struct Wrong {
    const char* name;
    std::string text;
    Rejection rejection = Rejection::bad_request;
};

const Wrong refused[] = {
    {"nothing", ""},
    {"too much", "publish:live/" + std::string(512, 'a')},
    {"no name", "publish:live"},
    {"no app", "read:"},
    {"a rung of what is published", "publish:live/demo/720p"},
    {"four parts", "read:live/demo/720p/x"},
    {"a climb", "read:../../etc/passwd"},
    {"a hidden name", "read:live/.demo"},
    {"a hidden rung", "read:live/demo/.rung"},
    {"script", "publish:live/<script>"},
    {"a line break", std::string("publish:live/demo\nforged")},
    {"a zero", std::string("publish:live/demo\0x", 19)},
    {"a reserved app", "publish:api/demo"},
    {"too many colons", "publish:live/demo:a:b:c:d"},
    {"an unknown verb", "write:live/demo", Rejection::bad_mode},
    {"both ways", "#!::r=live/demo,m=bidirectional", Rejection::bad_mode},
    {"a file", "#!::r=live/demo,m=publish,t=file", Rejection::unsupported_media},
    {"credentials", "#!::r=live/demo,t=auth", Rejection::unsupported_media},
    {"keys without a stream", "#!::m=publish"},
    {"keys of nothing", "#!::"},
    {"braces", "#!:{r=live/demo}"},
    {"another interpreter", "#!/bin/sh"},
};

TEST(SrtStreamId, EveryStyleNamesTheSameStream) {
    for (const Case& row : understood) {
        const auto request = parse_request(row.text);
        ASSERT_TRUE(request.has_value()) << row.name << ": " << request.error().text;
        EXPECT_EQ(request->purpose, row.purpose) << row.name;
        EXPECT_EQ(request->stream.text(), row.stream) << row.name;
        EXPECT_EQ(request->rung, row.rung) << row.name;
        EXPECT_EQ(request->token, row.token) << row.name;
    }
}

TEST(SrtStreamId, ABackupSaysSoInEveryStyle) {
    struct Row {
        const char* text;
        bool is_backup;
    };
    for (const Row& row :
         {Row{"publish:live/demo?backup=1", true}, Row{"publish:live/demo?token=KEY&backup=1", true},
          Row{"publish:live/demo:user:KEY?backup=1", true}, Row{"publish:live/demo:backup=1", true},
          Row{"#!::r=live/demo,m=publish,backup=1", true}, Row{"#!::backup=1,m=publish,t=KEY,r=live/demo", true},
          Row{"#!::r=live/demo?token=KEY&backup=1,m=publish", true}, Row{"publish:live/demo", false},
          Row{"publish:live/demo?backup=0", false}, Row{"#!::r=live/demo,m=publish,backup=0", false},
          Row{"#!::r=live/demo?backup=0,m=publish,backup=1", false}}) {
        const auto request = parse_request(row.text);
        ASSERT_TRUE(request.has_value()) << row.text << ": " << request.error().text;
        EXPECT_EQ(request->is_backup, row.is_backup) << row.text;
    }
}

TEST(SrtStreamId, WhatIsNoneIsRefusedInWordsAndWithItsCode) {
    for (const Wrong& row : refused) {
        const auto request = parse_request(row.text);
        ASSERT_FALSE(request.has_value()) << row.name;
        EXPECT_EQ(name(request.error().rejection), name(row.rejection)) << row.name;
        EXPECT_GT(request.error().text.size(), 10U) << row.name;
    }
}

TEST(SrtStreamId, CodesAreThoseOfHttpBehindAThousand) {
    EXPECT_EQ(code_of(Rejection::not_found), 1404);
    EXPECT_EQ(code_of(Rejection::conflict), 1409);
    EXPECT_EQ(code_of(Rejection::unavailable), 1503);
}

}  // namespace

}  // namespace weir::proto::srt
