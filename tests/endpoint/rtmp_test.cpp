// The endpoint on real sockets, with our own client machine at the other end. Waits are bounded; nothing depends on how long
// anything takes below that.
#include "endpoint/rtmp_house.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace weir::endpoint {
namespace {

using namespace std::chrono_literals;

TEST(RtmpEndpoint, WhatIsPublishedIsAStreamForViewers) {
    House house;
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    EXPECT_EQ(house.endpoint.counts().publishing.value(), 1);
    publisher.send_clip();
    ASSERT_TRUE(eventually([&] { return house.lines.has("avc1.") && house.lines.has("mp4a.40.2"); }));
    ASSERT_NE(house.snapshot(), nullptr);
    EXPECT_EQ(house.snapshot()->publisher->protocol, "rtmp");
    EXPECT_EQ(house.snapshot()->publisher->client, "Weir");
    publisher.finish();
    ASSERT_TRUE(eventually([&] { return house.lines.has("the publisher said goodbye"); }));
    EXPECT_TRUE(eventually([&] { return !house.snapshot()->publisher; }));
    EXPECT_EQ(house.endpoint.counts().publishing.value(), 0);
}

TEST(RtmpEndpoint, APublisherWhoMayNotIsToldWhichKeyToSetAndSoIsTheOperator) {
    House house;
    Publisher publisher(house, "demo?token=wrong");
    EXPECT_TRUE(publisher.is_told("set auth.publish"));
    EXPECT_TRUE(eventually([&] { return house.lines.has("set auth.publish"); }));
    EXPECT_TRUE(eventually([&] {
        publisher.step();
        return publisher.closed;
    }));
    EXPECT_EQ(house.snapshot(), nullptr);
}

TEST(RtmpEndpoint, ANameThatClimbsIsRefusedInWords) {
    House house;
    Publisher publisher(house, "../../etc/passwd");
    EXPECT_TRUE(publisher.is_told("too many parts"));
    EXPECT_TRUE(eventually([&] { return house.lines.has("publisher refused"); }));
}

TEST(RtmpEndpoint, ASecondPublisherIsRefusedWhileTheFirstIsAlive) {
    House house;
    Publisher first(house);
    ASSERT_TRUE(first.becomes_ready());
    first.send_clip();
    Publisher second(house);  // on the other shard
    EXPECT_TRUE(second.is_told("somebody publishes this stream already"));
    first.step();
    EXPECT_FALSE(first.told);
}

TEST(RtmpEndpoint, AReplacedPublisherReadsWhyThoughItIsStillSending) {
    config::Config config;
    config.streams.defaults.takeover = config::Takeover::replace;
    House house(config);
    Publisher first(house);
    ASSERT_TRUE(first.becomes_ready());
    first.send_clip();
    Publisher second(house);
    ASSERT_TRUE(second.becomes_ready());
    EXPECT_TRUE(first.is_told("another publisher took over"));
    second.send_clip();
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().publishing.value() == 1; }));
}

TEST(RtmpEndpoint, AThousandIdleConnectionsCannotKeepAPublisherOut) {
    House house({}, {.waiting = 40});
    Publisher early(house);
    ASSERT_TRUE(early.becomes_ready());
    std::vector<int> idle;
    for (int i = 0; i < 300; ++i) {
        idle.push_back(connected_socket(house.port()));
    }
    Publisher late(house, "other");
    EXPECT_TRUE(late.becomes_ready());
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().connections.value() <= 42; }));
    EXPECT_GE(house.endpoint.counts().refused.value(), 250U);
    early.send_clip();
    EXPECT_TRUE(eventually([&] { return house.lines.has("avc1."); }));
    EXPECT_FALSE(early.told);
    for (const int socket : idle) ::close(socket);
}

TEST(RtmpEndpoint, AStrangerIsLetGoAtOnce) {
    House house;
    const int socket = connected_socket(house.port());
    ASSERT_EQ(::send(socket, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    std::array<char, 16> piece{};
    EXPECT_TRUE(eventually([&] { return ::recv(socket, piece.data(), piece.size(), 0) == 0; }));
    ::close(socket);
}

TEST(RtmpEndpoint, ASourceFasterThanRealTimeIsSlowedAndNotTakenForSilent) {
    config::Config config;
    config.streams.defaults.timeout = 1s;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    std::uint32_t offset = 0;
    // An hour of media as fast as the socket takes it; the waiting is longer than the stream's timeout.
    const bool all_sent = eventually(
        [&] {
            for (int i = 0; i < 20 && publisher.unsent() < 200'000; ++i, offset += 1000) publisher.send_clip(offset);
            publisher.step();
            return offset > 3'600'000 || publisher.told.has_value();
        },
        2500ms);
    EXPECT_FALSE(all_sent);
    EXPECT_EQ(publisher.told.value_or(""), "");
    EXPECT_EQ(house.endpoint.counts().publishing.value(), 1);
    EXPECT_LT(house.endpoint.counts().received_bytes.value(), 10'000'000U);
}

TEST(RtmpEndpoint, WhileMemoryIsFullPublishersAreHeldBackAndNotTakenForSilent) {
    config::Config config;
    config.streams.defaults.timeout = 1s;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    house.registry.set_limits({.memory = base::ByteCount(0)});
    const std::uint64_t before = house.endpoint.counts().received_bytes.value();
    std::uint32_t offset = 0;
    EXPECT_FALSE(eventually(
        [&] {
            if (publisher.unsent() < 200'000) publisher.send_clip(offset += 1000);
            publisher.step();
            return publisher.told.has_value();
        },
        1500ms));
    EXPECT_EQ(house.endpoint.counts().received_bytes.value(), before);
    house.registry.set_limits({});
    EXPECT_TRUE(eventually([&] {
        publisher.step();
        return house.lines.has("avc1.");
    }));
    EXPECT_FALSE(publisher.told);
}

TEST(RtmpEndpoint, APublisherThatFallsSilentIsLetGoAfterTheStreamsTimeout) {
    config::Config config;
    config.streams.defaults.timeout = 1s;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    publisher.send_clip();
    EXPECT_TRUE(publisher.is_told("no media"));
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().publishing.value() == 0; }));
}

// The clip has 49 tags in 8 KiB.
TEST(RtmpEndpoint, AStreamThatNobodyFollowsIsReadManyPacketsAtATime) {
    config::Config config;
    config.delivery.latency = 1s;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    publisher.send_clip();
    ASSERT_TRUE(eventually([&] { return house.lines.has("avc1."); }));
    const std::uint64_t before = house.endpoint.counts().reads.value();
    const std::uint64_t bytes_before = house.endpoint.counts().received_bytes.value();
    publisher.send_clip(1000, 2ms);
    ASSERT_TRUE(eventually([&] { return house.endpoint.counts().received_bytes.value() > bytes_before + 8000; }));
    EXPECT_LT(house.endpoint.counts().reads.value() - before, 10U);
}

TEST(RtmpEndpoint, AViewerWhoFollowsGetsEachPacketAsItComes) {
    config::Config config;
    config.delivery.latency = 300ms;
    House house(config);
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    publisher.send_clip();
    ASSERT_TRUE(eventually([&] { return house.lines.has("avc1."); }));
    const std::shared_ptr<stream::Stream> stream = house.registry.find({"live", "demo"});
    const stream::LogSubscriber viewer{&stream->shard(),
                                       std::make_shared<std::function<void(stream::LogBatchRef)>>([](const auto&) {})};
    ASSERT_TRUE(eventually([&] {
        stream->shard().post([=] {
            if (!stream->is_followed())
                (void)stream->open_log("source", stream::test::readable, viewer, base::read_clocks());
        });
        return stream->is_followed();
    }));
    std::uint32_t offset = 0;
    EXPECT_TRUE(eventually([&] {
        const std::uint64_t before = house.endpoint.counts().reads.value();
        publisher.send_clip(offset += 700, 15ms);  // no faster than real time
        return house.endpoint.counts().reads.value() - before > 20;
    }));
}

TEST(RtmpEndpoint, AStoppingServerSaysSo) {
    House house;
    Publisher publisher(house);
    ASSERT_TRUE(publisher.becomes_ready());
    publisher.send_clip();
    house.endpoint.close();
    EXPECT_TRUE(publisher.is_told("shutting down"));
}

}  // namespace
}  // namespace weir::endpoint
