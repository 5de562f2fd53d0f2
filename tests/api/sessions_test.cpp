#include "api/sessions.hpp"

#include "api/api_house.hpp"

#include <algorithm>

namespace weir::api {
namespace {

namespace json = boost::json;
using test::ApiHouse;
using test::Store;

TEST(SessionsApi, PublishersAndViewersAreListedInTheOrderOfTheirIds) {
    const Store store;
    ApiHouse house(store);
    (void)house.publish({"live", "demo"});
    house.viewers.sessions = {
        {.id = "v-2", .protocol = "flv", .peer = "192.0.2.9:1", .stream = "live/demo", .rung = "source", .bytes = 7},
        {.id = "v-1", .protocol = "rtmp", .peer = "", .stream = "live/other", .rung = "720p"}};
    const json::value all = house.ask("GET", "/api/v1/sessions");
    EXPECT_EQ(house.status, 200U);
    EXPECT_EQ(all.at("total").to_number<int>(), 3);
    EXPECT_EQ(all.at("items").at(0).at("id").as_string(), "p-1");
    EXPECT_EQ(all.at("items").at(0).at("kind").as_string(), "publisher");
    EXPECT_EQ(all.at("items").at(2),
              json::parse(R"({"id": "v-2", "kind": "viewer", "stream": "live/demo", "rung": "source",
        "protocol": "flv", "peer": "192.0.2.9:1", "bytes": 7})"));
    EXPECT_EQ(house.ask("GET", "/api/v1/sessions?stream=live/other").at("total").to_number<int>(), 1);
    const json::value first = house.ask("GET", "/api/v1/sessions?limit=2");
    EXPECT_EQ(first.at("next").as_string(), "v-1");
    EXPECT_EQ(house.ask("GET", "/api/v1/sessions?limit=2&after=v-1").at("items").as_array().size(), 1U);
    (void)house.ask("GET", "/api/v1/sessions?limit=0");
    EXPECT_EQ(house.status, 400U);
}

TEST(SessionsApi, APublisherOrAViewerIsSentAway) {
    const Store store;
    ApiHouse house(store);
    (void)house.publish({"live", "demo"});
    house.viewers.sessions = {{.id = "v-1", .protocol = "flv", .peer = "", .stream = "live/demo", .rung = "source"}};
    (void)house.ask("DELETE", "/api/v1/sessions/v-1");
    EXPECT_EQ(house.status, 200U);
    EXPECT_TRUE(house.viewers.sessions.empty());
    (void)house.ask("DELETE", "/api/v1/sessions/p-1");
    EXPECT_EQ(house.status, 200U);
    EXPECT_EQ(house.evicted, "sent away by an operator");
    for (const char* id : {"v-1", "p-1", "x"}) {
        (void)house.ask("DELETE", std::string("/api/v1/sessions/") + id);
        EXPECT_EQ(house.status, 404U) << id;
    }
    house.peer = "192.0.2.9";
    (void)house.ask("GET", "/api/v1/sessions");
    EXPECT_EQ(house.status, 403U) << "who is connected is nobody else's business";
}

}  // namespace
}  // namespace weir::api
