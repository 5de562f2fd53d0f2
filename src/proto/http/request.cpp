#include "proto/http/request.hpp"

#include "base/result.hpp"

#include <algorithm>
#include <cstring>

namespace weir::proto::http {

namespace {

/// What the fields say so far about where the message ends.
struct Framing {
    bool has_host = false;
    bool has_length = false;
    bool says_close = false;
    bool says_keep_alive = false;
};

/// Takes the first line off, without its CRLF.
std::string_view next_line(std::string_view& text) noexcept {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(std::min(line.size() + 2, text.size()));
    return line;
}

Parsed<void> parse_version(std::string_view version, Request& request) {
    const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && version[5] >= '0' &&
                             version[5] <= '9' && version[6] == '.' && version[7] >= '0' && version[7] <= '9';
    if (!well_formed) return refuse(Status::bad_request, "the request line does not end in a version of HTTP");
    if (version[5] != '1') return refuse(Status::version_not_supported, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    request.is_http_1_0 = version[7] == '0';
    return {};
}

Parsed<void> parse_request_line(std::string_view line, std::span<char> storage, Request& request) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return refuse(Status::bad_request, "the request line is not a method, a target and a version");
    const std::string_view method = line.substr(0, first);
    if (!is_token(method)) return refuse(Status::bad_request, "the request line does not begin with a method");
    TRY(parse_version(line.substr(last + 1), request));
    const auto known = method_of(method);
    if (!known) return refuse(Status::not_implemented, "this method is not implemented");
    request.method = *known;
    request.target = TRY(parse_target(line.substr(first + 1, last - first - 1), storage));
    if (request.target.is_asterisk && request.method != Method::options)
        return refuse(Status::bad_request, "only OPTIONS may ask about the server as a whole");
    return {};
}

Parsed<void> read_length(std::string_view value, Request& request, Framing& framing) {
    if (framing.has_length) return refuse(Status::bad_request, "the request has more than one Content-Length");
    framing.has_length = true;
    if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos)
        return refuse(Status::bad_request, "Content-Length is not a number");
    const auto length = parse_decimal(value);
    if (!length) return refuse(Status::content_too_large, "the body is larger than what is taken here");
    request.content_length = *length;
    return {};
}

Parsed<void> read_transfer_encoding(std::string_view value, Request& request) {
    if (request.is_chunked) return refuse(Status::bad_request, "the request has more than one Transfer-Encoding");
    request.is_chunked = true;
    if (equals_ignoring_case(value, "chunked")) return {};
    std::string_view last;
    bool repeats = false;
    for (std::string_view list = value; !list.empty();) {
        repeats |= equals_ignoring_case(last, "chunked");
        last = take_element(list);
    }
    if (repeats || !equals_ignoring_case(last, "chunked"))
        return refuse(Status::bad_request, "the last transfer coding, and only that, must be chunked");
    return refuse(Status::not_implemented, "no transfer coding but chunked is implemented");
}

Parsed<void> read_field(const Field& field, Request& request, Framing& framing) {
    const auto is = [&field](std::string_view name) { return equals_ignoring_case(field.name, name); };
    if (is("host")) {
        if (framing.has_host) return refuse(Status::bad_request, "the request has more than one Host");
        if (!is_authority(field.value)) return refuse(Status::bad_request, "Host is not a host");
        framing.has_host = true;
    } else if (is("content-length")) {
        return read_length(field.value, request, framing);
    } else if (is("transfer-encoding")) {
        return read_transfer_encoding(field.value, request);
    } else if (is("connection")) {
        framing.says_close |= list_has(field.value, "close");
        framing.says_keep_alive |= list_has(field.value, "keep-alive");
    } else if (is("expect") && !request.is_http_1_0) {
        if (!equals_ignoring_case(field.value, "100-continue"))
            return refuse(Status::expectation_failed, "no expectation but 100-continue can be met");
        request.expects_continue = true;
    }
    return {};
}

Parsed<void> conclude(const Framing& framing, Request& request) {
    if (!framing.has_host && !request.is_http_1_0) return refuse(Status::bad_request, "the request has no Host");
    if (request.is_chunked && framing.has_length)
        return refuse(Status::bad_request, "the request has both Content-Length and Transfer-Encoding");
    if (request.is_chunked && request.is_http_1_0)
        return refuse(Status::bad_request, "HTTP/1.0 has no transfer codings");
    request.keep_alive = !framing.says_close && (!request.is_http_1_0 || framing.says_keep_alive);
    request.expects_continue &= request.has_body();
    return {};
}

}  // namespace

void write_request_head(Method method, std::string_view target, std::string_view host, std::string_view fields,
                        std::string& out) {
    out.append(name(method)).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
    out.append(fields).append("\r\n");
}

Parsed<Request> parse_request(std::string_view head) {
    // The decoded target is never longer than the request line, so it has room behind the head.
    base::Buffer buffer(head.size() + head.find('\r'));
    std::memcpy(buffer.span().data(), head.data(), head.size());
    void* behind = buffer.span().data() + head.size();
    const std::span<char> storage(static_cast<char*>(behind), buffer.size() - head.size());
    std::string_view rest = base::as_text(buffer.span().first(head.size()));

    Request request;
    Framing framing;
    TRY(parse_request_line(next_line(rest), storage, request));
    request.fields.reserve(16);
    for (std::string_view line = next_line(rest); !line.empty(); line = next_line(rest)) {
        const Field field = TRY(parse_field(line));
        TRY(read_field(field, request, framing));
        request.fields.push_back(field);
    }
    TRY(conclude(framing, request));
    request.block = std::move(buffer).freeze();
    return request;
}

}  // namespace weir::proto::http
