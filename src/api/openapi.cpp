#include "api/openapi.hpp"

#include "api/json.hpp"

#include <algorithm>
#include <array>

namespace weir::api {

namespace json = boost::json;
using proto::http::Method;

namespace {

constexpr std::string_view root = "/api/v1";
constexpr std::string_view own_address = "/api/v1/openapi.json";

struct QueryParameter {
    std::string_view name;
    std::string_view type;
    std::string_view description;
};

struct Operation {
    Method method;
    std::string_view pattern;
    std::string_view summary;
    std::string_view schema;  ///< of the answer, in `schemas`; any object where it is empty
    std::span<const QueryParameter> query;
    std::string_view body{};          ///< of the request, in `schemas`; none where it is empty
    std::string_view success{"200"};  ///< its status
};

constexpr QueryParameter list_query[] = {
    {"state", "string", "Only streams in this state."},
    {"prefix", "string", "Only streams whose id starts so."},
    {"limit", "integer", "At most so many items, 1 to 1000; 100 unless said."},
    {"after", "string", "Only streams behind this id: the `next` of the page before."},
};

constexpr QueryParameter sessions_query[] = {
    {"stream", "string", "Only those of this stream."},
    {"limit", "integer", "At most so many items, 1 to 1000; 100 unless said."},
    {"after", "string", "Only those behind this id: the `next` of the page before."},
};

constexpr Operation operations[] = {
    {Method::get, "/api/v1/streams", "The streams, in the order of their ids.", "StreamList", list_query},
    {Method::get, "/api/v1/streams/{app}/{name}", "One stream.", "Stream", {}},
    {Method::get, "/api/v1/streams/{app}/{name}/stats", "What a stream receives and delivers.", "Statistics", {}},
    {Method::post,
     "/api/v1/streams",
     "Creates a stream: it is there before somebody publishes it, with these options.",
     "StreamOptions",
     {},
     "NewStream",
     "201"},
    {Method::remove,
     "/api/v1/streams/{app}/{name}",
     "Ends a stream gracefully, and forgets what was set for it over the API. Its publisher is told, and may come "
     "back.",
     "Ended",
     {}},
    {Method::get, "/api/v1/streams/{app}/{name}/config", "The options of a stream.", "StreamOptions", {}},
    {Method::put,
     "/api/v1/streams/{app}/{name}/config",
     "Changes options of a stream, over the configuration file; kept over a restart. `null` takes an option back to "
     "the file's. "
     "`changed` says of each whether it holds at once.",
     "StreamOptions",
     {},
     "Options"},
    {Method::post,
     "/api/v1/streams/{app}/{name}/pause",
     "Takes nothing in until `resume`: the publisher stays connected, viewers wait as for one that was lost.",
     "StreamOptions",
     {}},
    {Method::post,
     "/api/v1/streams/{app}/{name}/resume",
     "Ends a pause: viewers go on at the publisher's next keyframe.",
     "StreamOptions",
     {}},
    {Method::get, "/api/v1/streams/{app}/{name}/push", "Where else the stream is sent.", "PushList", {}},
    {Method::post,
     "/api/v1/streams/{app}/{name}/push",
     "Sends the stream to another server, now and whenever it runs, until it is stopped; kept over a restart.",
     "Push",
     {},
     "NewPush",
     "201"},
    {Method::remove, "/api/v1/streams/{app}/{name}/push/{push}", "Sends the stream there no longer.", "", {}},
    {Method::get, "/api/v1/sessions",
     "Who is connected: publishers, and viewers of endless streams. In the order of their ids.", "SessionList",
     sessions_query},
    {Method::remove, "/api/v1/sessions/{id}", "Sends somebody away. A publisher is told, and may come back.", "", {}},
    {Method::get, own_address, "This description.", "", {}},
};

// Kept as JSON: it is one big table. Keys beyond those named here may join later.
constexpr std::string_view schemas = R"json({
"Error": {"type": "object", "required": ["error"], "properties": {
    "error": {"type": "object", "required": ["code", "message", "detail"], "properties": {
        "code": {"type": "string", "description": "For programs: stream_not_found."},
        "message": {"type": "string", "description": "For people."},
        "detail": {"type": "object"}}}}},
"StreamList": {"type": "object", "required": ["items", "total", "next"], "properties": {
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Stream"}},
    "total": {"type": "integer", "description": "How many match, on all pages."},
    "next": {"type": ["string", "null"], "description": "The `after` of the next page."}}},
"Stream": {"type": "object", "required": ["id", "state", "since", "reason", "paused", "publisher", "contenders", "tracks", "renditions", "viewers", "addresses"], "properties": {
    "id": {"type": "string", "examples": ["live/demo"]},
    "state": {"enum": ["new", "starting", "running", "recovering", "stopping", "stopped", "error", "failed"]},
    "since": {"type": "string", "format": "date-time", "description": "When the state was entered."},
    "reason": {"type": "string", "description": "Why it is in this state; may be empty."},
    "paused": {"type": "boolean", "description": "Nothing is taken in from its publisher."},
    "publisher": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Publisher"}], "description": "Who is on air."},
    "contenders": {"type": "array", "items": {"$ref": "#/components/schemas/Contender"}, "description": "Who would be, the better first."},
    "tracks": {"type": "array", "items": {"$ref": "#/components/schemas/Track"}},
    "renditions": {"type": "array", "items": {"$ref": "#/components/schemas/Rendition"}},
    "viewers": {"type": "object", "required": ["total"], "additionalProperties": {"type": "integer"}, "description": "In all, and by protocol."},
    "addresses": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Paths on this server, by protocol."}}},
"Options": {"type": "object", "description": "Those of `streams:` in the configuration file (docs/configuration.md), as they are written there. `ladder` may also be a list of rungs: the stream's own."},
"NewStream": {"allOf": [{"$ref": "#/components/schemas/Options"}, {"type": "object", "required": ["id"], "properties": {
    "id": {"type": "string", "examples": ["live/demo"]}}}]},
"StreamOptions": {"type": "object", "required": ["id", "options", "set"], "properties": {
    "id": {"type": "string"},
    "options": {"$ref": "#/components/schemas/Options"},
    "set": {"type": "object", "description": "Those of them that the API has set, as they were written."},
    "changed": {"type": "object", "description": "After a change: by option.", "additionalProperties": {"type": "object", "properties": {
        "to": {"type": "string"}, "effect": {"type": "string", "description": "When it holds: at once, or for streams that start afterwards."}}}}}},
"Ended": {"type": "object", "properties": {
    "id": {"type": "string"}, "stopped": {"type": "boolean", "description": "It ran."},
    "forgotten": {"type": "boolean", "description": "Something was set for it."}}},
"NewPush": {"type": "object", "required": ["url"], "properties": {
    "url": {"type": "string", "examples": ["rtmp://example.org/live/key"]},
    "rung": {"type": "string", "default": "source", "description": "Which rendition is sent."}}},
"Push": {"type": "object", "properties": {
    "id": {"type": "string", "description": "Among the targets of its stream."},
    "target": {"type": "string", "description": "The address, without what may be secret in it."},
    "rung": {"type": "string"},
    "state": {"enum": ["waiting", "connecting", "running", "failed"], "description": "waiting: for the stream, or for the next attempt; failed: it cannot work while the stream stays what it is."},
    "reason": {"type": "string", "description": "Why it is in this state; may be empty."},
    "since": {"type": "string", "format": "date-time"},
    "attempts": {"type": "integer"}, "next_attempt_seconds": {"type": ["number", "null"]},
    "bytes": {"type": "integer", "description": "Sent, in all attempts."}, "retransmitted": {"type": "integer", "description": "Bytes."},
    "round_trip_ms": {"type": ["number", "null"]}}},
"PushList": {"type": "object", "required": ["items"], "properties": {
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Push"}}}},
"SessionList": {"type": "object", "required": ["items", "total", "next"], "properties": {
    "items": {"type": "array", "items": {"type": "object", "properties": {
        "id": {"type": "string"}, "kind": {"enum": ["publisher", "viewer"]}, "stream": {"type": "string"}, "rung": {"type": "string"},
        "protocol": {"type": "string"}, "peer": {"type": "string"}, "bytes": {"type": "integer", "description": "Received from a publisher, sent to a viewer."}}}},
    "total": {"type": "integer"}, "next": {"type": ["string", "null"]}}},
"Publisher": {"type": "object", "properties": {
    "id": {"type": "string"}, "protocol": {"type": "string"}, "peer": {"type": "string"},
    "client": {"type": "string", "description": "What the publisher says it is."},
    "rank": {"enum": ["source", "backup", "slate"]}}},
"Contender": {"allOf": [{"$ref": "#/components/schemas/Publisher"}, {"type": "object", "properties": {
    "state": {"enum": ["on_air", "ready", "waiting", "silent"], "description": "ready: it can go on air at once; waiting: for its next keyframe."}}}]},
"Track": {"type": "object", "properties": {
    "id": {"type": "integer"}, "kind": {"enum": ["video", "audio"]}, "codec": {"type": "string"},
    "codec_string": {"type": "string", "description": "RFC 6381."},
    "width": {"type": "integer"}, "height": {"type": "integer"}, "frame_rate": {"type": "number"},
    "sample_rate": {"type": "integer"}, "channels": {"type": "integer"}}},
"Rendition": {"type": "object", "properties": {
    "name": {"type": "string"},
    "state": {"type": "string", "description": "Of `source` the stream's, or not_offered: it is not in HLS; of a rung starting, running, recovering, shed, failed or left_out."},
    "bitrate": {"type": "integer", "description": "Bits a second, over the last seconds."},
    "width": {"type": "integer"}, "height": {"type": "integer"},
    "reason": {"type": "string", "description": "Why it is not running; may be empty."}}},
"Statistics": {"type": "object", "properties": {
    "uptime_seconds": {"type": "number"},
    "input": {"type": "object", "properties": {
        "frames": {"type": "integer"}, "bytes": {"type": "integer"}, "bitrate": {"type": "integer"},
        "timestamp_faults": {"type": "object", "additionalProperties": {"type": "integer"}},
        "switches": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "Times that another source went on air, by reason."}}},
    "renditions": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/RungStatistics"}, "description": "Of the rungs that are made, by name."},
    "worker": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Worker"}]},
    "delivery": {"type": "object", "properties": {
        "bytes": {"type": "integer"}, "jumps": {"type": "integer"},
        "first_frame_ms": {"$ref": "#/components/schemas/Quantiles"}}}}},
"RungStatistics": {"type": "object", "properties": {
    "frames": {"type": "integer"}, "bytes": {"type": "integer"},
    "dropped": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "By reason: frames in overload, sound that no picture came for."},
    "encode_ms": {"$ref": "#/components/schemas/Quantiles"},
    "queue": {"type": "object", "properties": {"depth": {"type": "integer"}, "limit": {"type": "integer"}}, "description": "Frames that wait."},
    "speed": {"type": "number", "description": "What it could encode by what it has to."}}},
"Worker": {"type": "object", "properties": {
    "pid": {"type": "integer", "description": "0 while there is none."}, "restarts": {"type": "integer"}, "memory_bytes": {"type": "integer"},
    "alive": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "Objects of the codecs, by kind."}}},
"Quantiles": {"type": "object", "additionalProperties": {"type": "number"}, "description": "p50, p95, p99: milliseconds."}
})json";

json::object reference_to(std::string_view schema) { return {{"$ref", "#/components/schemas/" + std::string(schema)}}; }

json::object answer_of(std::string_view description, json::object schema) {
    return {{"description", description}, {"content", {{"application/json", {{"schema", std::move(schema)}}}}}};
}

/// What the braces of the pattern and the query take.
json::array parameters_of(std::string_view pattern, std::span<const QueryParameter> query) {
    json::array parameters;
    for (std::size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
        const std::string_view name = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
        parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
    }
    for (const QueryParameter& parameter : query)
        parameters.push_back({{"name", parameter.name},
                              {"in", "query"},
                              {"description", parameter.description},
                              {"schema", {{"type", parameter.type}}}});
    return parameters;
}

json::object describe(const net::Route& route) {
    const auto known = std::ranges::find_if(operations, [&](const Operation& operation) {
        return operation.method == route.method && operation.pattern == route.pattern;
    });
    if (known == std::end(operations)) return {{"responses", {{"200", {{"description", "OK"}}}}}};
    const json::object any{{"type", "object"}};
    json::object description{
        {"summary", known->summary},
        {"parameters", parameters_of(route.pattern, known->query)},
        {"responses",
         {{known->success, answer_of("OK", known->schema.empty() ? any : reference_to(known->schema))},
          {"default", answer_of("What went wrong.", reference_to("Error"))}}}};
    if (!known->body.empty())
        description["requestBody"] = {{"required", true},
                                      {"content", {{"application/json", {{"schema", reference_to(known->body)}}}}}};
    return description;
}

std::string in_small_letters(std::string_view text) {
    std::string small(text);
    std::ranges::transform(small, small.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    return small;
}

}  // namespace

json::object openapi_document(std::span<const net::Route> routes, std::string_view version) {
    json::object paths;
    for (const net::Route& route : routes) {
        if (!route.pattern.starts_with(root)) continue;
        json::value& path = paths[route.pattern.substr(root.size())];
        if (!path.is_object()) path.emplace_object();
        path.as_object()[in_small_letters(name(route.method))] = describe(route);
    }
    return {{"openapi", "3.1.0"},
            {"info", {{"title", "Weir"}, {"version", version}}},
            {"servers", json::array{{{"url", root}}}},
            {"paths", std::move(paths)},
            {"components", {{"schemas", json::parse(schemas)}}}};
}

net::Route openapi_route(std::span<const net::Route> routes, std::string_view version) {
    std::vector<net::Route> described(routes.begin(), routes.end());
    described.push_back({.method = Method::get, .pattern = own_address, .handler = {}});
    const base::Bytes text = base::Bytes::copy_of(json::serialize(openapi_document(described, version)) + '\n');
    return {Method::get, own_address, net::Audience::api,
            net::PlainHandler([text](const proto::http::Request&, net::RequestContext&) {
                return net::HttpResponse{.content_type = "application/json", .body = text};
            })};
}

}  // namespace weir::api
