// What an HTTP server may spend, and what it counts. No connection can hold it: each phase has a deadline, each queue a size.
// Limits of numbers are divided evenly among the shards, since a connection lives on one.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/metrics.hpp"
#include "proto/http/h2_limits.hpp"
#include "proto/http/request_parser.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace weir::net {

struct HttpLimits {
    proto::http::RequestLimits request{};
    proto::http::H2Limits h2{};
    std::size_t connections = 16'000;
    std::size_t half_open = 2'000;
    base::ByteCount bodies{16U << 20};
    base::ByteCount answers{64U << 20};
    base::Duration header = std::chrono::seconds(10);
    base::Duration body = std::chrono::seconds(30);
    base::Duration idle = std::chrono::seconds(60);
    base::Duration linger = std::chrono::seconds(2);
    base::Duration slow_window = std::chrono::seconds(10);
    base::ByteCount slow_bytes{40U << 10};

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("connections", self.connections,
              Limit{.what = "connections that talk HTTP, and viewers of endless streams; `limits.viewers`",
                    .at_limit = "the longest idle one is closed; where none is idle the newcomer gets 503",
                    .metric = "weir_http_faults_total{reason=\"connections\"}"});
        visit("half_open", self.half_open,
              Limit{.what = "connections that have not asked for anything yet",
                    .at_limit = "the oldest of them is closed",
                    .metric = "weir_http_faults_total{reason=\"half_open\"}"});
        visit("bodies", self.bodies,
              Limit{.what = "bytes of all request bodies that are being received",
                    .at_limit = "the request gets 503",
                    .metric = "weir_http_faults_total{reason=\"bodies\"}"});
        visit("answers", self.answers,
              Limit{.what = "bytes of answers that were made for one request and are being sent (API, metrics)",
                    .at_limit = "the request gets 503; on each thread one is always answered",
                    .metric = "weir_http_faults_total{reason=\"answers\"}"});
        visit("header", self.header,
              Limit{.what = "time from the connection, or the first byte of a request, to the end of its header",
                    .at_limit = "408, and the connection is closed",
                    .metric = "weir_http_faults_total{reason=\"slow_header\"}"});
        visit("body", self.body,
              Limit{.what = "time for a request's body",
                    .at_limit = "408, and the connection is closed",
                    .metric = "weir_http_faults_total{reason=\"slow_body\"}"});
        visit("idle", self.idle,
              Limit{.what = "time between two requests of a connection",
                    .at_limit = "the connection is closed",
                    .metric = "weir_http_connections"});
        visit("linger", self.linger,
              Limit{.what = "time that a client has to close after the last response",
                    .at_limit = "the connection is closed",
                    .metric = "weir_http_connections"});
        visit("slow_window", self.slow_window,
              Limit{.what =
                        "time in which a client takes at least `slow_bytes` of a response, or all while memory is full",
                    .at_limit = "the connection is cut",
                    .metric = "weir_http_faults_total{reason=\"slow_reader\"}"});
        visit("slow_bytes", self.slow_bytes,
              Limit{.what = "the least that a client takes of a response in `slow_window`",
                    .at_limit = "the connection is cut",
                    .metric = "weir_http_faults_total{reason=\"slow_reader\"}"});
    }
};

enum class HttpFault : std::uint8_t {
    malformed,  ///< not HTTP/1.1 as it is read here
    too_large,  ///< a line, header or body beyond its limit
    slow_header,
    slow_body,
    slow_reader,
    connections,  ///< too many of them
    half_open,    ///< too many of them
    bodies,       ///< too many bytes of them
    answers,      ///< too many bytes of them
    resets,       ///< too many streams opened and reset
    flood,        ///< too many frames that ask for nothing
    handler,      ///< ours: an answer could not be made
};
[[nodiscard]] constexpr std::string_view name(HttpFault fault) noexcept {
    constexpr std::array<std::string_view, 12> names = {"malformed",   "too_large",   "slow_header", "slow_body",
                                                        "slow_reader", "connections", "half_open",   "bodies",
                                                        "answers",     "resets",      "flood",       "handler"};
    return names[static_cast<std::size_t>(fault)];
}

enum class StatusClass : std::uint8_t { success, redirection, client_error, server_error };
[[nodiscard]] constexpr std::string_view name(StatusClass which) noexcept {
    constexpr std::array<std::string_view, 4> names = {"2xx", "3xx", "4xx", "5xx"};
    return names[static_cast<std::size_t>(which)];
}

struct HttpCounts {
    base::Gauge connections;
    base::Gauge half_open;
    base::Gauge endless;
    base::Gauge streams;
    base::Counter accepted;
    base::Counter http2;
    base::Counter requests;
    base::Counter received_bytes;
    base::Counter sent_bytes;
    base::CountersBy<StatusClass, StatusClass::server_error> responses{"class"};
    base::CountersBy<HttpFault, HttpFault::handler> faults{"reason"};

    void fields(this auto& self, auto&& visit) {
        visit("connections", self.connections, "Connections that talk HTTP now.");
        visit("half_open", self.half_open, "Those of them that have not asked for anything yet.");
        visit("endless", self.endless,
              "Connections that watch an endless stream now; they count against the same limit.");
        visit("streams", self.streams, "Requests over HTTP/2 that are under way.");
        visit("accepted", self.accepted, "Connections accepted.");
        visit("http2", self.http2, "Connections that turned out to speak HTTP/2.");
        visit("requests", self.requests, "Requests understood.");
        visit("received_bytes", self.received_bytes, "Bytes received.");
        visit("sent_bytes", self.sent_bytes, "Bytes of responses sent, endless streams excepted.");
        visit("responses", self.responses, "Responses, by the class of their status.");
        visit("faults", self.faults, "Requests and connections refused or cut, by reason.");
    }
};

}  // namespace weir::net
