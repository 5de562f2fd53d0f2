// The client's side of HTTP/1.1 on one connection: bytes in, responses out. The owner says how each request was asked, in order, since the
// answer to HEAD has a length and no body. Informational responses are reported like others and end at once.
#pragma once

#include "base/bytes.hpp"
#include "proto/http/body.hpp"
#include "proto/http/request_parser.hpp"
#include "proto/http/response.hpp"

#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace weir::proto::http {

using ResponseEvent = std::variant<Response, BodyData, MessageEnd, Refusal>;

class ResponseParser {
  public:
    struct Limits {
        std::size_t head_bytes = 64 * 1024;
        std::size_t header_count = 200;
        std::uint64_t chunked_body = UINT64_MAX;
    };

    ResponseParser() noexcept : ResponseParser(Limits()) {}
    explicit ResponseParser(const Limits& limits) noexcept : limits_(limits) {}

    /// A request was sent: its answer comes in turn.
    void expect(Method method) { expected_.push_back(method); }
    void receive(base::ByteView bytes);
    /// The server closed the connection: completes a body without a length, refuses one that is cut short.
    void close() noexcept { is_closed_ = true; }
    /// Nothing when more bytes are needed, and for ever after a `Refusal`.
    [[nodiscard]] std::optional<ResponseEvent> next_event();

  private:
    enum class State : std::uint8_t { head, body, refused };

    Parsed<std::optional<ResponseEvent>> advance();
    Parsed<std::optional<std::size_t>> scan_head();
    Parsed<std::optional<ResponseEvent>> take_head();
    Parsed<std::optional<ResponseEvent>> take_body();
    Parsed<std::optional<ResponseEvent>> end_of_input();
    Parsed<BodyDecoder> framing_of(const Response& response);
    [[nodiscard]] base::ByteView rest() const noexcept { return base::ByteView(input_).subspan(position_); }

    Limits limits_;
    std::deque<Method> expected_;
    BodyDecoder body_ = BodyDecoder::none();
    std::vector<std::uint8_t> input_;
    std::size_t position_ = 0;
    std::size_t scanned_ = 0;
    std::size_t lines_ = 0;
    State state_ = State::head;
    bool is_closed_ = false;
};

}  // namespace weir::proto::http
