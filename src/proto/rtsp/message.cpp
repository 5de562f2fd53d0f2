#include "proto/rtsp/message.hpp"

#include "proto/rtsp/syntax.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace weir::proto::rtsp {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view version = "RTSP/1.0";
constexpr std::size_t longest_method = 32;
constexpr std::uint64_t longest_body = 1U << 30;  // who reads has a limit of its own

struct StatusRow {
    std::uint16_t status;
    std::string_view reason;
};
constexpr std::array<StatusRow, 20> statuses{{{100, "Continue"},
                                              {200, "OK"},
                                              {301, "Moved Permanently"},
                                              {302, "Moved Temporarily"},
                                              {400, "Bad Request"},
                                              {401, "Unauthorized"},
                                              {403, "Forbidden"},
                                              {404, "Not Found"},
                                              {405, "Method Not Allowed"},
                                              {415, "Unsupported Media Type"},
                                              {451, "Parameter Not Understood"},
                                              {453, "Not Enough Bandwidth"},
                                              {454, "Session Not Found"},
                                              {455, "Method Not Valid in This State"},
                                              {459, "Aggregate Operation Not Allowed"},
                                              {461, "Unsupported Transport"},
                                              {501, "Not Implemented"},
                                              {503, "Service Unavailable"},
                                              {505, "RTSP Version Not Supported"},
                                              {551, "Option Not Supported"}}};

/// Takes a line off the front, without its end.
std::string_view take_line(std::string_view& text) noexcept {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

Result<Request> parse_request_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return fail(ErrorKind::malformed, "the request line has no three parts");
    Request request;
    request.method = line.substr(0, first);
    request.address = trimmed(line.substr(first, last - first));
    if (!is_token(request.method) || request.method.size() > longest_method)
        return fail(ErrorKind::malformed, "the request has no proper method");
    const std::string_view spoken = line.substr(last + 1);
    if (spoken.starts_with("HTTP/")) return fail(ErrorKind::unsupported, "this port speaks RTSP, and not HTTP");
    if (!spoken.starts_with("RTSP/")) return fail(ErrorKind::malformed, "the request line does not end in RTSP/1.0");
    if (spoken != version) return fail(ErrorKind::unsupported, "RTSP/1.0 is the version that is served");
    if (!is_address_text(request.address)) return fail(ErrorKind::malformed, "the request has no proper address");
    return request;
}

Result<Response> parse_status_line(std::string_view line) {
    std::string_view rest = line.substr(std::min(line.find(' '), line.size()));
    rest = trimmed(rest);
    const auto status = parse_decimal(rest.substr(0, std::min<std::size_t>(3, rest.size())), 999);
    if (!status || *status < 100) return fail(ErrorKind::malformed, "the response has no status of three digits");
    Response response;
    response.status = static_cast<std::uint16_t>(*status);
    rest.remove_prefix(3);
    if (!rest.empty() && !rest.starts_with(' ')) return fail(ErrorKind::malformed, "the response's status is too long");
    response.reason = trimmed(rest);
    if (!is_text(response.reason)) return fail(ErrorKind::malformed, "the response's reason has a control character");
    return response;
}

Result<void> parse_field(std::string_view line, Fields& fields) {
    if (!is_text(line)) return fail(ErrorKind::malformed, "a header line has a control character");
    if (line.starts_with(' ') || line.starts_with('\t')) {
        if (!fields.continue_last(trimmed(line)))
            return fail(ErrorKind::malformed, "a header begins with a folded line");
        return {};
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fail(ErrorKind::malformed, "a header line has no colon");
    const std::string_view name = trimmed(line.substr(0, colon));
    if (!is_token(name)) return fail(ErrorKind::malformed, "a header name has a character that it must not have");
    fields.add(name, trimmed(line.substr(colon + 1)));
    return {};
}

void write(const Fields& fields, std::string_view body, std::string& out) {
    for (const Field& field : fields.all())
        if (!equals_ignoring_case(field.name, "Content-Length"))
            out.append(field.name).append(": ").append(field.value).append("\r\n");
    if (!body.empty()) out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    out.append("\r\n").append(body);
}

}  // namespace

Fields& Fields::add(std::string_view name, std::string_view value) {
    assert(is_token(name) && is_text(value));
    fields_.push_back({std::string(name), std::string(value)});
    return *this;
}

std::string_view Fields::find(std::string_view name) const noexcept {
    const auto found =
        std::ranges::find_if(fields_, [name](const Field& field) { return equals_ignoring_case(field.name, name); });
    return found == fields_.end() ? std::string_view() : std::string_view(found->value);
}

bool Fields::continue_last(std::string_view more) {
    if (fields_.empty()) return false;
    if (!more.empty() && !fields_.back().value.empty()) fields_.back().value += ' ';
    fields_.back().value += more;
    return true;
}

Result<Message> parse_message(std::string_view head) {
    const std::string_view first = take_line(head);
    Message message;
    if (first.starts_with("RTSP/")) message = TRY(parse_status_line(first));
    else message = TRY(parse_request_line(first));
    Fields& fields = std::visit([](auto& either) -> Fields& { return either.fields; }, message);
    while (!head.empty()) {
        const std::string_view line = take_line(head);
        if (line.empty()) break;
        TRY(parse_field(line, fields));
    }
    return message;
}

Result<std::size_t> content_length(const Message& message) {
    const Fields& fields = std::visit([](const auto& either) -> const Fields& { return either.fields; }, message);
    const std::string_view text = fields.find("Content-Length");
    if (text.empty()) return 0;
    const auto length = parse_decimal(text, longest_body);
    if (!length) return fail(ErrorKind::malformed, "Content-Length is no number");
    return *length;
}

void write(const Request& request, std::string& out) {
    out.append(request.method).append(" ").append(request.address).append(" ").append(version).append("\r\n");
    write(request.fields, request.body, out);
}

void write(const Response& response, std::string& out) {
    out.append(version).append(" ").append(std::to_string(response.status)).append(" ").append(response.reason);
    out.append("\r\n");
    write(response.fields, response.body, out);
}

std::string_view reason_of(std::uint16_t status) noexcept {
    const auto row = std::ranges::find(statuses, status, &StatusRow::status);
    return row == statuses.end() ? std::string_view("Unknown") : row->reason;
}

}  // namespace weir::proto::rtsp
