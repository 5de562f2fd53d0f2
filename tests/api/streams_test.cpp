#include "api/streams.hpp"

#include "api/api_house.hpp"
#include "api/openapi.hpp"
#include "net/route_answers.hpp"
#include "stream/house.hpp"
#include "stream/studio.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace weir::api {

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using stream::test::at;

class StreamsApi : public testing::Test {
  protected:
    std::shared_ptr<stream::Stream> open(base::StreamId id) { return *registry.open(std::move(id), {}, shard, at(0s)); }
    /// Live, with a keyframe of 1280x720 and sound.
    std::shared_ptr<stream::Stream> publish(base::StreamId id, std::string client = "OBS 30.1") {
        const auto stream = open(std::move(id));
        const auto publication = stream->publish(
            {.id = "p-1", .protocol = "rtmp", .peer = "192.0.2.7:50112", .client = std::move(client)}, [](auto) {},
            at(0s));
        stream->push(*publication, {{stream::test::key(0, 1000), stream::test::both()}}, {.gap = 3}, at(0s));
        registry.refresh(stream, at(0s));
        return stream;
    }
    /// The same with a ladder: 720p is left out, 360p runs, 180p is shed.
    void publish_with_rungs(base::StreamId id) {
        studio.plan.insert(studio.plan.begin(), {.name = "720p", .left_out = "the source has its height"});
        media::TrackSet tracks = *stream::test::both();
        tracks.tracks.front().announced_bitrate = 4'000'000;
        const auto set = std::make_shared<const media::TrackSet>(std::move(tracks));
        const auto stream = *laddered.open(std::move(id), {}, shard, at(0s));
        const auto publication = stream->publish({.id = "p-1"}, [](auto) {}, at(0s));
        for (int t = 0; t <= 400; t += 40)
            stream->push(*publication, {{stream::test::video(t, t == 0, 100), set}}, {}, at(0s));
        studio.stats[1] = {.state = stream::RungState::running,
                           .dropped_overload = 8,
                           .encode = {.p50 = 4100us, .p95 = 7900us, .p99 = 12ms},
                           .queue_depth = 1,
                           .queue_limit = 8,
                           .speed = 1.5};
        studio.stats[2].state = stream::RungState::shed;
        studio.stats[2].reason = "the machine is overloaded";
        stream->tick(at(100ms));
        laddered.refresh(stream, at(1s));
    }
    json::value get(std::string_view target) { return get(target, answers); }
    json::value get(std::string_view target, net::RouteAnswers& from) {
        const net::HttpResponse response = from.get(target, {}, at(10s));
        status = code(response.status);
        return json::parse(net::text_of(response));
    }

    unsigned status = 0;
    base::InlineExecutor shard;
    stream::test::PackagerShelf shelf;
    stream::Registry registry{{.streams = 1000}, shelf.factory()};
    net::RouteAnswers answers{stream_routes(registry)};
    stream::test::Studio studio;
    stream::Registry laddered{{.streams = 1000}, shelf.factory(), studio.factory()};
    net::RouteAnswers answers_with_rungs{stream_routes(laddered)};
};

TEST_F(StreamsApi, AStreamIsDescribedAsTheContractSays) {
    const auto stream = publish({"live", "demo"});
    stream->viewers()[stream::ViewerCounts::flv] = 3;
    EXPECT_EQ(get("/api/v1/streams/live/demo"), json::parse(R"({
        "id": "live/demo", "state": "running", "since": "2027-01-15T08:00:00.000Z", "reason": "", "paused": false,
        "publisher": {"id": "p-1", "protocol": "rtmp", "peer": "192.0.2.7:50112", "client": "OBS 30.1", "rank": "source"},
        "contenders": [{"id": "p-1", "protocol": "rtmp", "peer": "192.0.2.7:50112", "client": "OBS 30.1", "rank": "source",
                        "state": "on_air"}],
        "tracks": [
            {"id": 1, "kind": "video", "codec": "h264", "codec_string": "avc1.64001f", "width": 1280, "height": 720, "frame_rate": 0.0},
            {"id": 2, "kind": "audio", "codec": "aac", "codec_string": "mp4a.40.2", "sample_rate": 48000, "channels": 2}],
        "renditions": [{"name": "source", "state": "running", "bitrate": 8000, "width": 1280, "height": 720}],
        "viewers": {"total": 3, "hls": 0, "dash": 0, "flv": 3, "ts": 0, "mp4": 0, "aac": 0, "rtmp": 0, "ws": 0, "srt": 0, "rtsp": 0},
        "addresses": {"hls": "/live/demo/index.m3u8", "dash": "/live/demo/manifest.mpd",
                      "hls_ts": "/live/demo/ts.m3u8", "flv": "/live/demo.flv",
                      "ts": "/live/demo.ts", "mp4": "/live/demo.mp4", "aac": "/live/demo.aac"}})"));
}

TEST_F(StreamsApi, StatisticsAreTold) {
    const auto stream = publish({"live", "demo"});
    stream->delivery().bytes = 912345678;
    stream->delivery().jumps = 2;
    const json::object stats = get("/api/v1/streams/live/demo/stats").as_object();
    EXPECT_EQ(stats.at("uptime_seconds").as_double(), 10.0);
    EXPECT_EQ(stats.at("input").at("frames").to_number<int>(), 1);
    EXPECT_EQ(stats.at("input").at("bytes").to_number<int>(), 1000);
    EXPECT_EQ(stats.at("input").at("timestamp_faults").at("gap").to_number<int>(), 3);
    EXPECT_EQ(stats.at("delivery").at("bytes").to_number<int>(), 912345678);
    EXPECT_EQ(stats.at("delivery").at("jumps").to_number<int>(), 2);
}

TEST_F(StreamsApi, WhoIsOnAirAndWhoStandsByIsTold) {
    const auto stream = publish({"live", "demo"});
    const auto backup = stream->publish({.id = "p-2", .rank = stream::Rank::backup}, [](auto) {}, at(2s));
    stream->push(*backup, {{stream::test::key(0), stream::test::both()}}, {}, at(2s));
    registry.refresh(stream, at(2s));
    const json::value described = get("/api/v1/streams/live/demo");
    EXPECT_EQ(described.at("publisher").at("id").as_string(), "p-2");
    EXPECT_EQ(described.at("publisher").at("rank").as_string(), "backup");
    EXPECT_EQ(described.at("reason").as_string(), "the source fell silent");
    EXPECT_EQ(described.at("contenders").at(0).at("state").as_string(), "silent");
    EXPECT_EQ(described.at("contenders").at(1).at("state").as_string(), "on_air");
    EXPECT_EQ(get("/api/v1/streams/live/demo/stats").at("input").at("switches"),
              json::parse(R"({"silent": 1, "left": 0, "returned": 0})"));
}

TEST_F(StreamsApi, RungsAreDescribedWithWhatKeepsThemFromRunning) {
    publish_with_rungs({"live", "demo"});
    EXPECT_EQ(get("/api/v1/streams/live/demo", answers_with_rungs).at("renditions"), json::parse(R"([
        {"name": "source", "state": "running", "bitrate": 8800, "width": 1280, "height": 720},
        {"name": "720p", "state": "left_out", "bitrate": 0, "reason": "the source has its height"},
        {"name": "360p", "state": "running", "bitrate": 640, "width": 640, "height": 360},
        {"name": "180p", "state": "shed", "bitrate": 640, "width": 320, "height": 180, "reason": "the machine is overloaded"}])"));
}

TEST_F(StreamsApi, StatisticsOfRungsAndOfTheirWorkerAreTold) {
    publish_with_rungs({"live", "demo"});
    const json::object stats = get("/api/v1/streams/live/demo/stats", answers_with_rungs).as_object();
    const json::object& renditions = stats.at("renditions").as_object();
    EXPECT_EQ(renditions.size(), 2U) << "there is nothing to tell of a rung that is left out";
    EXPECT_EQ(renditions.at("360p"), json::parse(R"(
        {"frames": 8, "bytes": 80, "dropped": {"overload": 8, "sound": 0}, "encode_ms": {"p50": 4.1, "p95": 7.9, "p99": 12.0},
         "queue": {"depth": 1, "limit": 8}, "speed": 1.5})"));
    EXPECT_EQ(stats.at("worker"), json::parse(R"(
        {"pid": 4711, "restarts": 0, "memory_bytes": 1048576, "alive": {"frames": 0, "packets": 0, "contexts": 0}})"));

    (void)publish({"live", "plain"});
    const json::value plain = get("/api/v1/streams/live/plain/stats");
    EXPECT_TRUE(plain.at("renditions").as_object().empty());
    EXPECT_TRUE(plain.at("worker").is_null());
}

TEST_F(StreamsApi, ASourceThatIsNotInHlsSaysWhy) {
    const auto stream = *laddered.open({"live", "demo"}, {}, shard, at(0s));
    const auto publication = stream->publish({.id = "p-1"}, [](auto) {}, at(0s));
    const auto tracks = stream::test::both();
    for (int t = 0; t <= 8000; t += 40) {
        const base::Now now = at(std::chrono::milliseconds(t));
        stream->push(*publication, {{stream::test::video(t, t == 0), tracks}}, {}, now);
        stream->tick(now);
    }
    laddered.refresh(stream, at(8s));
    const json::value source = get("/api/v1/streams/live/demo", answers_with_rungs).at("renditions").at(0);
    EXPECT_EQ(source.at("state").as_string(), "not_offered");
    EXPECT_EQ(source.at("reason").as_string(), "keyframes more than 6.0 s apart");
}

TEST_F(StreamsApi, AnUnknownStreamIsNotFoundInWords) {
    for (const std::string_view target : {"/api/v1/streams/live/none", "/api/v1/streams/live/none/stats",
                                          "/api/v1/streams/live/a%3Cb%3E", "/api/v1/streams/.x/y"}) {
        const json::value error = get(target);
        EXPECT_EQ(status, 404U) << target;
        EXPECT_EQ(error.at("error").at("code").as_string(), "stream_not_found") << target;
        EXPECT_FALSE(error.at("error").at("message").as_string().empty()) << target;
        EXPECT_TRUE(error.at("error").at("detail").is_object()) << target;
    }
}

TEST_F(StreamsApi, WhatAPublisherSaysOfItselfCannotBreakTheJson) {
    (void)publish({"live", "demo"}, "\"</script>\n\xff\xfe");
    EXPECT_EQ(get("/api/v1/streams/live/demo").at("publisher").at("client").as_string(),
              "\"</script>\n\xEF\xBF\xBD\xEF\xBF\xBD");
}

std::string ids_of(const json::value& page) {
    std::string ids;
    for (const json::value& item : page.at("items").as_array()) ids.append(item.at("id").as_string()).append(" ");
    return ids;
}

TEST_F(StreamsApi, EveryStreamIsOnExactlyOnePage) {
    // '-' and '.' sort before '/': the order of apps is not the order of the texts.
    for (const char* app : {"a", "a-b", "a.b", "b"})
        for (const char* name : {"1", "2"}) (void)open({app, name});
    for (const int limit : {1, 2, 3, 5, 8, 100}) {
        std::string all;
        std::string after;
        for (int pages = 0; pages < 10; ++pages) {
            const json::value page = get("/api/v1/streams?limit=" + std::to_string(limit) + after);
            EXPECT_EQ(page.at("total").to_number<int>(), 8);
            all += ids_of(page);
            if (page.at("next").is_null()) break;
            after = "&after=" + std::string(page.at("next").as_string());
        }
        EXPECT_EQ(all, "a/1 a/2 a-b/1 a-b/2 a.b/1 a.b/2 b/1 b/2 ") << "pages of " << limit;
    }
}

TEST_F(StreamsApi, TheListIsFiltered) {
    (void)open({"cam", "1"});
    (void)open({"live", "1"});
    (void)publish({"live", "2"});
    EXPECT_EQ(ids_of(get("/api/v1/streams?prefix=live/")), "live/1 live/2 ");
    EXPECT_EQ(ids_of(get("/api/v1/streams?state=running")), "live/2 ");
    EXPECT_EQ(get("/api/v1/streams?state=running").at("total").to_number<int>(), 1);
    EXPECT_EQ(ids_of(get("/api/v1/streams?prefix=nothing")), "");
}

TEST_F(StreamsApi, ParametersThatMakeNoSenseAreRefusedInWords) {
    for (const std::string_view query :
         {"limit=0", "limit=1001", "limit=x", "limit=-1", "limit=", "after=x", "after=../y"}) {
        const json::value error = get("/api/v1/streams?" + std::string(query));
        EXPECT_EQ(status, 400U) << query;
        EXPECT_EQ(error.at("error").at("code").as_string(), "bad_parameter") << query;
    }
}

/// All "$ref" in a document.
void collect_references(const json::value& value, std::vector<std::string>& references) {
    if (const auto* object = value.if_object())
        for (const auto& [key, member] : *object) {
            if (key == "$ref") references.emplace_back(member.as_string());
            collect_references(member, references);
        }
    if (const auto* array = value.if_array())
        for (const json::value& item : *array) collect_references(item, references);
}

TEST_F(StreamsApi, TheDescriptionNamesEveryRouteWithWhatItIsFor) {
    std::vector<net::Route> routes = stream_routes(registry);
    test::Store store;
    test::ApiHouse house(store);
    for (auto more : {control_routes(house.control()), session_routes(house.sessions())})
        std::ranges::move(more, std::back_inserter(routes));
    routes.push_back(openapi_route(routes, "1"));
    const json::object document = openapi_document(routes, "1");
    std::size_t described = 0;
    for (const auto& [path, methods] : document.at("paths").as_object())
        for (const auto& [method, operation] : methods.as_object()) {
            ++described;
            const json::value* summary = operation.as_object().if_contains("summary");
            EXPECT_TRUE(summary != nullptr && !summary->as_string().empty()) << method << " " << path;
        }
    EXPECT_EQ(described, routes.size());
    std::vector<std::string> references;
    collect_references(document, references);
    EXPECT_FALSE(references.empty());
    const json::object& schemas = document.at("components").at("schemas").as_object();
    for (const std::string& reference : references)
        EXPECT_TRUE(schemas.contains(reference.substr(std::string_view("#/components/schemas/").size()))) << reference;
}

TEST_F(StreamsApi, TheDescriptionIsServed) {
    net::RouteAnswers served({openapi_route(stream_routes(registry), "0.1.0")});
    const json::value document = json::parse(net::text_of(served.get("/api/v1/openapi.json")));
    EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
    EXPECT_EQ(document.at("info").at("version").as_string(), "0.1.0");
    const json::value& one = document.at("paths").at("/streams/{app}/{name}").at("get");
    EXPECT_EQ(one.at("parameters").as_array().size(), 2U);
    EXPECT_TRUE(document.at("paths").as_object().contains("/openapi.json"));
}

}  // namespace

}  // namespace weir::api
