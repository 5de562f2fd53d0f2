#include "proto/rtsp/authentication.hpp"

#include <gtest/gtest.h>

namespace weir::proto::rtsp {
namespace {

using Scheme = Challenge::Scheme;

TEST(RtspAuthentication, TheExamplesOfTheRfcAreTrue) {
    // RFC 2617 3.5 and RFC 7616 3.9.1.
    const auto md5 = parse_credentials(
        R"(Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", )"
        R"(uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", )"
        R"(response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41")",
        "GET");
    ASSERT_TRUE(md5);
    EXPECT_TRUE(md5->know("Circle Of Life"));
    EXPECT_FALSE(md5->know("Circle of Life"));
    const auto sha256 = parse_credentials(
        R"(Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=SHA-256, )"
        R"(nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, )"
        R"(cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, )"
        R"(response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")",
        "GET");
    ASSERT_TRUE(sha256);
    EXPECT_TRUE(sha256->know("Circle of Life"));
    const auto basic = parse_credentials("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "GET");
    ASSERT_TRUE(basic);
    EXPECT_EQ(basic->user, "Aladdin");
    EXPECT_TRUE(basic->know("open sesame"));
    EXPECT_FALSE(basic->know(""));
}

TEST(RtspAuthentication, WhatAClientAnswersAServerBelieves) {
    const Login login{.user = "admin", .password = "12345"};
    const Challenge challenges[] = {
        {.scheme = Scheme::basic, .realm = "IP Camera"},
        {.scheme = Scheme::digest, .realm = "IP Camera", .nonce = "abc"},
        {.scheme = Scheme::digest,
         .realm = "IP Camera",
         .nonce = "abc",
         .opaque = "o",
         .hash = Hash::sha256,
         .has_auth = true},
    };
    for (const Challenge& challenge : challenges) {
        EXPECT_EQ(parse_challenge(print(challenge)), challenge) << print(challenge);
        const Credentials said = answer(challenge, login, "DESCRIBE", "rtsp://h/a/b", 1, "filler");
        const auto heard = parse_credentials(print(said), "DESCRIBE");
        ASSERT_TRUE(heard) << print(said);
        EXPECT_EQ(*heard, said) << print(said);
        EXPECT_TRUE(heard->know("12345"));
        EXPECT_FALSE(heard->know("1234"));
        if (challenge.scheme == Scheme::basic) continue;
        EXPECT_FALSE(parse_credentials(print(said), "ANNOUNCE")->know("12345")) << "said of another method";
    }
}

TEST(RtspAuthentication, TheBestChallengeThatCanBeAnsweredIsChosen) {
    const auto choice = [](std::initializer_list<const char*> challenges) {
        Fields fields;
        for (const char* challenge : challenges) fields.add("WWW-Authenticate", challenge);
        return choose_challenge(fields);
    };
    EXPECT_EQ(choice({"Basic realm=\"a\"", "Digest realm=\"a\", nonce=\"n\""})->scheme, Scheme::digest);
    EXPECT_EQ(choice({"Digest realm=\"a\", nonce=\"n\", algorithm=SHA-512-256", "Basic realm=\"a\""})->scheme,
              Scheme::basic);
    EXPECT_FALSE(choice({"Negotiate"}));
    EXPECT_FALSE(choice({}));
}

TEST(RtspAuthentication, WhatIsHalfSaidIsNothing) {
    for (const char* text :
         {"", "Basic", "Basic !", "Basic QQ==", "Digest", "Digest nonce=\"n\"", "Bearer x",
          "Digest nonce=\"n\", response=\"r\", algorithm=MD4", "Digest nonce=\"n\", response=\"r\", qop=auth-int"})
        EXPECT_FALSE(parse_credentials(text, "PLAY")) << text;
}

}  // namespace
}  // namespace weir::proto::rtsp
