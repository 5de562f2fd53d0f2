#include "api/control.hpp"

#include "api/api_house.hpp"

namespace weir::api {
namespace {

namespace json = boost::json;
using test::ApiHouse;
using test::Store;

std::string_view code_of(const json::value& error) { return error.at("error").at("code").as_string(); }
std::string_view field_of(const json::value& error) { return error.at("error").at("detail").at("field").as_string(); }
std::string_view state_of(const json::value& stream) { return stream.at("state").as_string(); }

TEST(ControlApi, AStreamIsThereBeforeSomebodyPublishesItAndAfterARestart) {
    const Store store;
    {
        ApiHouse house(store);
        const json::value created = house.ask("POST", "/api/v1/streams", R"({"id": "live/new", "hold": "40s"})");
        EXPECT_EQ(house.status, 201U) << created;
        EXPECT_EQ(created.at("options").at("hold").as_string(), "40s");
        EXPECT_EQ(state_of(house.ask("GET", "/api/v1/streams/live/new")), "new");
        EXPECT_EQ(house.ask("GET", "/api/v1/streams").at("total").to_number<int>(), 1);
        EXPECT_EQ(code_of(house.ask("POST", "/api/v1/streams", R"({"id": "live/new"})")), "stream_exists");
        EXPECT_EQ(house.status, 409U);
    }
    ApiHouse again(store);
    EXPECT_EQ(state_of(again.ask("GET", "/api/v1/streams/live/new")), "new");
    EXPECT_EQ(again.ask("GET", "/api/v1/streams/live/new/config").at("set"), json::parse(R"({"hold": "40s"})"));
    EXPECT_EQ(again.ask("DELETE", "/api/v1/streams/live/new").at("forgotten").as_bool(), true);
    (void)again.ask("GET", "/api/v1/streams/live/new");
    EXPECT_EQ(again.status, 404U);
    (void)again.ask("DELETE", "/api/v1/streams/live/new");
    EXPECT_EQ(again.status, 404U);
}

TEST(ControlApi, AWrongBodyIsRefusedWithTheFieldAndTheReason) {
    const Store store;
    ApiHouse house(store);
    (void)house.publish({"live", "demo"});
    struct Case {
        const char* method;
        const char* target;
        const char* body;
        unsigned status;
        const char* field;
    };
    const Case cases[] = {
        {"POST", "/api/v1/streams", R"({"id": "live/x", "hold": "soon"})", 422, "hold"},
        {"POST", "/api/v1/streams", R"({"id": "live/x", "hold": 30})", 422, "hold"},
        {"POST", "/api/v1/streams", R"({"id": "live/x", "color": "red"})", 422, "color"},
        {"POST", "/api/v1/streams", R"({"id": "live"})", 422, "id"},
        {"POST", "/api/v1/streams", R"({"hold": "30s"})", 422, "id"},
        {"PUT", "/api/v1/streams/live/demo/config", R"({"timeout": "9h"})", 422, "timeout"},
        {"PUT", "/api/v1/streams/live/demo/config", R"({"ladder": "none", "takeover": "no"})", 422, "takeover"},
        {"PUT", "/api/v1/streams/live/demo/config", R"({"ladder": [{"name": "720p", "height": 720}]})", 422, "ladder"},
        {"POST", "/api/v1/streams/live/demo/push", R"({"rung": "720p"})", 422, "url"},
        {"POST", "/api/v1/streams/live/demo/push", R"({"url": "ftp://host/x"})", 422, "url"},
        {"POST", "/api/v1/streams/live/demo/push", R"({"url": "rtmp://host/a/b", "rung": "a/b"})", 422, "rung"},
        {"POST", "/api/v1/streams/live/demo/push", R"({"url": "rtmp://host/a/b", "to": "x"})", 422, "to"},
    };
    for (const Case& one : cases) {
        const json::value error = house.ask(one.method, one.target, one.body);
        EXPECT_EQ(house.status, one.status) << one.body << error;
        EXPECT_EQ(field_of(error), one.field) << one.body << error;
        EXPECT_TRUE(std::string_view(error.at("error").at("message").as_string()).starts_with(one.field)) << error;
    }
    for (const char* body : {"{", "[]", "\"x\"", "{\"a\": }", "hold: 30s"}) {
        EXPECT_EQ(code_of(house.ask("PUT", "/api/v1/streams/live/demo/config", body)), "bad_json") << body;
        EXPECT_EQ(house.status, 400U) << body;
    }
    (void)house.ask("PUT", "/api/v1/streams/live/demo/config", "hold=30s",
                    "Content-Type: application/x-www-form-urlencoded\r\n");
    EXPECT_EQ(house.status, 415U);
    EXPECT_FALSE(std::filesystem::exists(store.file())) << "nothing of it was kept";
}

TEST(ControlApi, OptionsOfARunningStreamChangeAtOnceOrSayWhenTheyDo) {
    const Store store;
    ApiHouse house(store);
    const auto stream = house.publish({"live", "demo"});
    const json::value changed =
        house.ask("PUT", "/api/v1/streams/live/demo/config", R"({"hold": "45s", "segment": "4s"})");
    EXPECT_EQ(house.status, 200U) << changed;
    EXPECT_EQ(changed.at("changed").at("hold").at("effect").as_string(), "at once");
    EXPECT_EQ(changed.at("changed").at("segment").at("effect").as_string(), "for streams that start afterwards");
    const auto snapshot = house.registry.snapshot({"live", "demo"});
    EXPECT_EQ(snapshot->options.hold, std::chrono::seconds(45));
    EXPECT_EQ(snapshot->options.segment, std::chrono::seconds(6)) << "the stream that runs keeps what it is made by";
    EXPECT_EQ(
        house.ask("PUT", "/api/v1/streams/live/demo/config", R"({"hold": null})").at("options").at("hold").as_string(),
        "15s");
}

TEST(ControlApi, ALadderOfItsOwnIsShownAsItIs) {
    const Store store;
    ApiHouse house(store);
    const json::value created =
        house.ask("POST", "/api/v1/streams",
                  R"({"id": "live/x", "ladder": [{"name": "360p", "height": 360, "bitrate": "600k"}]})");
    EXPECT_EQ(house.status, 201U) << created;
    EXPECT_EQ(created.at("options").at("ladder"),
              json::parse(R"([{"name": "360p", "height": 360, "bitrate": "600k"}])"));
}

TEST(ControlApi, APausedStreamTakesNothingAndGoesOnWhenResumed) {
    const Store store;
    ApiHouse house(store);
    const auto stream = house.publish({"live", "demo"});
    const auto frames = [&] {
        house.on(dynamic_cast<net::Shard&>(stream->shard()),
                 [&] { house.registry.refresh(stream, base::read_clocks()); });
        return house.registry.snapshot({"live", "demo"})->input.frames;
    };
    const json::value paused = house.ask("POST", "/api/v1/streams/live/demo/pause");
    EXPECT_EQ(house.status, 200U) << paused;
    const json::value shown = house.ask("GET", "/api/v1/streams/live/demo");
    EXPECT_EQ(state_of(shown), "recovering");
    EXPECT_EQ(shown.at("reason").as_string(), "paused by an operator");
    EXPECT_TRUE(shown.at("paused").as_bool());
    house.send(*stream, 2000);
    EXPECT_EQ(frames(), 1U);
    (void)house.ask("POST", "/api/v1/streams/live/demo/resume");
    house.send(*stream, 4000);
    EXPECT_EQ(frames(), 2U);
    EXPECT_EQ(state_of(house.ask("GET", "/api/v1/streams/live/demo")), "running");
    EXPECT_EQ(house.evicted, "") << "the publisher was there all the time";
    EXPECT_EQ(house.ask("GET", "/api/v1/streams/live/demo/config").at("set"), json::object());
}

TEST(ControlApi, AStreamIsSentElsewhereUntilThatIsStopped) {
    const Store store;
    {
        ApiHouse house(store);
        (void)house.publish({"live", "demo"});
        const json::value push =
            house.ask("POST", "/api/v1/streams/live/demo/push", R"({"url": "rtmp://host/live/secret"})");
        EXPECT_EQ(house.status, 201U) << push;
        EXPECT_EQ(push.at("target").as_string(), "rtmp://host/live/…") << "keys are not told";
        EXPECT_EQ(push.at("state").as_string(), "waiting");
        (void)house.ask("POST", "/api/v1/streams/live/demo/push", R"({"url": "rtmp://host/live/secret"})");
        EXPECT_EQ(house.status, 409U);
        (void)house.ask("POST", "/api/v1/streams/live/demo/push",
                        R"({"url": "rtmp://host/live/secret", "rung": "360p"})");
        EXPECT_EQ(house.status, 201U) << "another rung is another target";
        EXPECT_EQ(house.ask("GET", "/api/v1/streams/live/demo/push").at("items").as_array().size(), 2U);
    }
    ApiHouse again(store);
    EXPECT_EQ(again.sent["live/demo"].size(), 2U) << "targets are there after a restart";
    (void)again.ask("DELETE", "/api/v1/streams/live/demo/push/1");
    EXPECT_EQ(again.status, 200U);
    EXPECT_EQ(again.sent["live/demo"].size(), 1U);
    EXPECT_EQ(code_of(again.ask("DELETE", "/api/v1/streams/live/demo/push/1")), "push_not_found");
    (void)again.ask("DELETE", "/api/v1/streams/live/demo");
    EXPECT_TRUE(again.sent["live/demo"].empty()) << "who ends the stream ends its pushes";
}

TEST(ControlApi, EndingAStreamTellsItsPublisher) {
    const Store store;
    ApiHouse house(store);
    (void)house.publish({"live", "demo"});
    EXPECT_TRUE(house.ask("DELETE", "/api/v1/streams/live/demo").at("stopped").as_bool());
    EXPECT_EQ(house.evicted, "ended by an operator");
    EXPECT_EQ(state_of(house.ask("GET", "/api/v1/streams/live/demo")), "stopping");
}

TEST(ControlApi, ABrokenStoreIsLeftAsItIsAndNothingIsChangedMeanwhile) {
    const Store store;
    const std::string broken = R"({"streams": {"live/demo": {"options": {"hold")";
    store.write(broken);
    ApiHouse house(store);
    (void)house.publish({"live", "demo"});
    const json::value error = house.ask("PUT", "/api/v1/streams/live/demo/config", R"({"hold": "45s"})");
    EXPECT_EQ(house.status, 503U);
    EXPECT_EQ(code_of(error), "store_broken");
    EXPECT_EQ(store.text(), broken);
    EXPECT_EQ(house.ask("GET", "/api/v1/streams/live/demo/config").at("options").at("hold").as_string(), "15s");
    store.write(R"({"streams": {"live/demo": {"options": {"hold": "33s"}}}})");
    house.load({});
    EXPECT_EQ(house.ask("GET", "/api/v1/streams/live/demo/config").at("options").at("hold").as_string(), "33s")
        << "a reload reads it again";
}

TEST(ControlApi, AnEntryThatTheFileNoLongerFitsIsLeftOutAndKept) {
    const Store store;
    config::Config with_ladder;
    with_ladder.ladders["small"] = {{.name = "360p", .height = 360, .bitrate = base::BitRate(600'000)}};
    ApiHouse house(store, with_ladder);
    (void)house.ask("POST", "/api/v1/streams", R"({"id": "live/x", "ladder": "small", "hold": "44s"})");
    EXPECT_EQ(house.status, 201U);
    house.load({});
    EXPECT_EQ(house.ask("GET", "/api/v1/streams/live/x/config").at("options").at("hold").as_string(), "15s");
    (void)house.ask("POST", "/api/v1/streams", R"({"id": "live/y"})");
    EXPECT_EQ(house.status, 201U) << "it keeps nobody else from changing theirs";
    house.load(with_ladder);
    EXPECT_EQ(house.ask("GET", "/api/v1/streams/live/x/config").at("options").at("hold").as_string(), "44s");
}

TEST(ControlApi, WhoMayNotPublishMayNotChangeAnything) {
    const Store store;
    ApiHouse house(store);
    (void)house.publish({"live", "demo"});
    const auto status_of = [&](const std::string& fields) {
        (void)house.ask("POST", "/api/v1/streams/live/demo/pause", "", fields);
        return house.status;
    };
    EXPECT_EQ(status_of(""), 200U);
    EXPECT_EQ(status_of("Origin: http://a\r\n"), 200U) << "a page of our own";
    EXPECT_EQ(status_of("Origin: https://elsewhere.example\r\n"), 403U);
    EXPECT_EQ(status_of("Origin: null\r\n"), 403U);
    EXPECT_EQ(status_of("X-Forwarded-For: 192.0.2.9\r\n"), 403U) << "it came through a proxy on this machine";
    house.peer = "192.0.2.9";
    EXPECT_EQ(status_of(""), 403U);
    config::Config keys;
    keys.auth = {.publish = config::PublishAccess::key, .keys = {"secret"}};
    house.load(keys);
    EXPECT_EQ(status_of(""), 403U);
    EXPECT_EQ(status_of("Authorization: Bearer secret\r\n"), 200U);
    EXPECT_EQ(status_of("Authorization: Bearer other\r\n"), 403U);
    (void)house.ask("POST", "/api/v1/streams/live/demo/resume?token=secret");
    EXPECT_EQ(house.status, 200U);
}

}  // namespace
}  // namespace weir::api
