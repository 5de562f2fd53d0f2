// Publishers and players over SRT on real sockets.
#include "endpoint/srt_house.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace weir::endpoint {
namespace {

using namespace std::chrono_literals;

/// A publisher with a clip sent, so that there is something to join.
class SrtOnAir {
  public:
    explicit SrtOnAir(SrtHouse& house) : house_(house), publisher(house, "publish:live/demo") {
        EXPECT_TRUE(publisher.is_let_in());
        EXPECT_TRUE(publisher.send(clip_as_ts()));
        EXPECT_TRUE(house.comes_to([](const auto& now) { return now.tracks != nullptr && now.input.frames > 10; }));
    }
    [[nodiscard]] std::uint32_t viewers() const {
        return house_.registry.find({"live", "demo"})->viewers()[stream::ViewerProtocol::srt];
    }

  private:
    SrtHouse& house_;

  public:
    SrtCaller publisher;
};

TEST(Srt, WhatIsPublishedIsAStreamWithItsTracksAndTheWayToItIsMeasured) {
    SrtHouse house;
    SrtOnAir air(house);
    const auto snapshot = house.snapshot();
    EXPECT_NE(snapshot->tracks->first(media::Kind::video), nullptr);
    EXPECT_NE(snapshot->tracks->first(media::Kind::audio), nullptr);
    ASSERT_TRUE(snapshot->publisher);
    EXPECT_EQ(snapshot->publisher->protocol, "srt");
    EXPECT_TRUE(snapshot->publisher->client.starts_with("libsrt 1."));
    EXPECT_TRUE(eventually([&] { return snapshot->publisher->link->received.value() > 1; }));
    EXPECT_GT(snapshot->publisher->link->latency_ms.value(), 59);
    air.publisher.socket.close();
    EXPECT_TRUE(house.comes_to([](const auto& now) { return now.state == stream::State::recovering; }));
    EXPECT_TRUE(eventually([&] { return house.lines.has("publisher left"); }));
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().publishing.value() == 0; }));
}

TEST(Srt, APlayerGetsTheStreamFromAKeyframeOnAndIsCounted) {
    SrtHouse house;
    SrtOnAir air(house);
    SrtCaller player(house, "#!::r=live/demo,m=request");
    ASSERT_TRUE(player.is_let_in());
    EXPECT_TRUE(eventually([&] {
        player.receive();
        return player.got.size() > clip_as_ts().size() / 2;
    }));
    EXPECT_EQ(player.got.size() % 188, 0U);
    format::mpegts::Demuxer demuxer;
    demuxer.receive(base::as_bytes(player.got));
    std::size_t tracks = 0;
    std::optional<bool> starts_with_keyframe;
    while (auto event = demuxer.next().value()) {
        if (std::holds_alternative<format::mpegts::Config>(*event)) ++tracks;
        const auto* sample = std::get_if<format::mpegts::Sample>(&*event);
        if (sample != nullptr && sample->track == media::video_track_id && !starts_with_keyframe)
            starts_with_keyframe = sample->keyframe;
    }
    EXPECT_EQ(tracks, 2U);
    EXPECT_EQ(starts_with_keyframe, true);
    EXPECT_EQ(demuxer.faults().lost, 0U);
    EXPECT_EQ(air.viewers(), 1U);
    EXPECT_EQ(house.endpoint.counts().playing.value(), 1);
    player.socket.close();
    EXPECT_TRUE(eventually([&] { return air.viewers() == 0 && house.endpoint.counts().playing.value() == 0; }));
}

TEST(Srt, ABackupStandsByBesideTheSource) {
    config::Config config;
    config.streams.defaults.takeover = config::Takeover::refuse;
    SrtHouse house(config);
    SrtOnAir air(house);
    SrtCaller backup(house, "#!::r=live/demo,m=publish,backup=1");
    ASSERT_TRUE(backup.is_let_in());
    ASSERT_TRUE(house.comes_to([](const auto& now) { return now.contenders.size() == 2; }));
    EXPECT_EQ(house.snapshot()->contenders.back().info.rank, stream::Rank::backup);
    EXPECT_EQ(house.snapshot()->publisher->rank, stream::Rank::source);
    EXPECT_EQ(SrtCaller(house, "publish:live/demo?backup=1").rejection(), 1409) << "there is one already";
}

TEST(Srt, TheEndOfAStreamReachesItsPlayers) {
    config::Config config;
    config.streams.defaults.hold = 0ms;
    SrtHouse house(config);
    SrtOnAir air(house);
    SrtCaller player(house, "read:live/demo");
    ASSERT_TRUE(player.is_let_in());
    EXPECT_TRUE(eventually([&] {
        player.receive();
        return !player.got.empty();
    }));
    air.publisher.socket.close();
    EXPECT_TRUE(eventually([&] {
        house.tick();
        return !player.receive();
    }));
    EXPECT_EQ(player.got.size() % 188, 0U);
    EXPECT_TRUE(eventually([&] { return house.lines.has("the stream has ended"); }));
}

TEST(Srt, WhoIsNotLetInIsToldWhyByCode) {
    config::Config config;
    config.auth.publish = config::PublishAccess::key;
    config.streams.defaults.takeover = config::Takeover::refuse;
    SrtHouse house(config, {.connections = 3});
    SrtOnAir air(house);
    struct Row {
        const char* stream_id;
        int code;
    };
    for (const Row& row :
         {Row{"", 1400}, Row{"publish:live", 1400}, Row{"#!::r=live/demo,m=bidirectional", 1405},
          Row{"#!::r=live/demo,t=file", 1415}, Row{"publish:live/x?token=wrong", 1401}, Row{"read:live/nothing", 1404},
          Row{"read:live/demo/720p", 1404}, Row{"publish:live/demo", 1409}})
        EXPECT_EQ(SrtCaller(house, row.stream_id).rejection(), row.code) << row.stream_id;
    EXPECT_TRUE(house.lines.has("publisher refused"));
    EXPECT_TRUE(house.lines.has("set auth.publish"));
    EXPECT_EQ(house.endpoint.counts().rejected.total(), 8U);

    SrtCaller second(house, "read:live/demo");
    SrtCaller third(house, "read:live/demo");
    EXPECT_TRUE(second.is_let_in() && third.is_let_in());
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().connections.value() == 3; }));
    EXPECT_EQ(SrtCaller(house, "read:live/demo").rejection(), 1402);
}

TEST(Srt, AStreamOfWhichATransportStreamCarriesNothingIsRefusedByCodeAndTheJournalSaysWhy) {
    SrtHouse house;
    house.on_first([&](net::Shard& shard) { put_on_air(house.registry, shard, media::Codec::flac); });
    ASSERT_TRUE(eventually([&] { return house.snapshot() != nullptr && house.snapshot()->tracks != nullptr; }));
    EXPECT_EQ(SrtCaller(house, "read:live/demo").rejection(), 1415);
    EXPECT_TRUE(house.lines.has("MPEG-TS has no mapping for FLAC"));
}

TEST(Srt, WhileMemoryIsFullOrThereIsNoPlaceNobodyNewPlays) {
    SrtHouse house;
    SrtOnAir air(house);
    house.is_full = true;
    SrtCaller without_place(house, "read:live/demo");
    EXPECT_TRUE(eventually([&] { return house.lines.has("limits.viewers"); }));
    EXPECT_EQ(air.viewers(), 0U);
    house.registry.set_limits({.memory = base::ByteCount(0)});
    EXPECT_EQ(SrtCaller(house, "read:live/demo").rejection(), 1402);
    house.registry.set_limits({});
}

TEST(Srt, AStreamMayHaveAPassphraseOfItsOwn) {
    config::Config config;
    config.srt.passphrase = "that of everybody";
    config.streams.rules.push_back({.pattern = "live/demo", .settings = {{"passphrase", "that of the demo"}}});
    SrtHouse house(config);
    EXPECT_TRUE(SrtCaller(house, "publish:live/demo", "that of the demo").is_let_in());
    EXPECT_TRUE(SrtCaller(house, "publish:live/other", "that of everybody").is_let_in());
    EXPECT_FALSE(SrtCaller(house, "publish:live/demo", "that of everybody").is_let_in());
    EXPECT_FALSE(SrtCaller(house, "publish:live/other").is_let_in());
}

TEST(Srt, WhatIsNoTransportStreamEndsItsSourceWithTheReason) {
    SrtHouse house;
    SrtCaller caller(house, "publish:live/demo");
    ASSERT_TRUE(caller.is_let_in());
    EXPECT_TRUE(caller.send(std::string(100'000, 'x')));
    EXPECT_TRUE(eventually([&] { return !caller.receive(); }));
    EXPECT_TRUE(eventually([&] { return house.lines.has("transport stream"); }));
}

TEST(Srt, ASecondPublisherIsSentAwayWhileTheFirstIsHeard) {
    SrtHouse house;
    SrtOnAir air(house);
    const std::string first = house.snapshot()->publisher->id;
    SrtCaller second(house, "publish:live/demo");
    // The rule is `silent`, and only the stream knows.
    EXPECT_TRUE(eventually([&] { return house.lines.has("has not fallen silent"); }));
    EXPECT_TRUE(eventually([&] { return second.socket.state() == net::SrtSocket::State::broken; }));
    EXPECT_EQ(house.snapshot()->publisher->id, first);
}

TEST(Srt, APlayerWaitsForAStreamThatIsFetchedForIt) {
    config::Config config;
    config.streams.rules.push_back({.pattern = "live/demo", .settings = {{"source", "rtmp://h/live/x"}}});
    SrtHouse house(config);
    house.registry.set_expectation([](const base::StreamId&, base::Executor&) { return true; });
    SrtCaller player(house, "read:live/demo");
    ASSERT_TRUE(player.is_let_in());
    SrtOnAir air(house);
    EXPECT_TRUE(eventually([&] {
        player.receive();
        return player.got.size() > 1000;
    }));
    EXPECT_EQ(SrtCaller(house, "read:live/other").rejection(), 1404);
}

TEST(Srt, TheGateFollowsTheConfiguration) {
    SrtHouse house;
    EXPECT_TRUE(SrtCaller(house, "publish:live/demo").is_let_in());
    config::Config config;
    config.srt.passphrase = "from now on a secret";
    house.set(config);
    EXPECT_TRUE(
        eventually([&] { return SrtCaller(house, "publish:live/another", "from now on a secret").is_let_in(); }));
    EXPECT_FALSE(SrtCaller(house, "publish:live/a_third").is_let_in());
}

}  // namespace
}  // namespace weir::endpoint
