#include "proto/http/request_parser.hpp"
#include "proto/http/event_text.hpp"

#include <gtest/gtest.h>

namespace weir::proto::http {

namespace {

struct Case {
    std::string_view name;
    std::string_view bytes;
    std::string_view events;
};

std::string events_of(std::string_view bytes, std::size_t step, const RequestLimits& limits = {}) {
    RequestParser parser(limits);
    EventText out;
    feed(parser, bytes, step, out);
    return out.text;
}

void expect_all(std::span<const Case> cases) {
    for (const Case& row : cases)
        for (const std::size_t step : {std::size_t{1} << 20, std::size_t{1}, std::size_t{7}})
            EXPECT_EQ(events_of(row.bytes, step), row.events) << row.name << ", in pieces of " << step;
}

constexpr Case understood[] = {
    {"a plain GET", "GET /live/demo/index.m3u8 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /live/demo/index.m3u8 keep []\n"},
    {"the root", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / keep []\n"},
    {"a port and an IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET / keep []\n"},
    {"header names in any case and no space after the colon", "GET / HTTP/1.1\r\nhOsT:a\r\nCONNECTION:Close\r\n\r\n",
     "GET / close []\n"},
    {"HTTP/1.0 without Host closes", "GET / HTTP/1.0\r\n\r\n", "GET / close []\n"},
    {"HTTP/1.0 that asks to stay", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / keep []\n"},
    {"a later minor version is 1.1", "GET / HTTP/1.7\r\nHost: a\r\n\r\n", "GET / keep []\n"},
    {"an empty line before the request", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / keep []\n"},
    {"close among others", "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade , close\r\n\r\n", "GET / close []\n"},
    {"a body of a length", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "POST /x keep [hello]\n"},
    {"a body of no length", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "POST /x keep []\n"},
    {"chunks with extensions",
     "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5 ;a=\"b\"\r\nhello\r\nB;c\r\n, "
     "wonderful\r\n0\r\n\r\n",
     "POST /x keep [hello, wonderful]\n"},
    {"chunks with a trailer, and another request behind",
     "PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0b\r\n, wonderful\r\n0\r\nT: "
     "1\r\n\r\nGET /y "
     "HTTP/1.1\r\nHost: a\r\n\r\n",
     "PUT /x keep [hello, wonderful]\nGET /y keep []\n"},
    {"three requests at once",
     "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nokHEAD /c "
     "HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET /a keep []\nPOST /b keep [ok]\nHEAD /c keep []\n"},
    {"a client that waits for 100",
     "POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nok",
     "POST /b keep expect [ok]\n"},
    {"an expectation without a body", "GET /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", "GET /b keep []\n"},
    {"OPTIONS of the server", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * keep []\n"},
    {"an absolute target", "GET http://h:1/a?b=c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a ?b=c keep []\n"},
};

TEST(RequestParser, UnderstandsWhatClientsSayHoweverItIsCut) { expect_all(understood); }

constexpr Case smuggled[] = {
    {"two lengths that agree", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
     "refused 400: the request has more than one Content-Length\n"},
    {"two lengths in one field", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nok",
     "refused 400: Content-Length is not a number\n"},
    {"a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nok",
     "refused 400: Content-Length is not a number\n"},
    {"an empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
     "refused 400: Content-Length is not a number\n"},
    {"a length and a coding", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused 400: the request has both Content-Length and Transfer-Encoding\n"},
    {"a coding and a length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
     "refused 400: the request has both Content-Length and Transfer-Encoding\n"},
    {"chunked twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused 400: the request has more than one Transfer-Encoding\n"},
    {"chunked twice in one field", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
     "refused 400: the last transfer coding, and only that, must be chunked\n"},
    {"chunked before another coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
     "refused 400: the last transfer coding, and only that, must be chunked\n"},
    {"a coding that looks like chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
     "refused 400: the last transfer coding, and only that, must be chunked\n"},
    {"a coding of HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
     "refused 400: HTTP/1.0 has no transfer codings\n"},
    {"a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
     "refused 400: a header name has a character that it must not have\n"},
    {"a folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", "refused 400: a header line is folded\n"},
    {"a folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "refused 400: a header line is folded\n"},
    {"a bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n",
     "refused 400: a line ends in LF without CR\n"},
    {"a bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", "refused 400: a line ends in LF without CR\n"},
    {"a bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rY: 2\r\n\r\n",
     "refused 400: a header value has a control character\n"},
    {"a CR in the request line", "GET /\rx HTTP/1.1\r\nHost: a\r\n\r\n",
     "refused 400: the request target has a space, a control character or a fragment\n"},
    {"a NUL in a value",
     {"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 33},
     "refused 400: a header value has a control character\n"},
    {"a header without colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "refused 400: a header line has no colon\n"},
    {"a header without name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",
     "refused 400: a header name has a character that it must not have\n"},
    {"a space behind a chunk size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n",
     "POST / keep [refused 400: something other than an extension follows a chunk size\n"},
    {"a chunk longer than its size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok!\r\n",
     "POST / keep [okrefused 400: a chunk is longer than its size\n"},
    {"a chunk size with a sign", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\n",
     "POST / keep [refused 400: a chunk does not begin with its size\n"},
    {"a chunk size in 0x", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n",
     "POST / keep [refused 400: something other than an extension follows a chunk size\n"},
    {"a chunk line that ends in LF", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\r\n",
     "POST / keep [refused 400: a line ends in LF without CR\n"},
    {"a CR in a chunk extension", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;\r;\r\nok\r\n",
     "POST / keep [refused 400: a chunk extension has a control character\n"},
    {"a chunk size that overflows",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\n",
     "POST / keep [refused 400: a chunk size has more than 15 digits\n"},
    {"a folded trailer", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n x\r\n\r\n",
     "POST / keep [refused 400: a header line is folded\n"},
};

TEST(RequestParser, NeverLetsOneRequestHideInAnother) { expect_all(smuggled); }

constexpr Case refused[] = {
    {"no Host", "GET / HTTP/1.1\r\n\r\n", "refused 400: the request has no Host\n"},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "refused 400: the request has more than one Host\n"},
    {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "refused 400: Host is not a host\n"},
    {"a method that is none here", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
     "refused 501: this method is not implemented\n"},
    {"a method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "refused 501: this method is not implemented\n"},
    {"a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "refused 501: this method is not implemented\n"},
    {"HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
     "refused 505: only HTTP/1.0 and HTTP/1.1 are spoken here\n"},
    {"HTTP/0.9", "GET /\r\n\r\n", "refused 400: the request line is not a method, a target and a version\n"},
    {"another protocol", "GET / RTSP/1.0\r\n\r\n", "refused 400: the request line does not end in a version of HTTP\n"},
    {"a space in the address", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
     "refused 400: the request target has a space, a control character or a fragment\n"},
    {"TLS on the wrong port", "\x16\x03\x01\x02", "refused 400: what comes in is not HTTP\n"},
    {"nothing but empty lines", "\r\n\r\n\r\n\r\n", "refused 400: empty lines come in place of a request\n"},
    {"an expectation nobody can meet", "GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\n\r\n",
     "refused 417: no expectation but 100-continue can be met\n"},
    {"a coding nobody knows", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
     "refused 501: no transfer coding but chunked is implemented\n"},
    {"* with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
     "refused 400: only OPTIONS may ask about the server as a whole\n"},
    {"what came before a bad request is not lost", "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET\r\n", "GET /a keep []\n"},
};

TEST(RequestParser, RefusesInWordsAndLast) { expect_all(refused); }

struct LimitCase {
    std::string_view name;
    std::string bytes;
    unsigned status;  ///< 0: it is taken
};

TEST(RequestParser, HoldsEveryLimitToTheByte) {
    const RequestLimits limits{.request_line = 40, .header_bytes = 60, .header_count = 3, .body = 10};
    const std::string line = "GET /" + std::string(40 - 16, 'a') + " HTTP/1.1\r\n";  // 40 bytes
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
    const LimitCase cases[] = {
        {"the longest request line", line + "Host: a\r\n\r\n", 0},
        {"a byte more", "GET /a" + line.substr(5) + "Host: a\r\n\r\n", 414},
        {"a request line that never ends", "GET /" + std::string(100, 'a'), 414},
        {"the most header bytes", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(46, 'x') + "\r\n\r\n", 0},
        {"a byte more", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(47, 'x') + "\r\n\r\n", 431},
        {"a header that never ends", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100, 'x'), 431},
        {"the most header lines", "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", 0},
        {"one line more", "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", 431},
        {"the largest body", post + "Content-Length: 10\r\n\r\n0123456789", 0},
        {"a byte more", post + "Content-Length: 11\r\n\r\n", 413},
        {"a length beyond 64 bits", post + "Content-Length: 99999999999999999999999\r\n\r\n", 413},
        {"the largest chunked body", chunked + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", 0},
        {"a byte more", chunked + "5\r\n01234\r\n6\r\n567890\r\n0\r\n\r\n", 413},
        {"a chunk as large as numbers go", chunked + "fffffffffffffff\r\n", 413},
        {"a chunk extension without end", chunked + "1;" + std::string(300, 'x'), 400},
        {"trailers without end", chunked + "0\r\nX: " + std::string(9000, 'x'), 400},
    };
    for (const LimitCase& row : cases)
        for (const std::size_t step : {std::size_t{1} << 20, std::size_t{1}, std::size_t{13}}) {
            const std::string events = events_of(row.bytes, step, limits);
            const std::size_t at = events.find("refused ");
            const unsigned status =
                at == std::string::npos ? 0 : static_cast<unsigned>(std::stoul(events.substr(at + 8)));
            EXPECT_EQ(status, row.status) << row.name << ", in pieces of " << step << ": " << events;
        }
}

TEST(RequestParser, ManySmallChunkExtensionsDoNotAddUpToAFlood) {
    std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 100; ++i) bytes += "1;" + std::string(100, 'x') + "\r\na\r\n";
    EXPECT_NE(events_of(bytes, 1000).find("refused 400: the chunk extensions are too long"), std::string::npos);
}

TEST(RequestParser, AnIdleConnectionHoldsNoBuffer) {
    RequestParser parser{RequestLimits()};
    EXPECT_TRUE(parser.is_idle());
    EventText out;
    feed(parser, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", 1000, out);
    EXPECT_FALSE(parser.is_idle());
    parser.release_memory();
    feed(parser, "next HTTP/1.1\r\nHost: a\r\n\r\n", 1000, out);
    EXPECT_EQ(out.text, "GET / keep []\nGET /next keep []\n");
    EXPECT_TRUE(parser.is_idle());
    parser.release_memory();
    feed(parser, "GET /again HTTP/1.1\r\nHost: a\r\n\r\n", 1000, out);
    EXPECT_TRUE(out.text.ends_with("GET /again keep []\n"));
}

TEST(RequestParser, AMovedRequestKeepsItsText) {
    RequestParser parser{RequestLimits()};
    parser.receive(base::as_bytes("GET /a%41/b?c=%64+e HTTP/1.1\r\nHost: h\r\nX-Y:  z \r\n\r\n"));
    auto event = parser.next_event();
    ASSERT_TRUE(event && std::holds_alternative<Request>(*event));
    const Request moved = std::get<Request>(*std::move(event));
    const Request copied = moved;
    EXPECT_EQ(text_of(copied.target), "/aA/b ?c=d e");
    EXPECT_EQ(copied.target.text, "/a%41/b?c=%64+e");
    EXPECT_EQ(copied.target.query, "c=%64+e");
    EXPECT_EQ(copied.field("x-y"), "z");
    EXPECT_EQ(copied.host(), "h");
}

}  // namespace

}  // namespace weir::proto::http
