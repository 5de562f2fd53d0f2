#include "net/http_router.hpp"

#include <algorithm>
#include <cassert>

namespace weir::net {

using namespace proto::http;

namespace {

using MethodSet = unsigned;

constexpr MethodSet bit(Method method) noexcept { return 1U << static_cast<unsigned>(method); }

std::string names_of(MethodSet methods) {
    std::string names;
    for (const Method method : {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::remove})
        if ((methods & bit(method)) != 0) names.append(name(method)).append(", ");
    return names + "OPTIONS";
}

/// RFC 9110 9.3.7, and the preflight of a page of another origin.
HttpResponse answer_options(MethodSet methods, Audience audience) {
    HttpResponse response{.status = Status::no_content};
    response.fields.add("Allow", names_of(methods));
    if (audience == Audience::media)
        response.fields.add("Access-Control-Allow-Methods", names_of(methods))
            .add("Access-Control-Allow-Headers", "*, Authorization")
            .add("Access-Control-Max-Age", "86400");
    return response;
}

HttpResponse refuse_method(const Request& request, MethodSet methods) {
    HttpResponse response = http_error(error_form(request), Status::method_not_allowed,
                                       std::string(name(request.method)) + " is not possible at this address.");
    response.fields.add("Allow", names_of(methods));
    return response;
}

}  // namespace

std::string_view Captures::operator[](std::string_view name) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
        if (entries_[i].name == name) return entries_[i].value;
    return {};
}

std::string_view standing_fields(Audience audience) noexcept {
    switch (audience) {
        case Audience::media:
            return "Access-Control-Allow-Origin: *\r\n"
                   "Access-Control-Expose-Headers: *\r\n"
                   "X-Content-Type-Options: nosniff\r\n";
        case Audience::page:
            return "X-Content-Type-Options: nosniff\r\n"
                   "Referrer-Policy: no-referrer\r\n";
        case Audience::api: break;
    }
    return "X-Content-Type-Options: nosniff\r\n";
}

HttpRouter::HttpRouter(std::vector<Route> routes) : routes_(std::move(routes)) {
    for (std::size_t index = 0; index < routes_.size(); ++index) {
        Row row{.segments = {}, .route = index};
        std::string_view pattern = routes_[index].pattern;
        assert(pattern.starts_with('/'));
        pattern.remove_prefix(1);
        while (!pattern.empty()) {
            const std::string_view segment = pattern.substr(0, pattern.find('/'));
            pattern.remove_prefix(std::min(segment.size() + 1, pattern.size()));
            const std::size_t open = std::min(segment.find('{'), segment.size());
            const std::size_t close = std::min(segment.find('}'), segment.size());
            if (open == segment.size()) row.segments.push_back({.prefix = segment, .capture = {}, .suffix = {}});
            else
                row.segments.push_back({.prefix = segment.substr(0, open),
                                        .capture = segment.substr(open + 1, close - open - 1),
                                        .suffix = segment.substr(close + 1)});
        }
        rows_.push_back(std::move(row));
    }
}

bool HttpRouter::fits(const Row& row, std::span<const std::string_view> segments, Captures& captures) noexcept {
    if (row.segments.size() != segments.size()) return false;
    captures = {};
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const Segment& wanted = row.segments[i];
        const std::string_view segment = segments[i];
        if (wanted.capture.empty()) {
            if (segment != wanted.prefix) return false;
            continue;
        }
        const std::size_t around = wanted.prefix.size() + wanted.suffix.size();
        if (segment.size() <= around || !segment.starts_with(wanted.prefix) || !segment.ends_with(wanted.suffix))
            return false;
        captures.add(wanted.capture, segment.substr(wanted.prefix.size(), segment.size() - around));
    }
    return true;
}

HttpRouter::Match HttpRouter::match(const Request& request) const {
    Match match;
    MethodSet allowed = 0;
    const Method wanted = request.method == Method::head ? Method::get : request.method;
    for (const Row& row : rows_) {
        if (request.target.is_asterisk || !fits(row, request.target.segments, match.captures)) continue;
        const Route& route = routes_[row.route];
        if (route.method == wanted) {
            match.route = &route;
            match.audience = route.audience;
            return match;
        }
        if (allowed == 0) match.audience = route.audience;
        allowed |= route.method == Method::get ? bit(Method::get) | bit(Method::head) : bit(route.method);
    }
    if (request.target.is_asterisk)
        match.response = answer_options(bit(Method::get) | bit(Method::head), Audience::page);
    else if (allowed == 0)
        match.response = http_error(error_form(request), Status::not_found, "There is nothing at this address.");
    else if (request.method == Method::options) match.response = answer_options(allowed, match.audience);
    else match.response = refuse_method(request, allowed);
    return match;
}

}  // namespace weir::net
