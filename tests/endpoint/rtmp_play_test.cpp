// Players on real sockets: what is published comes to them as it comes to anybody.
#include "endpoint/rtmp_house.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace weir::endpoint {
namespace {

using namespace std::chrono_literals;

/// A publisher with a clip sent, so that there is something to join.
class OnAir {
  public:
    explicit OnAir(House& house) : house_(house), publisher(house) {
        EXPECT_TRUE(publisher.becomes_ready());
        publisher.send_clip();
        EXPECT_TRUE(eventually([&] {
            house_.tick();
            return house_.snapshot() && house_.snapshot()->tracks;
        }));
    }
    [[nodiscard]] std::uint32_t viewers() const {
        return house_.registry.find({"live", "demo"})->viewers()[stream::ViewerProtocol::rtmp];
    }

  private:
    House& house_;

  public:
    Publisher publisher;
};

TEST(RtmpPlay, WhatIsPublishedIsPlayedAndThePlayerIsCounted) {
    House house;
    OnAir air(house);
    Player player(house);
    Player by_name(house, "live/demo", "source");
    EXPECT_TRUE(player.has_played(10)) << player.told.value_or("");
    EXPECT_TRUE(by_name.has_played(10));
    EXPECT_EQ(air.viewers(), 2U);
    EXPECT_EQ(house.endpoint.counts().playing.value(), 2);
    EXPECT_EQ(house.endpoint.counts().connections.value(), 1) << "the publisher's";
    const std::size_t before = player.played.size();
    air.publisher.send_clip(1000);
    EXPECT_TRUE(player.has_played(before + 10));
    player.finish();
    by_name.hang_up();
    EXPECT_TRUE(eventually([&] { return air.viewers() == 0 && house.endpoint.counts().playing.value() == 0; }));
    EXPECT_TRUE(eventually([&] { return house.lines.has("the player said goodbye"); }));
}

TEST(RtmpPlay, APlayerIsListedAndCanBeSentAway) {
    House house;
    OnAir air(house);
    Player player(house);
    ASSERT_TRUE(player.has_played(10));
    const auto on_each = [&](auto question) {
        for (std::size_t i = 0; i < house.hubs().size(); ++i) {
            std::promise<void> done;
            house.shards().at(i).post([&] {
                question(*house.hubs()[i]);
                done.set_value();
            });
            done.get_future().wait();
        }
    };
    std::vector<stream::SessionInfo> sessions;
    on_each([&](net::BroadcastHub& hub) { hub.list_sessions(sessions); });
    ASSERT_EQ(sessions.size(), 1U);
    EXPECT_EQ(sessions.front().stream, "live/demo");
    EXPECT_EQ(sessions.front().rung, "source");
    EXPECT_EQ(sessions.front().protocol, "rtmp");
    EXPECT_TRUE(sessions.front().peer.starts_with("127.0.0.1:")) << sessions.front().peer;
    EXPECT_GT(sessions.front().bytes, 1000U);
    int ended = 0;
    for (const std::string& id : {std::string("v-"), std::string("v-0"), sessions.front().id + "x", std::string("p-1")})
        on_each([&](net::BroadcastHub& hub) { ended += hub.end_session(id) ? 1 : 0; });
    EXPECT_EQ(ended, 0);
    on_each([&](net::BroadcastHub& hub) { ended += hub.end_session(sessions.front().id) ? 1 : 0; });
    EXPECT_EQ(ended, 1);
    EXPECT_TRUE(eventually([&] {
        player.step();
        return player.closed && air.viewers() == 0;
    }));
}

TEST(RtmpPlay, WhatIsNotThereIsRefusedInWords) {
    House house;
    OnAir air(house);
    Player nothing(house, "live", "nothing");
    EXPECT_TRUE(nothing.is_told("no stream of that name is live"));
    Player no_rung(house, "live/demo", "720p");
    EXPECT_TRUE(no_rung.is_told("no such rendition"));
    Player no_name(house, "live", "../x");
    EXPECT_TRUE(no_name.is_told("does not start with '.'")) << no_name.told.value_or("");
    house.is_full = true;
    Player one_too_many(house);
    EXPECT_TRUE(one_too_many.is_told("limits.viewers"));
    EXPECT_EQ(air.viewers(), 0U);
    EXPECT_FALSE(house.lines.has("publisher refused"));
}

TEST(RtmpPlay, AStreamOfWhichRtmpCarriesNothingIsRefusedWithTheReason) {
    House house;
    house.shards().at(0).post([&] { put_on_air(house.registry, house.shards().at(0), media::Codec::mp2); });
    ASSERT_TRUE(eventually([&] { return house.snapshot() != nullptr && house.snapshot()->tracks != nullptr; }));
    Player player(house);
    EXPECT_TRUE(player.is_told("nothing that FLV can carry: FLV has neither")) << player.told.value_or("");
}

TEST(RtmpPlay, WhileMemoryIsFullPlayersAreRefused) {
    House house;
    OnAir air(house);
    house.registry.set_limits({.memory = base::ByteCount(0)});
    // Nobody is read while memory is full: the player is, as soon as there is a moment's room.
    Player player(house);
    house.registry.set_limits({});
    EXPECT_TRUE(player.has_played(5));
}

TEST(RtmpPlay, APlayerIsAnsweredWhileItPlaysAndGarbageEndsItAlone) {
    House house;
    OnAir air(house);
    Player player(house);
    Player other(house);
    ASSERT_TRUE(player.has_played(5));
    ASSERT_TRUE(other.has_played(5));
    player.say(std::string(100, '\xff'));
    EXPECT_TRUE(eventually([&] {
        player.step();
        return player.closed || player.told;
    }));
    const std::size_t before = other.played.size();
    air.publisher.send_clip(1000);
    EXPECT_TRUE(other.has_played(before + 10));
    EXPECT_EQ(air.viewers(), 1U);
}

TEST(RtmpPlay, APublisherThatReturnsKeepsItsPlayersAndTheEndReleasesThem) {
    config::Config config;
    config.streams.defaults.hold = 2s;
    House house(config);
    auto air = std::make_unique<OnAir>(house);
    Player player(house);
    ASSERT_TRUE(player.has_played(5));
    air->publisher.hang_up();
    ASSERT_TRUE(eventually([&] {
        house.tick();
        return !house.snapshot()->publisher;
    }));
    air = std::make_unique<OnAir>(house);
    std::size_t before = player.played.size();
    EXPECT_TRUE(player.has_played(before + 5));
    EXPECT_FALSE(player.told);
    EXPECT_GT(player.played.back(), player.played.front());

    air->publisher.finish();
    EXPECT_TRUE(eventually([&] {
        house.tick();
        player.step();
        return player.told.has_value() && player.closed;
    }));
    EXPECT_EQ(player.told.value_or(""), "the stream has ended");
}

TEST(RtmpPlay, APlayerThatComesBeforeThePictureIsToldAndLetGo) {
    House house;
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    ASSERT_TRUE(eventually([&] { return house.registry.find({"live", "demo"}) != nullptr; }));
    Player player(house);
    EXPECT_TRUE(player.is_told("the stream has ended"));
}

TEST(RtmpPlay, OverTlsItIsTheSame) {
    House house;
    Publisher publisher(house, "demo", true);
    ASSERT_TRUE(publisher.becomes_ready()) << publisher.told.value_or("");
    publisher.send_clip();
    ASSERT_TRUE(eventually([&] {
        publisher.step();
        house.tick();
        return house.snapshot() && house.snapshot()->tracks;
    }));
    Player secure(house, "live", "demo", true);
    Player plain(house);
    EXPECT_TRUE(secure.has_played(10)) << secure.told.value_or("");
    EXPECT_TRUE(plain.has_played(10));
    EXPECT_EQ(house.endpoint.tls_counts().connections.value(), 2);
    const std::size_t before = secure.played.size();
    publisher.send_clip(1000);
    EXPECT_TRUE(eventually([&] {
        publisher.step();
        secure.step();
        return secure.played.size() > before + 10;
    }));
    secure.finish();
    EXPECT_TRUE(eventually([&] { return house.endpoint.tls_counts().connections.value() == 1; }));
}

}  // namespace
}  // namespace weir::endpoint
