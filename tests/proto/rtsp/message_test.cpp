#include "proto/rtsp/message.hpp"

#include <gtest/gtest.h>

namespace weir::proto::rtsp {
namespace {

std::string written(const Message& message) {
    std::string out;
    std::visit([&](const auto& either) { write(either, out); }, message);
    return out;
}

TEST(RtspMessage, WhatIsReadIsWrittenAgain) {
    struct Row {
        const char* name;
        const char* text;
        Message message;
    };
    const Row rows[] = {
        {"options", "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", Request{"OPTIONS", "*", Fields().add("CSeq", "1"), {}}},
        {"address with token",
         "ANNOUNCE rtsp://h:8554/live/demo?token=a RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: Lavf59\r\n\r\n",
         Request{
             "ANNOUNCE", "rtsp://h:8554/live/demo?token=a", Fields().add("CSeq", "2").add("User-Agent", "Lavf59"), {}}},
        {"response", "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n", Response{200, "OK", Fields().add("CSeq", "3"), {}}},
        {"reason with words", "RTSP/1.0 403 Forbidden: set auth.publish\r\n\r\n",
         Response{403, "Forbidden: set auth.publish", {}, {}}},
        {"no value", "RTSP/1.0 200 OK\r\nX: \r\n\r\n", Response{200, "OK", Fields().add("X", ""), {}}},
    };
    for (const Row& row : rows) {
        const auto parsed = parse_message(row.text);
        ASSERT_TRUE(parsed) << row.name << ": " << parsed.error().text;
        EXPECT_EQ(*parsed, row.message) << row.name;
        EXPECT_EQ(written(row.message), row.text) << row.name;
    }
}

TEST(RtspMessage, WhatCamerasWriteIsUnderstood) {
    const auto folded = parse_message("RTSP/1.0 200 OK\nCSEQ:  7 \nTransport: RTP/AVP;\r\n\tunicast\r\n\r\n");
    ASSERT_TRUE(folded);
    const auto& response = std::get<Response>(*folded);
    EXPECT_EQ(response.fields.find("cseq"), "7");
    EXPECT_EQ(response.fields.find("Transport"), "RTP/AVP; unicast");
    const auto silent = parse_message("RTSP/1.0 200\r\n\r\n");
    ASSERT_TRUE(silent);
    EXPECT_EQ(std::get<Response>(*silent).reason, "");
}

TEST(RtspMessage, WhatIsNoRtspIsRefusedInWords) {
    struct Row {
        const char* text;
        base::ErrorKind kind;
        const char* words;
    };
    using enum base::ErrorKind;
    const Row rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", unsupported, "this port speaks RTSP, and not HTTP"},
        {"OPTIONS * RTSP/2.0\r\n\r\n", unsupported, "RTSP/1.0 is the version that is served"},
        {"OPTIONS *\r\n\r\n", malformed, "the request line has no three parts"},
        {"OP TIONS * RTSP/1.0\r\n\r\n", malformed, "the request has no proper address"},
        {"OPTI\x01NS * RTSP/1.0\r\n\r\n", malformed, "the request has no proper method"},
        {"OPTIONS * SIP/2.0\r\n\r\n", malformed, "the request line does not end in RTSP/1.0"},
        {"OPTIONS * RTSP/1.0\r\nCSeq 1\r\n\r\n", malformed, "a header line has no colon"},
        {"OPTIONS * RTSP/1.0\r\n folded: 1\r\n\r\n", malformed, "a header begins with a folded line"},
        {"OPTIONS * RTSP/1.0\r\nA b: 1\r\n\r\n", malformed, "a header name has a character that it must not have"},
        {"OPTIONS * RTSP/1.0\r\nA: \x1b[0m\r\n\r\n", malformed, "a header line has a control character"},
        {"RTSP/1.0 20 OK\r\n\r\n", malformed, "the response has no status of three digits"},
        {"RTSP/1.0 2000 OK\r\n\r\n", malformed, "the response's status is too long"},
    };
    for (const Row& row : rows) {
        const auto parsed = parse_message(row.text);
        ASSERT_FALSE(parsed) << row.text;
        EXPECT_EQ(parsed.error().kind, row.kind) << row.text;
        EXPECT_EQ(parsed.error().text, row.words) << row.text;
    }
}

TEST(RtspMessage, ABodySaysHowLongItIs) {
    Request request{"ANNOUNCE", "rtsp://h/a/b", Fields().add("CSeq", "1"), "v=0\r\n"};
    EXPECT_TRUE(written(request).ends_with("Content-Length: 5\r\n\r\nv=0\r\n"));
    request.fields.add("Content-Length", "17");
    EXPECT_FALSE(written(request).contains("17")) << "the body alone says it";
    EXPECT_EQ(content_length(Message(request)).value(), 17U);
    EXPECT_FALSE(content_length(Message(Request{"A", "*", Fields().add("Content-Length", "-1"), {}})));
    EXPECT_EQ(content_length(Message(Request{"A", "*", {}, {}})).value(), 0U);
}

}  // namespace
}  // namespace weir::proto::rtsp
