#include "app/ctl.hpp"

#include "app/http_client.hpp"
#include "base/escape.hpp"
#include "base/stream_id.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <cstdio>
#include <optional>

namespace weir::app {

namespace json = boost::json;

namespace {

constexpr base::Duration patience = std::chrono::seconds(15);

void say(std::FILE* where, std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), where); }

// Names and reasons may be a stranger's text.
std::string printed(const json::value& value) {
    if (value.is_null()) return "-";
    if (!value.is_string()) return json::serialize(value);
    std::string out;
    base::append_unquoted(out, std::string_view(value.get_string()));
    return out;
}

void print_values(const json::value& value, const std::string& path, std::string& out) {
    const auto below = [&](std::string_view key) {
        return path.empty() ? std::string(key) : path + '.' + std::string(key);
    };
    if (const auto* object = value.if_object()) {
        for (const auto& [key, member] : *object) print_values(member, below(key), out);
    } else if (const auto* array = value.if_array()) {
        for (std::size_t i = 0; i < array->size(); ++i) print_values((*array)[i], below(std::to_string(i)), out);
    } else {
        out += path + ": " + printed(value) + '\n';
    }
}

// What names an item and how it is, in this order, as far as it has it.
constexpr std::string_view columns[] = {"id",   "state",  "stream", "kind",  "protocol",
                                        "peer", "target", "rung",   "bytes", "reason"};

void print_item(const json::object& item, std::string& out) {
    std::string line;
    for (const std::string_view column : columns) {
        const json::value* value = item.if_contains(column);
        if (value == nullptr || *value == json::value("")) continue;
        line += (line.empty() ? "" : "  ") + printed(*value);
    }
    if (const auto* viewers = item.if_contains("viewers"))
        line += fmt::format("  {} viewers", printed(viewers->at("total")));
    out += line + '\n';
}

// The words of a refusal; the whole answer where it has none.
std::string words_of(const json::value& answer, std::string_view text) {
    const json::object* object = answer.if_object();
    const json::value* error = object != nullptr ? object->if_contains("error") : nullptr;
    const json::value* message =
        error != nullptr && error->is_object() ? error->get_object().if_contains("message") : nullptr;
    return message != nullptr ? printed(*message) : std::string(text);
}

std::string fields_of(const CtlServer& server, const CtlRequest& request) {
    std::string fields;
    if (!request.body.empty()) fields += "Content-Type: application/json\r\n";
    if (!server.token.empty()) fields += "Authorization: Bearer " + server.token + "\r\n";
    return fields;
}

base::Result<HttpAnswer> ask(HttpUrl url, HttpQuestion question) {
    boost::asio::io_context context(1);
    HttpClient client(context.get_executor(), "weir-ctl");
    std::optional<base::Result<HttpAnswer>> answer;
    boost::asio::co_spawn(context, client.request(std::move(url), std::move(question)),
                          [&](const std::exception_ptr&, auto result) { answer = std::move(result); });
    context.run_for(patience);
    if (!answer) return base::fail(base::ErrorKind::timed_out, "the server does not answer");
    return *std::move(answer);
}

}  // namespace

std::string ctl_stream_path(const std::string& stream, const std::string& behind) {
    const auto id = base::parse_stream_id(stream);
    return id ? "/streams/" + id->text() + behind : "";
}

std::string ctl_text(const std::string& text) {
    json::error_code error;
    const json::value answer = json::parse(text, error);
    if (error) return text;
    std::string out;
    const json::object* object = answer.if_object();
    const json::value* items = object != nullptr ? object->if_contains("items") : nullptr;
    if (items == nullptr || !items->is_array()) {
        print_values(answer, "", out);
        return out;
    }
    for (const json::value& item : items->get_array())
        if (item.is_object()) print_item(item.get_object(), out);
    return out;
}

int ctl(const CtlServer& server, const CtlRequest& request) {
    auto url = parse_http_url(server.url);
    if (!url) {
        say(stderr, fmt::format("{}: the server's address is http://HOST:PORT\n", server.url));
        return 2;
    }
    url->path = "/api/v1" + request.path;
    const auto answer =
        ask(*url, {.method = request.method, .fields = fields_of(server, request), .body = request.body});
    if (!answer) {
        say(stderr, fmt::format("{}: {}\n", server.url, answer.error().text));
        return 1;
    }
    const std::string text(answer->text());
    if (answer->status >= 300) {
        json::error_code error;
        say(stderr, words_of(json::parse(text, error), text) + '\n');
        return 1;
    }
    say(stdout, server.json ? text : ctl_text(text));
    return 0;
}

}  // namespace weir::app
