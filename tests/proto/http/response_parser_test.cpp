#include "proto/http/response_parser.hpp"
#include "proto/http/event_text.hpp"

#include <gtest/gtest.h>

namespace weir::proto::http {

namespace {

enum class End : std::uint8_t { open, closed };

std::string events_of(std::vector<Method> asked, std::string_view bytes, End end, std::size_t step) {
    ResponseParser parser;
    for (const Method method : asked) parser.expect(method);
    EventText out;
    feed(parser, bytes, step, out);
    if (end == End::closed) parser.close();
    while (const auto event = parser.next_event()) std::visit(out, *event);
    return out.text;
}

struct Case {
    std::string_view name;
    std::vector<Method> asked;
    std::string_view bytes;
    End end;
    std::string_view events;
};

const Case cases[] = {
    {"a length", {Method::get}, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", End::open, "200 keep [hello]\n"},
    {"no reason phrase", {Method::get}, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", End::open, "200 keep []\n"},
    {"chunks",
     {Method::get},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
     End::open,
     "200 keep [abc]\n"},
    {"until the end", {Method::get}, "HTTP/1.1 200 OK\r\n\r\nFLV...", End::closed, "200 close [FLV...]\n"},
    {"until the end, still running", {Method::get}, "HTTP/1.1 200 OK\r\n\r\nFLV...", End::open, "200 close [FLV..."},
    {"HEAD has a length and no body",
     {Method::head, Method::get},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
     End::open,
     "200 keep []\n404 keep [no]\n"},
    {"304 has no body",
     {Method::get, Method::get},
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
     End::closed,
     "304 keep []\n204 keep []\n"},
    {"100 comes before the answer",
     {Method::post},
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
     End::open,
     "100 keep []\n201 close []\n"},
    {"cut short",
     {Method::get},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
     End::closed,
     "200 keep [helrefused 502: the connection ends in the middle of a response\n"},
    {"cut in the head",
     {Method::get},
     "HTTP/1.1 200 OK\r\nContent-Le",
     End::closed,
     "refused 502: the connection ends in the middle of a response\n"},
    {"no answer at all",
     {Method::get},
     "",
     End::closed,
     "refused 502: the connection ends in the middle of a response\n"},
    {"an answer to nothing",
     {},
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
     End::open,
     "refused 502: a response comes that nobody asked for\n"},
    {"two lengths",
     {Method::get},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
     End::open,
     "refused 502: the response has no single valid Content-Length\n"},
    {"not HTTP",
     {Method::get},
     "ICY 200 OK\r\n\r\n",
     End::open,
     "refused 502: the response does not begin with a status line of HTTP/1.1\n"},
    {"a status of four digits",
     {Method::get},
     "HTTP/1.1 2000 OK\r\n\r\n",
     End::open,
     "refused 502: the response does not begin with a status line of HTTP/1.1\n"},
};

TEST(ResponseParser, AViewerLearnsWhereEachAnswerEnds) {
    for (const Case& row : cases)
        for (const std::size_t step : {std::size_t{1} << 20, std::size_t{1}, std::size_t{5}})
            EXPECT_EQ(events_of(row.asked, row.bytes, row.end, step), row.events)
                << row.name << ", in pieces of " << step;
}

TEST(ResponseParser, AServerCannotFillTheMemory) {
    EXPECT_EQ(events_of({Method::get}, "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'), End::open, 1000),
              "refused 502: the response header is too long\n");
}

TEST(ResponseHead, WhatIsWrittenReadsBackEqual) {
    FieldLines fields;
    fields.add("Cache-Control", "no-store").add("ETag", "\"x\"");
    std::string head;
    write_response_head({.status = Status::partial_content,
                         .date = "Sun, 06 Nov 1994 08:49:37 GMT",
                         .content_type = "video/mp4",
                         .fields = fields.text(),
                         .content_length = 12345,
                         .persistence = Persistence::close},
                        head);
    const auto response = parse_response(head);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, Status::partial_content);
    EXPECT_EQ(response->content_length, 12345U);
    EXPECT_FALSE(response->keep_alive);
    EXPECT_EQ(response->field("etag"), "\"x\"");
    EXPECT_EQ(response->field("cache-control"), "no-store");
    EXPECT_EQ(response->field("content-type"), "video/mp4");
    EXPECT_EQ(response->field("date"), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(RequestHead, WhatAClientWritesTheServerReads) {
    std::string head;
    write_request_head(Method::get, "/live/demo.flv?token=x", "localhost:8080", "Accept: */*\r\n", head);
    const auto request = parse_request(head);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->host(), "localhost:8080");
    EXPECT_EQ(request->target.text, "/live/demo.flv?token=x");
    EXPECT_EQ(request->field("accept"), "*/*");
}

}  // namespace

}  // namespace weir::proto::http
