#include "proto/http/h2_fields.hpp"

#include "base/result.hpp"

#include <algorithm>

namespace weir::proto::http {

namespace {

std::string_view next_line(std::string_view& text) noexcept {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(std::min(line.size() + 2, text.size()));
    return line;
}

bool is_target_text(std::string_view text) noexcept {
    return !text.empty() &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

bool is_about_the_connection(std::string_view name) noexcept {
    constexpr std::string_view names[] = {"connection", "keep-alive", "proxy-connection", "transfer-encoding",
                                          "upgrade"};
    return std::ranges::find(names, name) != std::end(names);
}

constexpr std::string_view malformed = "the request's header breaks the rules of HTTP/2";

}  // namespace

void H2RequestHead::add(std::string_view name, std::string_view value) {
    if (refusal_) return;
    if (name.starts_with(':')) return add_pseudo(name, value);
    if (!is_token(name) || !is_field_value(value) || is_about_the_connection(name))
        return refuse(Status::bad_request, malformed);
    if (name == "host" && !authority_.empty()) return;
    fields_.append(name).append(": ").append(value).append("\r\n");
    if (fields_.size() > limits_.header_bytes)
        return refuse(Status::header_fields_too_large, "the request header is too long");
    if (++count_ > limits_.header_count)
        return refuse(Status::header_fields_too_large, "the request has too many header lines");
}

void H2RequestHead::add_pseudo(std::string_view name, std::string_view value) {
    if (method_.size() + path_.size() + authority_.size() + value.size() > limits_.request_line)
        return refuse(Status::uri_too_long, "the address is too long");
    if (name == ":method" && is_token(value)) method_ = value;
    else if (name == ":path" && is_target_text(value)) path_ = value;
    else if (name == ":authority" && is_authority(value)) authority_ = value;
    else if (name != ":scheme") refuse(Status::bad_request, malformed);
}

void H2RequestHead::refuse(Status status, std::string_view text) {
    refusal_ = Refusal{status, text};
    fields_ = {};
}

Parsed<Request> H2RequestHead::parse(bool is_whole) const {
    if (refusal_) return std::unexpected(*refusal_);
    std::string text;
    text.reserve(method_.size() + path_.size() + authority_.size() + fields_.size() + 32);
    text.append(method_).append(" ").append(path_.empty() ? "*" : path_).append(" HTTP/1.1\r\n");
    if (!authority_.empty()) text.append("host: ").append(authority_).append("\r\n");
    text.append(fields_).append("\r\n");
    Request request = TRY(parse_request(text));
    // Without a length the body ends with the stream.
    request.is_chunked = !is_whole && !request.field("content-length");
    if (request.content_length > limits_.body)
        return http::refuse(Status::content_too_large, "the body is larger than what is taken here");
    return request;
}

std::vector<Field> h2_response_fields(std::string_view head, std::string& names) {
    std::vector<Field> fields;
    names.clear();
    names.reserve(head.size());  // so that no view moves
    const std::string_view status_line = next_line(head);
    fields.push_back({":status", status_line.substr(std::min<std::size_t>(9, status_line.size()), 3)});
    for (std::string_view line = next_line(head); !line.empty(); line = next_line(head)) {
        const std::size_t colon = std::min(line.find(':'), line.size());
        const std::size_t start = names.size();
        for (const char c : line.substr(0, colon)) names += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        const std::string_view name = std::string_view(names).substr(start);
        if (!is_about_the_connection(name))
            fields.push_back({name, trimmed(line.substr(std::min(colon + 1, line.size())))});
    }
    return fields;
}

}  // namespace weir::proto::http
