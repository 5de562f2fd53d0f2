#include "proto/http/request_parser.hpp"

#include "base/result.hpp"

namespace weir::proto::http {

namespace {

constexpr std::size_t tolerated_blank_lines = 2;
constexpr Refusal long_request_line{Status::uri_too_long, "the address is too long"};
constexpr Refusal long_header{Status::header_fields_too_large, "the request header is too long"};
constexpr Refusal large_body{Status::content_too_large, "the body is larger than what is taken here"};

}  // namespace

void RequestParser::receive(base::ByteView bytes) {
    if (state_ == State::refused) return;
    if (position_ == input_.size()) {
        input_.clear();
        position_ = 0;
    } else if (position_ > 0) {
        input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(position_));
        position_ = 0;
    }
    input_.insert(input_.end(), bytes.begin(), bytes.end());
}

std::optional<RequestEvent> RequestParser::next_event() {
    if (state_ == State::refused) return std::nullopt;
    auto event = advance();
    if (event) return std::move(*event);
    state_ = State::refused;
    return event.error();
}

void RequestParser::release_memory() noexcept {
    if (position_ < input_.size()) return;
    input_ = {};
    position_ = 0;
}

Parsed<std::optional<RequestEvent>> RequestParser::advance() {
    return state_ == State::head ? take_head() : take_body();
}

Parsed<std::optional<std::size_t>> RequestParser::scan_head() {
    for (;;) {
        const std::string_view text = base::as_text(rest().subspan(scanned_));
        const bool is_request_line = lines_ == 0;
        if (is_request_line && !text.empty() && text[0] != '\r' && !is_token_character(text[0]))
            return refuse(Status::bad_request, "what comes in is not HTTP");
        const std::size_t limit =
            is_request_line ? limits_.request_line : limits_.header_bytes + 2 - (scanned_ - request_line_);
        const auto line = TRY(take_line(text, limit, is_request_line ? long_request_line : long_header));
        if (!line) return std::nullopt;
        if (is_request_line && line->empty()) {
            if (++blank_lines_ > tolerated_blank_lines)
                return refuse(Status::bad_request, "empty lines come in place of a request");
            position_ += 2;
            continue;
        }
        if (is_request_line) request_line_ = line->size() + 2;
        scanned_ += line->size() + 2;
        if (line->empty()) return scanned_;
        if (++lines_ > limits_.header_count + 1)
            return refuse(Status::header_fields_too_large, "the request has too many header lines");
    }
}

Parsed<std::optional<RequestEvent>> RequestParser::take_head() {
    const auto size = TRY(scan_head());
    if (!size) return std::nullopt;
    Request request = TRY(parse_request(base::as_text(rest().first(*size))));
    if (request.content_length > limits_.body) return std::unexpected(large_body);
    body_ =
        request.is_chunked ? BodyDecoder::chunked({.body = limits_.body}) : BodyDecoder::fixed(request.content_length);
    position_ += *size;
    scanned_ = lines_ = blank_lines_ = request_line_ = 0;
    state_ = State::body;
    return RequestEvent(std::move(request));
}

Parsed<std::optional<RequestEvent>> RequestParser::take_body() {
    for (;;) {
        const auto piece = TRY(body_.decode(rest()));
        position_ += piece.consumed;
        if (!piece.data.empty()) return RequestEvent(BodyData{piece.data});
        if (piece.complete) {
            state_ = State::head;
            return RequestEvent(MessageEnd{});
        }
        if (piece.consumed == 0) return std::nullopt;
    }
}

}  // namespace weir::proto::http
