#include "proto/rtsp/reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::proto::rtsp {
namespace {

/// The items as text, fed `step` bytes at a time.
std::string items_of(std::string_view text, std::size_t step, const Limits& limits = {}) {
    Reader reader(limits);
    std::string told;
    while (!text.empty()) {
        base::ByteView bytes = base::as_bytes(text.substr(0, step));
        text.remove_prefix(bytes.size());
        while (true) {
            auto item = reader.next(bytes);
            if (!item) return told.append("error: ").append(item.error().text);
            if (!*item) break;
            if (const auto* frame = std::get_if<Frame>(&**item))
                told.append("$")
                    .append(std::to_string(frame->channel))
                    .append(" ")
                    .append(base::as_text(frame->packet));
            else if (const auto* request = std::get_if<Request>(&**item))
                told.append(request->method).append(" ").append(request->body);
            else
                told.append(std::to_string(std::get<Response>(**item).status))
                    .append(" ")
                    .append(std::get<Response>(**item).body);
            told.append("|");
        }
    }
    return told;
}

TEST(RtspReader, MessagesAndPacketsComeApartWhereverTheBytesAreCut) {
    std::string text = "\r\nOPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n";
    Reader::write_frame_head(3, 5, text);
    text += "hello";
    Reader::write_frame_head(0, 0, text);
    text += "ANNOUNCE rtsp://h/a/b RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\nv=0\n";
    Reader::write_frame_head(255, 2, text);
    text += "$$RTSP/1.0 200 OK\nContent-Length: 1\n\n$\r\n\r\nTEARDOWN * RTSP/1.0\n\n";
    const std::string whole = "OPTIONS |$3 hello|$0 |ANNOUNCE v=0\n|$255 $$|200 $|TEARDOWN |";
    for (const std::size_t step : {1UL, 2UL, 3UL, 7UL, 1000UL}) EXPECT_EQ(items_of(text, step), whole) << step;
}

TEST(RtspReader, WhatIsTooLargeIsRefused) {
    Limits limits;
    limits.head = base::ByteCount(100);
    limits.body = base::ByteCount(10);
    EXPECT_EQ(items_of(std::string(200, 'A'), 8, limits), "error: the head of the message is too large");
    EXPECT_EQ(items_of("A * RTSP/1.0\r\nContent-Length: 11\r\n\r\n", 8, limits),
              "error: the body of the message is too large");
    EXPECT_EQ(items_of("A * RTSP/1.0\r\nContent-Length: x\r\n\r\n", 8, limits), "error: Content-Length is no number");
}

}  // namespace
}  // namespace weir::proto::rtsp
