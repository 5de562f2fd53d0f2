#include "api/streams.hpp"

#include "api/json.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <charconv>

namespace weir::api {

namespace http = proto::http;
namespace json = boost::json;
using http::Status;

namespace {

json::object json_of(const media::Track& track) {
    json::object object{{"id", track.id},
                        {"kind", media::name(track.kind)},
                        {"codec", media::info(track.codec).name},
                        {"codec_string", track.codec_string}};
    if (track.kind == media::Kind::video) {
        object["width"] = track.width;
        object["height"] = track.height;
        object["frame_rate"] = track.frame_rate;
    } else {
        object["sample_rate"] = track.sample_rate;
        object["channels"] = track.channels;
    }
    return object;
}

json::object source_rendition(const stream::StreamSnapshot& snapshot) {
    json::object object{
        {"name", "source"}, {"state", stream::name(snapshot.state)}, {"bitrate", snapshot.input.bitrate}};
    if (const media::Track* video = snapshot.tracks->first(media::Kind::video)) {
        object["width"] = video->width;
        object["height"] = video->height;
    }
    if (snapshot.state == stream::State::running && !snapshot.source_left_out.empty()) {
        object["state"] = "not_offered";
        object["reason"] = snapshot.source_left_out;
    }
    return object;
}

json::object rung_rendition(const stream::RungSnapshot& rung) {
    json::object object{{"name", rung.plan.name}, {"state", stream::name(rung.stats.state)}, {"bitrate", rung.bitrate}};
    if (rung.plan.height != 0) {
        object["width"] = rung.plan.width;
        object["height"] = rung.plan.height;
    }
    if (rung.stats.state != stream::RungState::running) object["reason"] = base::valid_utf8(rung.stats.reason);
    return object;
}

json::object json_of(const stream::PublisherInfo& publisher) {
    return {{"id", publisher.id},
            {"protocol", publisher.protocol},
            {"peer", publisher.peer},
            {"client", base::valid_utf8(publisher.client)},  // a stranger's text
            {"rank", stream::name(publisher.rank)}};
}

json::array contenders_of(const stream::StreamSnapshot& snapshot) {
    json::array contenders;
    for (const stream::ContenderSnapshot& one : snapshot.contenders) {
        json::object object = json_of(one.info);
        object["state"] = stream::name(one.state);
        contenders.push_back(std::move(object));
    }
    return contenders;
}

json::object viewers_of(stream::Registry& registry, const base::StreamId& id) {
    const auto stream = registry.find(id);
    json::object object{{"total", 0}};
    if (stream == nullptr) return object;
    const stream::ViewerCounts& viewers = stream->viewers();
    object["total"] = viewers.total();
    viewers.each([&](std::string_view protocol, std::uint32_t count) { object[protocol] = count; });
    return object;
}

// By protocol; WebSocket is at the addresses of `flv` and `mp4`.
json::object addresses_of(const std::string& id) {
    struct Row {
        std::string_view protocol;
        std::string_view behind;
    };
    static constexpr Row rows[] = {
        {"hls", "/index.m3u8"}, {"dash", "/manifest.mpd"}, {"hls_ts", "/ts.m3u8"}, {"flv", ".flv"},
        {"ts", ".ts"},          {"mp4", ".mp4"},           {"aac", ".aac"}};
    json::object addresses;
    for (const Row& row : rows) addresses[row.protocol] = '/' + id + std::string(row.behind);
    return addresses;
}

json::object describe(stream::Registry& registry, const stream::StreamSnapshot& snapshot) {
    const std::string id = snapshot.id.text();
    json::array tracks;
    json::array renditions;
    if (snapshot.tracks != nullptr) {
        for (const media::Track& track : snapshot.tracks->tracks) tracks.push_back(json_of(track));
        renditions.push_back(source_rendition(snapshot));
    }
    for (const stream::RungSnapshot& rung : snapshot.rungs) renditions.push_back(rung_rendition(rung));
    return {{"id", id},
            {"state", stream::name(snapshot.state)},
            {"since", print_time(snapshot.since)},
            {"reason", base::valid_utf8(snapshot.reason)},
            {"paused", snapshot.options.paused},
            {"publisher", snapshot.publisher ? json::value(json_of(*snapshot.publisher)) : nullptr},
            {"contenders", contenders_of(snapshot)},
            {"tracks", std::move(tracks)},
            {"renditions", std::move(renditions)},
            {"viewers", viewers_of(registry, snapshot.id)},
            {"addresses", addresses_of(id)}};
}

double milliseconds(std::chrono::microseconds duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

json::object statistics(const stream::RungSnapshot& rung) {
    const stream::RungStats& stats = rung.stats;
    return {{"frames", rung.counts.frames},
            {"bytes", rung.counts.bytes},
            {"dropped", {{"overload", stats.dropped_overload}, {"sound", rung.counts.sound_dropped}}},
            {"encode_ms",
             {{"p50", milliseconds(stats.encode.p50)},
              {"p95", milliseconds(stats.encode.p95)},
              {"p99", milliseconds(stats.encode.p99)}}},
            {"queue", {{"depth", stats.queue_depth}, {"limit", stats.queue_limit}}},
            {"speed", stats.speed}};
}

json::value statistics(const std::optional<stream::WorkerStats>& worker) {
    if (!worker) return nullptr;
    return {{"pid", worker->pid},
            {"restarts", worker->restarts},
            {"memory_bytes", worker->memory_bytes},
            {"alive", json_of_fields(worker->alive)}};
}

json::object switches_of(const stream::StreamSnapshot& snapshot) {
    json::object switches;
    for (std::size_t i = 0; i < snapshot.switches.size(); ++i)
        switches[stream::switch_reason_names[i]] = snapshot.switches[i];
    return switches;
}

// Of a publisher whose protocol counts packets.
json::value statistics(const std::optional<stream::PublisherInfo>& publisher) {
    if (!publisher || publisher->link == nullptr) return nullptr;
    const stream::LinkStats& link = *publisher->link;
    json::object packets;
    link.fields([&](std::string_view name, const base::Gauge& count) { packets[name] = count.value(); });
    return {{"round_trip_ms", milliseconds(std::chrono::microseconds(link.round_trip_us.value()))},
            {"latency_ms", link.latency_ms.value()},
            {"packets", std::move(packets)}};
}

json::object statistics(stream::Registry& registry, const stream::StreamSnapshot& snapshot, base::Now now) {
    json::object delivery;
    if (const auto stream = registry.find(snapshot.id)) {
        const stream::DeliveryCounts& counts = stream->delivery();
        delivery["bytes"] = counts.bytes.load();
        delivery["first_frame_ms"] = api::json_of(counts.first_frame.snapshot());
        delivery["jumps"] = counts.jumps.load();
    }
    json::object renditions;
    for (const stream::RungSnapshot& rung : snapshot.rungs)
        if (rung.stats.state != stream::RungState::left_out) renditions[rung.plan.name] = statistics(rung);
    return {{"uptime_seconds", std::chrono::duration<double>(now.wall - snapshot.started).count()},
            {"input",
             {{"frames", snapshot.input.frames},
              {"bytes", snapshot.input.bytes},
              {"bitrate", snapshot.input.bitrate},
              {"timestamp_faults", json_of_fields(snapshot.input.timestamp_faults)},
              {"switches", switches_of(snapshot)},
              {"link", statistics(snapshot.publisher)}}},
            {"renditions", std::move(renditions)},
            {"worker", statistics(snapshot.worker)},
            {"delivery", std::move(delivery)}};
}

using OverlayValue = net::ShardValue<config::Overlay>;

// A stream that was created, and that nobody has published yet.
stream::StreamSnapshotRef expected_stream(const base::StreamId& id, const config::StreamEntry& entry) {
    auto snapshot = std::make_shared<stream::StreamSnapshot>();
    snapshot->id = id;
    snapshot->reason = "created; it has no source yet";
    snapshot->since = snapshot->started = base::WallTime(std::chrono::seconds(entry.created));
    return snapshot;
}

stream::StreamSnapshotRef find(stream::Registry& registry, const OverlayValue* overlay,
                               const net::RequestContext& context) {
    const auto id =
        base::parse_stream_id(std::string(context.captures["app"]) + '/' + std::string(context.captures["name"]));
    if (!id) return nullptr;
    if (auto live = registry.snapshot(*id); live != nullptr || overlay == nullptr) return live;
    const config::Overlay& book = *overlay->get(context.shard);
    const auto entry = book.streams.find(id->text());
    return entry != book.streams.end() && entry->second.created != 0 ? expected_stream(*id, entry->second) : nullptr;
}

// By id: what is live, and what was created.
std::vector<stream::StreamSnapshotRef> all_streams(stream::Registry& registry, const OverlayValue* overlay,
                                                   const net::RequestContext& context) {
    std::vector<stream::StreamSnapshotRef> all = registry.list();
    if (overlay == nullptr) return all;
    const auto by_id = [](const stream::StreamSnapshotRef& snapshot) -> const base::StreamId& { return snapshot->id; };
    const std::size_t live = all.size();
    for (const auto& [name, entry] : overlay->get(context.shard)->streams) {
        const auto id = base::parse_stream_id(name);
        if (!id || entry.created == 0) continue;
        const auto end = all.begin() + static_cast<std::ptrdiff_t>(live);
        if (!std::ranges::binary_search(all.begin(), end, *id, {}, by_id)) all.push_back(expected_stream(*id, entry));
    }
    std::ranges::sort(all, {}, by_id);
    return all;
}

net::HttpResponse no_stream() {
    return net::http_error(net::ErrorForm::json, Status::not_found, "stream_not_found",
                           "there is no stream of that name");
}

constexpr std::size_t most_items = 1000;

// Items from behind `after`, in the order of their ids, at most `limit` of them; `next` is the `after` of the next page.
net::HttpResponse list(stream::Registry& registry, const OverlayValue* overlay, const http::Request& request,
                       const net::RequestContext& context) {
    const auto parameter = [&](std::string_view name) { return request.target.parameter(name).value_or(""); };
    std::size_t limit = 100;
    if (const auto text = request.target.parameter("limit")) {
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
        if (error != std::errc() || end != text->data() + text->size() || limit < 1 || limit > most_items)
            return net::http_error(net::ErrorForm::json, Status::bad_request, "bad_parameter",
                                   "limit is a number from 1 to 1000");
    }
    const std::string_view state = parameter("state");
    const std::string_view prefix = parameter("prefix");
    std::optional<base::StreamId> behind;
    if (const auto after = request.target.parameter("after")) {
        const auto id = base::parse_stream_id(*after);
        if (!id)
            return net::http_error(net::ErrorForm::json, Status::bad_request, "bad_parameter",
                                   "after is the id of a stream");
        behind = *id;
    }
    json::array items;
    json::value next = nullptr;
    std::size_t total = 0;
    std::string last;
    for (const stream::StreamSnapshotRef& snapshot : all_streams(registry, overlay, context)) {
        const std::string id = snapshot->id.text();
        if (!id.starts_with(prefix) || (!state.empty() && stream::name(snapshot->state) != state)) continue;
        ++total;
        if (behind && snapshot->id <= *behind) continue;  // in the order of the list, which is not that of the texts
        if (items.size() < limit) {
            items.push_back(describe(registry, *snapshot));
            last = id;
        } else if (next.is_null()) {
            next = json::string(last);
        }
    }
    return json_response(json::object{{"items", std::move(items)}, {"total", total}, {"next", std::move(next)}});
}

}  // namespace

std::vector<net::Route> stream_routes(stream::Registry& registry, const OverlayValue* overlay) {
    using enum http::Method;
    return {
        {get, "/api/v1/streams", net::Audience::api,
         net::PlainHandler([&registry, overlay](const http::Request& request, net::RequestContext& context) {
             return list(registry, overlay, request, context);
         })},
        {get, "/api/v1/streams/{app}/{name}", net::Audience::api,
         net::PlainHandler([&registry, overlay](const http::Request&, net::RequestContext& context) {
             const auto snapshot = find(registry, overlay, context);
             return snapshot == nullptr ? no_stream() : json_response(describe(registry, *snapshot));
         })},
        {get, "/api/v1/streams/{app}/{name}/stats", net::Audience::api,
         net::PlainHandler([&registry, overlay](const http::Request&, net::RequestContext& context) {
             const auto snapshot = find(registry, overlay, context);
             return snapshot == nullptr ? no_stream() : json_response(statistics(registry, *snapshot, context.now));
         })},
    };
}

}  // namespace weir::api
