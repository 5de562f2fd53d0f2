#include "proto/http/response.hpp"

#include "base/result.hpp"

#include <algorithm>
#include <charconv>

namespace weir::proto::http {

namespace {

void append_number(std::string& out, std::uint64_t value) {
    char digits[20];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
    out.append(digits, end);
}

std::string_view next_line(std::string_view& text) noexcept {
    const std::string_view line = text.substr(0, text.find("\r\n"));
    text.remove_prefix(std::min(line.size() + 2, text.size()));
    return line;
}

/// HTTP-version SP status-code SP [reason-phrase]; the last space is missing in the wild.
Parsed<void> parse_status_line(std::string_view line, Response& response) {
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' '))
        return refuse(Status::bad_gateway, "the response does not begin with a status line of HTTP/1.1");
    const auto status = parse_decimal(line.substr(9, 3));
    if (!status || *status < 100 || *status > 599)
        return refuse(Status::bad_gateway, "the response has no valid status");
    if ((line[7] != '0' && line[7] != '1') || !is_field_value(line.substr(12)))
        return refuse(Status::bad_gateway, "the status line is malformed");
    response.is_http_1_0 = line[7] == '0';
    response.keep_alive = !response.is_http_1_0;
    response.status = static_cast<Status>(*status);
    return {};
}

Parsed<void> read_field(const Field& field, Response& response) {
    const auto is = [&field](std::string_view name) { return equals_ignoring_case(field.name, name); };
    if (is("content-length")) {
        const auto length = parse_decimal(field.value);
        if (!length || response.content_length.value_or(*length) != *length)
            return refuse(Status::bad_gateway, "the response has no single valid Content-Length");
        response.content_length = length;
    } else if (is("transfer-encoding")) {
        if (response.is_chunked || !equals_ignoring_case(field.value, "chunked"))
            return refuse(Status::bad_gateway, "the response has a transfer coding other than chunked");
        response.is_chunked = true;
    } else if (is("connection")) {
        if (list_has(field.value, "close")) response.keep_alive = false;
        else if (list_has(field.value, "keep-alive")) response.keep_alive = true;
    }
    return {};
}

}  // namespace

void write_response_head(const ResponseHead& head, std::string& out) {
    out.append("HTTP/1.1 ");
    append_number(out, code(head.status));
    out.append(" ").append(reason(head.status)).append("\r\nServer: Weir\r\nDate: ").append(head.date).append("\r\n");
    if (!head.content_type.empty()) out.append("Content-Type: ").append(head.content_type).append("\r\n");
    if (head.content_length) {
        out.append("Content-Length: ");
        append_number(out, *head.content_length);
        out.append("\r\n");
    }
    if (head.is_chunked) out.append("Transfer-Encoding: chunked\r\n");
    if (head.persistence == Persistence::close) out.append("Connection: close\r\n");
    else if (head.persistence == Persistence::upgrade) out.append("Connection: Upgrade\r\n");
    else if (head.persistence == Persistence::keep_alive_said) out.append("Connection: keep-alive\r\n");
    out.append(head.standing_fields).append(head.fields).append("\r\n");
}

Parsed<Response> parse_response(std::string_view head) {
    Response response;
    response.block = base::Bytes::copy_of(head);
    std::string_view rest = base::as_text(response.block.view());
    TRY(parse_status_line(next_line(rest), response));
    for (std::string_view line = next_line(rest); !line.empty(); line = next_line(rest)) {
        const Field field = TRY(parse_field(line));
        TRY(read_field(field, response));
        response.fields.push_back(field);
    }
    if (response.is_chunked && response.content_length)
        return refuse(Status::bad_gateway, "the response has both Content-Length and Transfer-Encoding");
    return response;
}

}  // namespace weir::proto::http
