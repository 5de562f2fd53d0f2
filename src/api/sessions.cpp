#include "api/sessions.hpp"

#include "api/access.hpp"
#include "api/body.hpp"
#include "api/json.hpp"
#include "base/clock.hpp"
#include "net/ask.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::api {

namespace asio = boost::asio;
namespace http = proto::http;
namespace json = boost::json;
using http::Status;
using net::HttpResponse;

namespace {

constexpr std::size_t most_items = 1000;
constexpr std::string_view reason = "sent away by an operator";

struct Session {
    std::string_view kind;  ///< "publisher", "viewer"
    stream::SessionInfo info;
};

json::object json_of(const Session& session) {
    return {{"id", session.info.id},
            {"kind", session.kind},
            {"stream", session.info.stream},
            {"rung", session.info.rung},
            {"protocol", session.info.protocol},
            {"peer", session.info.peer},
            {"bytes", session.info.bytes}};
}

asio::awaitable<std::vector<Session>> collect_viewers(const SessionSurroundings& around) {
    std::vector<Session> all;
    for (std::size_t index = 0; index < around.shards.count(); ++index) {
        auto here = co_await net::ask(around.shards.at(index), [&around, index] {
            std::vector<stream::SessionInfo> listed;
            for (const SessionSurroundings::Source& source : around.sources) source(index).list_sessions(listed);
            return listed;
        });
        for (stream::SessionInfo& info : here) all.push_back({"viewer", std::move(info)});
    }
    co_return all;
}

void add_publishers(stream::Registry& registry, std::vector<Session>& all) {
    for (const stream::StreamSnapshotRef& snapshot : registry.list())
        if (const auto& publisher = snapshot->publisher)
            all.push_back({"publisher",
                           {.id = publisher->id,
                            .protocol = publisher->protocol,
                            .peer = publisher->peer,
                            .stream = snapshot->id.text(),
                            .rung = "source",
                            .bytes = snapshot->input.bytes}});
}

// By id, which keeps its place among the others while they come and go.
asio::awaitable<HttpResponse> list(const SessionSurroundings& around, const http::Request& request) {
    std::size_t limit = 100;
    if (const auto text = request.target.parameter("limit")) {
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
        if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > most_items)
            co_return api_error(Status::bad_request, "bad_parameter", "limit is a number from 1 to 1000", "limit");
    }
    const std::string stream(request.target.parameter("stream").value_or(""));
    const std::string after(request.target.parameter("after").value_or(""));
    std::vector<Session> all = co_await collect_viewers(around);
    add_publishers(around.registry, all);
    if (!stream.empty()) std::erase_if(all, [&](const Session& one) { return one.info.stream != stream; });
    std::ranges::sort(all, {}, [](const Session& one) -> const std::string& { return one.info.id; });
    json::array items;
    json::value next = nullptr;
    for (const Session& session : all) {
        if (session.info.id <= after) continue;
        if (items.size() == limit) {
            next = items.back().at("id");
            break;
        }
        items.push_back(json_of(session));
    }
    co_return json_response(
        json::object{{"items", std::move(items)}, {"total", all.size()}, {"next", std::move(next)}});
}

asio::awaitable<bool> kick_publisher(const SessionSurroundings& around, const std::string& id) {
    for (const stream::StreamSnapshotRef& snapshot : around.registry.list()) {
        if (!snapshot->publisher || snapshot->publisher->id != id) continue;
        const auto stream = around.registry.find(snapshot->id);
        if (stream == nullptr) continue;
        const bool is_gone = co_await net::ask(stream->shard(), [&] {
            const base::Now now = base::read_clocks();
            const bool kicked = stream->kick(id, reason, now);
            around.registry.refresh(stream, now);
            return kicked;
        });
        if (is_gone) co_return true;
    }
    co_return false;
}

asio::awaitable<bool> kick_viewer(const SessionSurroundings& around, const std::string& id) {
    for (std::size_t index = 0; index < around.shards.count(); ++index) {
        const bool is_gone = co_await net::ask(around.shards.at(index), [&] {
            return std::ranges::any_of(around.sources, [&](const SessionSurroundings::Source& source) {
                return source(index).end_session(id);
            });
        });
        if (is_gone) co_return true;
    }
    co_return false;
}

asio::awaitable<HttpResponse> kick(const SessionSurroundings& around, const net::RequestContext& context) {
    const std::string id(context.captures["id"]);
    bool is_gone = co_await kick_publisher(around, id);
    if (!is_gone) is_gone = co_await kick_viewer(around, id);
    if (is_gone) co_return json_response(json::object{{"id", id}, {"ended", true}});
    co_return api_error(Status::not_found, "session_not_found", "nobody of that id is connected");
}

}  // namespace

std::vector<net::Route> session_routes(const SessionSurroundings& around) {
    using enum http::Method;
    return {
        {get, "/api/v1/sessions", net::Audience::api,
         guarded(around.config,
                 [&around](const http::Request& request, net::RequestContext&) { return list(around, request); })},
        {remove, "/api/v1/sessions/{id}", net::Audience::api,
         guarded(around.config,
                 [&around](const http::Request&, net::RequestContext& context) { return kick(around, context); })},
    };
}

}  // namespace weir::api
