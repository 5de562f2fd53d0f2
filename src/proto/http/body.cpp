#include "proto/http/body.hpp"

#include "base/result.hpp"
#include "proto/http/fields.hpp"

#include <algorithm>

namespace weir::proto::http {

namespace {

constexpr Refusal long_chunk_line{Status::bad_request, "a chunk-size line is too long"};
constexpr Refusal long_trailers{Status::bad_request, "the trailer fields are too long"};

/// chunk-size [chunk-ext]; the extensions are checked for their characters only.
Parsed<std::uint64_t> parse_chunk_size(std::string_view line) {
    std::uint64_t size = 0;
    std::size_t digits = 0;
    for (; digits < line.size() && hexadecimal_value(line[digits]) >= 0; ++digits) {
        if (digits == 15) return refuse(Status::bad_request, "a chunk size has more than 15 digits");
        size = size << 4 | static_cast<std::uint64_t>(hexadecimal_value(line[digits]));
    }
    if (digits == 0) return refuse(Status::bad_request, "a chunk does not begin with its size");
    const std::string_view extensions = line.substr(digits);
    if (!extensions.empty() && !trimmed(extensions).starts_with(';'))
        return refuse(Status::bad_request, "something other than an extension follows a chunk size");
    if (!is_field_value(extensions)) return refuse(Status::bad_request, "a chunk extension has a control character");
    return size;
}

}  // namespace

BodyDecoder BodyDecoder::fixed(std::uint64_t length) noexcept {
    BodyDecoder decoder(State::fixed);
    decoder.remaining_ = length;
    return decoder;
}

BodyDecoder BodyDecoder::chunked(const Limits& limits) noexcept {
    BodyDecoder decoder(State::chunk_size);
    decoder.limits_ = limits;
    return decoder;
}

BodyDecoder BodyDecoder::until_close() noexcept { return BodyDecoder(State::until_close); }

Parsed<BodyDecoder::Piece> BodyDecoder::decode(base::ByteView input) {
    switch (state_) {
        case State::fixed: return take_data(input, State::done);
        case State::chunk_size: return take_chunk_size(input);
        case State::chunk_data: return take_data(input, State::chunk_end);
        case State::chunk_end: return take_chunk_end(input);
        case State::trailers: return take_trailer(input);
        case State::until_close: return Piece{input.size(), input, false};
        case State::done: break;
    }
    return Piece{0, {}, true};
}

Parsed<BodyDecoder::Piece> BodyDecoder::take_data(base::ByteView input, State after) {
    const std::size_t size = std::min<std::uint64_t>(remaining_, input.size());
    remaining_ -= size;
    if (remaining_ == 0) state_ = after;
    return Piece{size, input.first(size), state_ == State::done};
}

Parsed<BodyDecoder::Piece> BodyDecoder::take_chunk_size(base::ByteView input) {
    const auto line = TRY(take_line(base::as_text(input), limits_.chunk_line, long_chunk_line));
    if (!line) return Piece{};
    remaining_ = TRY(parse_chunk_size(*line));
    extensions_ += line->size() - std::min(line->size(), line->find_first_of("; \t"));
    if (extensions_ > limits_.extensions) return refuse(Status::bad_request, "the chunk extensions are too long");
    if (remaining_ > limits_.body - total_)
        return refuse(Status::content_too_large, "the body is larger than what is taken here");
    total_ += remaining_;
    state_ = remaining_ == 0 ? State::trailers : State::chunk_data;
    return Piece{line->size() + 2, {}, false};
}

Parsed<BodyDecoder::Piece> BodyDecoder::take_chunk_end(base::ByteView input) {
    constexpr std::string_view end = "\r\n";
    const std::string_view text = base::as_text(input).substr(0, end.size());
    if (!end.starts_with(text)) return refuse(Status::bad_request, "a chunk is longer than its size");
    if (text.size() < end.size()) return Piece{};
    state_ = State::chunk_size;
    return Piece{end.size(), {}, false};
}

Parsed<BodyDecoder::Piece> BodyDecoder::take_trailer(base::ByteView input) {
    const auto line = TRY(take_line(base::as_text(input), limits_.trailers - trailers_, long_trailers));
    if (!line) return Piece{};
    trailers_ += line->size() + 2;
    if (line->empty()) state_ = State::done;
    else TRY(parse_field(*line));
    return Piece{line->size() + 2, {}, line->empty()};
}

}  // namespace weir::proto::http
