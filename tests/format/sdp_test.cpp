#include "format/sdp.hpp"

#include <gtest/gtest.h>

namespace weir::format::sdp {

namespace {

Session read(std::string_view text) {
    auto session = parse(text);
    EXPECT_TRUE(session.has_value()) << session.error().text;
    return session.value_or(Session{});
}

// RFC 8866 5.
constexpr std::string_view of_the_rfc =
    "v=0\r\n"
    "o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\n"
    "s=Call to John Smith\r\n"
    "i=SDP Offer #1\r\n"
    "u=http://www.jdoe.example.com/home.html\r\n"
    "e=Jane Doe <jane@jdoe.example.com>\r\n"
    "p=+1 617 555-6011\r\n"
    "c=IN IP4 198.51.100.1\r\n"
    "t=0 0\r\n"
    "m=audio 49170 RTP/AVP 0\r\n"
    "m=audio 49180 RTP/AVP 0\r\n"
    "m=video 51372/2 RTP/AVP 99\r\n"
    "c=IN IP6 2001:db8::2\r\n"
    "a=rtpmap:99 h263-1998/90000\r\n";

}  // namespace

TEST(Sdp, TheExampleOfTheRfcIsRead) {
    const Session session = read(of_the_rfc);
    EXPECT_EQ(session.user, "jdoe");
    EXPECT_EQ(session.id, "3724394400");
    EXPECT_EQ(session.version, "3724394405");
    EXPECT_EQ(session.address, "198.51.100.1");
    EXPECT_EQ(session.name, "Call to John Smith");
    EXPECT_EQ(session.information, "SDP Offer #1");
    EXPECT_EQ(session.connection, "198.51.100.1");
    ASSERT_EQ(session.media.size(), 3U);
    EXPECT_EQ(session.media[0].kind, "audio");
    EXPECT_EQ(session.media[0].port, 49'170);
    EXPECT_EQ(session.media[0].formats, std::vector<std::string>{"0"});
    EXPECT_EQ(session.media[2].port, 51'372);
    EXPECT_EQ(session.media[2].connection, "2001:db8::2");
    ASSERT_NE(session.media[2].find("rtpmap"), nullptr);
    EXPECT_EQ(*session.media[2].find("rtpmap"), "99 h263-1998/90000");
    EXPECT_EQ(session.media[2].find("fmtp"), nullptr);
}

TEST(Sdp, WhatIsWrittenIsReadAsItWas) {
    Session session = read(of_the_rfc);
    session.attributes = {{"control", "*"}, {"recvonly", ""}};
    session.media[0].bandwidth = 64'000;
    EXPECT_EQ(read(write(session)), session);
    EXPECT_EQ(read(write(Session{})).media.size(), 0U);
    EXPECT_EQ(write(Session{}), "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n");
}

TEST(Sdp, TextsOfOthersCannotAddLines) {
    Session session;
    session.name = "a\r\nm=audio 1 RTP/AVP 0";
    session.attributes = {{"x", "1\na=y"}};
    const Session back = read(write(session));
    EXPECT_TRUE(back.media.empty());
    EXPECT_EQ(back.attributes.size(), 1U);
}

struct CameraCase {
    const char* name;
    const char* text;
    std::vector<std::pair<std::string, std::string>> controls;  ///< kind and control of each medium
};
// As devices write them: ends of lines of all kinds, no origin, blanks, attributes before and behind.
const CameraCase cameras[] = {
    {"lines end in a line feed alone", "v=0\nm=video 0 RTP/AVP 96\na=control:trackID=1\n", {{"video", "trackID=1"}}},
    {"lines end in a carriage return alone", "v=0\rm=video 0 RTP/AVP 96\ra=control:track1\r", {{"video", "track1"}}},
    {"nothing but media", "m=video 0 RTP/AVP 96", {{"video", ""}}},
    {"blanks at the ends", "v=0 \r\n m=video  0  RTP/AVP  96 \r\na=control: trackID=0 \r\n", {{"video", "trackID=0"}}},
    {"an absolute control",
     "v=0\r\na=control:rtsp://10.0.0.9/s1/\r\nm=video 0 RTP/AVP 96\r\na=control:rtsp://10.0.0.9/s1/trackID=1\r\n",
     {{"video", "rtsp://10.0.0.9/s1/trackID=1"}}},
    {"three tracks, one of metadata",
     "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=Media Presentation\r\ne=NONE\r\nb=AS:5100\r\nt=0 0\r\n"
     "m=video 0 RTP/AVP 96\r\nb=AS:5000\r\na=control:trackID=1\r\na=Media_header:MEDIAINFO=494D4B48;\r\n"
     "m=audio 0 RTP/AVP 8\r\na=control:trackID=2\r\nm=application 0 RTP/AVP 107\r\na=control:trackID=3\r\n",
     {{"video", "trackID=1"}, {"audio", "trackID=2"}, {"application", "trackID=3"}}},
    {"a broken origin and lines of no type",
     "v=0\r\no=\r\n=\r\nx\r\n\r\n\r\nm=audio 0 RTP/AVP 0\r\n\0",
     {{"audio", ""}}},
};

TEST(Sdp, WhatCamerasWriteIsReadAsItIsMeant) {
    for (const CameraCase& row : cameras) {
        SCOPED_TRACE(row.name);
        const Session session = read(row.text);
        ASSERT_EQ(session.media.size(), row.controls.size());
        for (std::size_t i = 0; i < row.controls.size(); ++i) {
            EXPECT_EQ(session.media[i].kind, row.controls[i].first);
            const std::string* control = session.media[i].find("control");
            EXPECT_EQ(control == nullptr ? "" : *control, row.controls[i].second);
        }
    }
    EXPECT_EQ(read(cameras[5].text).media[0].bandwidth, 5'000'000U);
}

TEST(Sdp, WhatMakesNoSenseIsRefusedAndWhatIsTooLargeToo) {
    for (const char* text : {"", "\r\n\r\n", "m=video", "m=video x RTP/AVP 96", "m=video 99999 RTP/AVP 96"})
        EXPECT_FALSE(parse(text).has_value()) << text;
    const Limits small{.text = base::ByteCount(100), .lines = 3, .media = 1};
    EXPECT_EQ(parse(std::string(101, 'a'), small).error().kind, base::ErrorKind::too_large);
    EXPECT_EQ(parse("a=1\na=2\na=3\na=4", small).error().kind, base::ErrorKind::too_large);
    EXPECT_EQ(parse("m=a 0 b\nm=a 0 b", small).error().kind, base::ErrorKind::too_large);
}

}  // namespace weir::format::sdp
