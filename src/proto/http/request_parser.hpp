// The server's side of HTTP/1.1 on one connection: bytes in, requests out, one after the other. A refusal is the last event;
// what was understood before it is never lost. Bytes of a pipelined request wait inside; the driver reads no more while it
// answers, which bounds them by one read.
#pragma once

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "proto/http/body.hpp"
#include "proto/http/request.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace weir::proto::http {

/// A piece of the body; the view is valid until the parser is called again.
struct BodyData {
    base::ByteView bytes;
};
/// The message is complete.
struct MessageEnd {};

using RequestEvent = std::variant<Request, BodyData, MessageEnd, Refusal>;

/// What a request may be. Each is refused with its own status.
struct RequestLimits {
    std::size_t request_line = 8 * 1024;   ///< bytes; 414
    std::size_t header_bytes = 16 * 1024;  ///< of all header lines; 431
    std::size_t header_count = 100;        ///< 431
    std::uint64_t body = 64 * 1024;        ///< bytes, decoded; 413

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        constexpr std::string_view metric = "weir_http_faults_total{reason=\"too_large\"}";
        visit(
            "request_line", self.request_line,
            Limit{
                .what = "bytes of a request line", .at_limit = "414, and the connection is closed", .metric = metric});
        visit("header_bytes", self.header_bytes,
              Limit{.what = "bytes of all header lines of a request",
                    .at_limit = "431, and the connection is closed",
                    .metric = metric});
        visit("header_count", self.header_count,
              Limit{.what = "header lines of a request",
                    .at_limit = "431, and the connection is closed",
                    .metric = metric});
        visit("body", self.body,
              Limit{.what = "bytes of a request's body",
                    .at_limit = "413, and the connection is closed",
                    .metric = metric});
    }
};

class RequestParser {
  public:
    explicit RequestParser(const RequestLimits& limits) noexcept : limits_(limits) {}

    void receive(base::ByteView bytes);
    /// Nothing when more bytes are needed, and for ever after a `Refusal`.
    [[nodiscard]] std::optional<RequestEvent> next_event();

    /// No byte of a next request has come.
    [[nodiscard]] bool is_idle() const noexcept { return state_ == State::head && position_ == input_.size(); }
    /// Gives memory back while nothing has come; in the middle of a request it does nothing.
    void release_memory() noexcept;

  private:
    enum class State : std::uint8_t { head, body, refused };

    Parsed<std::optional<RequestEvent>> advance();
    /// The size of the head once it is complete, its empty line included.
    Parsed<std::optional<std::size_t>> scan_head();
    Parsed<std::optional<RequestEvent>> take_head();
    Parsed<std::optional<RequestEvent>> take_body();
    [[nodiscard]] base::ByteView rest() const noexcept { return base::ByteView(input_).subspan(position_); }

    RequestLimits limits_;
    BodyDecoder body_ = BodyDecoder::none();
    std::vector<std::uint8_t> input_;
    std::size_t position_ = 0;      ///< in input_: everything before it is consumed
    std::size_t scanned_ = 0;       ///< behind position_: complete lines of the head that is coming
    std::size_t request_line_ = 0;  ///< bytes of the first of them
    std::size_t lines_ = 0;         ///< how many those are
    std::size_t blank_lines_ = 0;   ///< skipped before the request line
    State state_ = State::head;
};

}  // namespace weir::proto::http
