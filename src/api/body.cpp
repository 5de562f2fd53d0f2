#include "api/body.hpp"

#include "api/json.hpp"
#include "base/escape.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <utility>

namespace weir::api {

namespace http = proto::http;
namespace json = boost::json;
using config::DocumentNode;
using http::Status;

namespace {

constexpr std::string_view media_type = "application/json";

DocumentNode text_node(std::string text) { return {.kind = DocumentNode::Kind::text, .text = std::move(text)}; }

// No deeper than the parser goes.
DocumentNode node_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return {};
        case json::kind::bool_: return text_node(config::print_value(value.get_bool()));
        case json::kind::int64: return text_node(std::to_string(value.get_int64()));
        case json::kind::uint64: return text_node(std::to_string(value.get_uint64()));
        case json::kind::double_: return text_node(config::print_value(value.get_double()));
        case json::kind::string: return text_node(std::string(value.get_string()));
        case json::kind::array: break;
        case json::kind::object: {
            DocumentNode mapping{.kind = DocumentNode::Kind::mapping};
            for (const auto& [key, member] : value.get_object()) {
                mapping.items.push_back(node_of(member));
                mapping.items.back().key = key;
            }
            return mapping;
        }
    }
    DocumentNode list{.kind = DocumentNode::Kind::list};
    for (const json::value& item : value.get_array()) list.items.push_back(node_of(item));
    return list;
}

bool is_json(const http::Request& request) {
    const std::string_view type = request.field("content-type").value_or(std::string_view{});
    std::string essence(type.substr(0, type.find_first_of("; \t")));
    std::ranges::transform(essence, essence.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; });
    return essence == media_type;
}

json::object describe(const config::Problem& problem, std::string_view below) {
    std::string path = problem.key;
    if (!problem.unknown.empty()) path += (path.empty() ? "" : ".") + problem.unknown;
    const std::string_view key = path;
    return {{"field", base::valid_utf8(key.starts_with(below) ? key.substr(below.size()) : key)},
            {"reason", base::valid_utf8(problem.what)},
            {"mend", base::valid_utf8(problem.mend)}};
}

net::HttpResponse error_of(Status status, std::string_view code, std::string_view message, json::object detail) {
    auto response = json_response(json::object{
        {"error", {{"code", code}, {"message", base::valid_utf8(message)}, {"detail", std::move(detail)}}}});
    response.status = status;
    return response;
}

}  // namespace

std::expected<DocumentNode, net::HttpResponse> read_object(const http::Request& request,
                                                           const net::RequestContext& context) {
    if (context.body.empty()) return DocumentNode{.kind = DocumentNode::Kind::mapping};
    if (!is_json(request))
        return std::unexpected(api_error(Status::unsupported_media_type, "unsupported_media_type",
                                         "a body is JSON: say Content-Type: application/json"));
    json::error_code error;
    const json::value value = json::parse(context.body, error, {}, {.max_depth = config::deepest_nesting - 2});
    if (error)
        return std::unexpected(api_error(Status::bad_request, "bad_json", "the body is no JSON: " + error.message()));
    if (!value.is_object())
        return std::unexpected(api_error(Status::bad_request, "bad_json", "the body is no JSON object"));
    return node_of(value);
}

std::optional<DocumentNode> take_member(DocumentNode& object, std::string_view key) {
    const auto found = std::ranges::find(object.items, key, &DocumentNode::key);
    if (found == object.items.end()) return std::nullopt;
    DocumentNode member = std::move(*found);
    object.items.erase(found);
    if (member.kind == DocumentNode::Kind::nothing) return std::nullopt;
    return member;
}

net::HttpResponse api_error(Status status, std::string_view code, std::string_view message, std::string_view field) {
    json::object detail;
    if (!field.empty()) detail["field"] = field;
    return error_of(status, code, message, std::move(detail));
}

net::HttpResponse api_error(const config::Problems& problems, std::string_view below) {
    json::array all;
    for (const config::Problem& problem : problems) all.push_back(describe(problem, below));
    const json::object first = all.front().as_object();
    std::string message(first.at("field").as_string());
    message.append(": ").append(first.at("reason").as_string());
    if (!first.at("mend").as_string().empty()) message.append("; ").append(first.at("mend").as_string());
    return error_of(Status::unprocessable_content, "bad_value", message,
                    {{"field", first.at("field")}, {"reason", first.at("reason")}, {"problems", std::move(all)}});
}

}  // namespace weir::api
