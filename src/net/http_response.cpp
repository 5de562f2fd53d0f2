#include "net/http_response.hpp"

#include "base/escape.hpp"
#include "proto/http/conditional.hpp"

#include <algorithm>

namespace weir::net {

using namespace proto::http;

namespace {

std::vector<base::Bytes> cut_out(std::span<const base::Bytes> slices, std::uint64_t first, std::uint64_t length) {
    std::vector<base::Bytes> cut;
    for (const base::Bytes& slice : slices) {
        if (first < slice.size() && length > 0) {
            cut.push_back(slice.slice(first, length));
            length -= cut.back().size();
        }
        first -= std::min<std::uint64_t>(first, slice.size());
    }
    return cut;
}

void apply_range(const Request& request, HttpResponse& response) {
    response.fields.add("Accept-Ranges", "bytes");
    const std::uint64_t size = size_of(response.body);
    const RangeChoice choice = choose_range(request, response.etag, size);
    if (choice.kind == RangeKind::whole) return;
    std::string content_range = "bytes ";
    if (choice.kind == RangeKind::partial) {
        content_range += std::to_string(choice.first) + "-" + std::to_string(choice.first + choice.length - 1);
        response.status = Status::partial_content;
        response.body = cut_out(slices_of(response.body), choice.first, choice.length);
    } else {
        content_range += "*";
        response.status = Status::range_not_satisfiable;
        response.fields = {};  // whoever keeps the object is not to keep this in its place
        response.fields.add("Cache-Control", "no-store");
        response.content_type = {};
        response.body = std::monostate();
    }
    response.fields.add("Content-Range", content_range + "/" + std::to_string(size));
}

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char character : text) switch (character) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += character;
        }
    return out;
}

std::string error_page(Status status, std::string_view message) {
    const std::string title = std::to_string(code(status)) + " " + std::string(reason(status));
    return "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
           "content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
           title + "</title>\n<h1>" + title + "</h1>\n<p>" + html_escaped(message) +
           "\n<p><a href=\"/\">All streams</a>\n";
}

std::string error_object(std::string_view code, std::string_view message) {
    std::string out = R"({"error":{"code":")";
    base::append_json(out, code);
    out += R"(","message":")";
    base::append_json(out, message);
    return out + R"(","detail":{}}})" + "\n";
}

}  // namespace

std::span<const base::Bytes> slices_of(const HttpResponse::Body& body) noexcept {
    if (const auto* one = std::get_if<base::Bytes>(&body)) return {one, 1};
    if (const auto* several = std::get_if<std::vector<base::Bytes>>(&body)) return *several;
    return {};
}

std::uint64_t size_of(const HttpResponse::Body& body) noexcept {
    std::uint64_t size = 0;
    for (const base::Bytes& slice : slices_of(body)) size += slice.size();
    return size;
}

void apply_conditions(const Request& request, HttpResponse& response) {
    if (response.status != Status::ok) return;
    if (!response.etag.empty()) response.fields.add("ETag", response.etag);
    const Precondition outcome =
        response.etag.empty() ? Precondition::passed : check_preconditions(request, response.etag);
    if (outcome == Precondition::passed) {
        if (response.ranges) apply_range(request, response);
        return;
    }
    response.status = outcome == Precondition::not_modified ? Status::not_modified : Status::precondition_failed;
    response.content_type = {};
    response.body = std::monostate();
}

ErrorForm error_form(const Request& request) noexcept {
    if (!request.target.segments.empty() && request.target.segments.front() == "api") return ErrorForm::json;
    const std::string_view accept = request.field("accept").value_or(std::string_view{});
    return accept.find("text/html") != std::string_view::npos ? ErrorForm::page : ErrorForm::text;
}

HttpResponse http_error(ErrorForm form, Status status, std::string_view code, std::string_view message) {
    HttpResponse response;
    switch (form) {
        case ErrorForm::text:
            response = HttpResponse::of("text/plain; charset=utf-8", std::string(message) + "\n");
            break;
        case ErrorForm::page:
            response = HttpResponse::of("text/html; charset=utf-8", error_page(status, message));
            break;
        case ErrorForm::json: response = HttpResponse::of("application/json", error_object(code, message)); break;
    }
    response.status = status;
    response.fields.add("Cache-Control", "no-store");
    return response;
}

}  // namespace weir::net
