#include "proto/http/response_parser.hpp"

#include "base/result.hpp"

namespace weir::proto::http {

namespace {

constexpr Refusal long_head{Status::bad_gateway, "the response header is too long"};

}  // namespace

void ResponseParser::receive(base::ByteView bytes) {
    if (state_ == State::refused) return;
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(position_));
    position_ = 0;
    input_.insert(input_.end(), bytes.begin(), bytes.end());
}

std::optional<ResponseEvent> ResponseParser::next_event() {
    if (state_ == State::refused) return std::nullopt;
    auto event = advance();
    if (event && !*event && is_closed_) event = end_of_input();
    if (event) return std::move(*event);
    state_ = State::refused;
    return event.error();
}

Parsed<std::optional<ResponseEvent>> ResponseParser::advance() {
    return state_ == State::head ? take_head() : take_body();
}

Parsed<std::optional<std::size_t>> ResponseParser::scan_head() {
    for (;;) {
        const std::string_view text = base::as_text(rest().subspan(scanned_));
        const auto line = TRY(take_line(text, limits_.head_bytes - scanned_, long_head));
        if (!line) return std::nullopt;
        scanned_ += line->size() + 2;
        if (line->empty()) return scanned_;
        if (++lines_ > limits_.header_count + 1) return std::unexpected(long_head);
    }
}

Parsed<std::optional<ResponseEvent>> ResponseParser::take_head() {
    const auto size = TRY(scan_head());
    if (!size) return std::nullopt;
    Response response = TRY(parse_response(base::as_text(rest().first(*size))));
    body_ = TRY(framing_of(response));
    if (body_.ends_with_connection()) response.keep_alive = false;
    position_ += *size;
    scanned_ = lines_ = 0;
    state_ = State::body;
    return ResponseEvent(std::move(response));
}

/// RFC 9112 6.3.
Parsed<BodyDecoder> ResponseParser::framing_of(const Response& response) {
    if (expected_.empty()) return refuse(Status::bad_gateway, "a response comes that nobody asked for");
    const Method method = expected_.front();
    if (!is_informational(response.status)) expected_.pop_front();
    if (forbids_body(response.status) || method == Method::head) return BodyDecoder::none();
    if (response.is_chunked) return BodyDecoder::chunked({.body = limits_.chunked_body});
    return response.content_length ? BodyDecoder::fixed(*response.content_length) : BodyDecoder::until_close();
}

Parsed<std::optional<ResponseEvent>> ResponseParser::take_body() {
    for (;;) {
        const auto piece = TRY(body_.decode(rest()));
        position_ += piece.consumed;
        if (!piece.data.empty()) return ResponseEvent(BodyData{piece.data});
        if (piece.complete) {
            state_ = State::head;
            return ResponseEvent(MessageEnd{});
        }
        if (piece.consumed == 0) return std::nullopt;
    }
}

Parsed<std::optional<ResponseEvent>> ResponseParser::end_of_input() {
    if (state_ == State::body && body_.ends_with_connection()) {
        body_ = BodyDecoder::none();
        state_ = State::head;
        return ResponseEvent(MessageEnd{});
    }
    if (state_ == State::head && position_ == input_.size() && expected_.empty()) return std::nullopt;
    return refuse(Status::bad_gateway, "the connection ends in the middle of a response");
}

}  // namespace weir::proto::http
