// Publishers and players on real sockets: what one sends interleaved comes to the other.
#include "endpoint/rtsp_publisher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace weir::endpoint {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RtspViewer : public RtspClient {
  public:
    explicit RtspViewer(const RtspHouse& house) : RtspClient(house) {}

    rtsp::Response play() {
        EXPECT_EQ(ask("DESCRIBE", rtsp_address).status, 200);
        for (const char* track : {"/trackID=1", "/trackID=2"})
            EXPECT_EQ(ask("SETUP", std::string(rtsp_address) + track,
                          rtsp::Fields().add("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"))
                          .status,
                      200);
        return ask("PLAY", rtsp_address);
    }
};

TEST(Rtsp, WhatIsPublishedIsPlayedWithTheParametersThatItCameWith) {
    RtspHouse house;
    RtspPublisher publisher(house);
    publisher.go_on_air(house);
    EXPECT_EQ(house.snapshot()->publisher->protocol, "rtsp");
    EXPECT_EQ(house.snapshot()->tracks->tracks[0].codec_string, clip().tracks.tracks[0].codec_string);
    EXPECT_EQ(house.snapshot()->tracks->tracks[1].config, clip().tracks.tracks[1].config);
    EXPECT_EQ(house.endpoint.counts().publishing.value(), 1);

    RtspViewer viewer(house);
    EXPECT_EQ(viewer.play().status, 200);
    EXPECT_TRUE(viewer.has_frames(10));
    EXPECT_EQ(house.viewers(), 1U);
    EXPECT_EQ(house.endpoint.counts().playing.value(), 1);
    EXPECT_EQ(viewer.ask("OPTIONS", rtsp_address).status, 200) << "between two messages of the log";
    EXPECT_EQ(viewer.ask("TEARDOWN", rtsp_address).status, 200);
    EXPECT_TRUE(viewer.is_closed());
    EXPECT_TRUE(eventually([&] { return house.viewers() == 0 && house.endpoint.counts().playing.value() == 0; }));

    EXPECT_EQ(publisher.ask("TEARDOWN", rtsp_address).status, 200);
    EXPECT_TRUE(publisher.is_closed());
    EXPECT_TRUE(house.lines.has("the publisher said goodbye"));
    EXPECT_TRUE(eventually([&] { return house.endpoint.counts().publishing.value() == 0; }));
    EXPECT_TRUE(eventually([&] { return house.endpoint.rtp_counts().packets.value() > 10; }));
    EXPECT_EQ(house.endpoint.rtp_counts().packets_lost.value(), 0U);
}

TEST(Rtsp, ABackupStandsByBesideTheSource) {
    RtspHouse house;
    RtspPublisher publisher(house);
    publisher.go_on_air(house);
    RtspPublisher backup(house);
    EXPECT_EQ(backup.announce("rtsp://127.0.0.1/live/demo?backup=1").status, 200);
    EXPECT_EQ(backup.record().status, 200);
    EXPECT_TRUE(eventually([&] {
        house.tick();
        return house.snapshot()->contenders.size() == 2;
    }));
    EXPECT_EQ(house.snapshot()->contenders.back().info.rank, stream::Rank::backup);
    EXPECT_EQ(house.snapshot()->publisher->rank, stream::Rank::source);
}

TEST(Rtsp, TheDescriptionNamesBothTracksAndTheirControls) {
    RtspHouse house;
    RtspPublisher publisher(house);
    publisher.go_on_air(house);
    RtspClient viewer(house);
    const rtsp::Response described = viewer.ask("DESCRIBE", rtsp_address);
    EXPECT_EQ(described.fields.find("Content-Type"), "application/sdp");
    for (const char* words :
         {"m=video", "H264/90000", "sprop-parameter-sets=", "m=audio", "MPEG4-GENERIC/", "trackID=1", "trackID=2"})
        EXPECT_THAT(described.body, HasSubstr(words));
}

TEST(Rtsp, APublisherWithoutAKeyIsAskedForAPasswordWhichIsTheKey) {
    config::Config config;
    config.auth.publish = config::PublishAccess::key;
    config.auth.keys = {"another", "key"};
    RtspHouse house(config);
    RtspPublisher publisher(house);
    const rtsp::Response asked = publisher.announce();
    ASSERT_EQ(asked.status, 401);
    const auto challenge = rtsp::choose_challenge(asked.fields);
    ASSERT_TRUE(challenge);
    const auto said = rtsp::answer(*challenge, {"anybody", "key"}, "ANNOUNCE", rtsp_address, 1, "");
    EXPECT_EQ(publisher.announce(rtsp_address, print(said)).status, 200);
    EXPECT_EQ(publisher.record().status, 200) << "it need not be said again";

    RtspPublisher other(house);
    EXPECT_EQ(other.announce("rtsp://127.0.0.1/live/other?token=wrong").status, 403);
    EXPECT_EQ(other.announce("rtsp://127.0.0.1/live/other?token=key").status, 200);
    EXPECT_TRUE(house.lines.has("publisher refused"));
}

TEST(Rtsp, WhatCannotBeIsRefusedInWords) {
    RtspHouse house;
    RtspClient viewer(house);
    EXPECT_EQ(viewer.ask("DESCRIBE", rtsp_address).reason, "Not Found: no stream of that name is live");
    RtspPublisher publisher(house);
    publisher.go_on_air(house);
    EXPECT_THAT(viewer.ask("DESCRIBE", std::string(rtsp_address) + "/720p").reason, HasSubstr("rendition"));
    RtspPublisher second(house);
    EXPECT_EQ(second.announce().status, 200);
    const rtsp::Response taken = second.record();
    EXPECT_EQ(taken.status, 403);
    EXPECT_THAT(taken.reason, HasSubstr("somebody publishes this stream already"));
    RtspClient nothing(house);
    const rtsp::Response empty = nothing.ask(
        "ANNOUNCE", "rtsp://h/live/b", rtsp::Fields().add("Content-Type", "application/sdp"),
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H261/90000\r\n");
    EXPECT_EQ(empty.status, 415);
    house.is_full = true;
    RtspViewer one_too_many(house);
    EXPECT_THAT(one_too_many.play().reason, HasSubstr("limits.viewers"));
    EXPECT_EQ(house.viewers(), 0U);
}

TEST(Rtsp, APublisherThatIsLostOrStoppedLeavesTheStreamToItsHold) {
    RtspHouse house;
    {
        RtspPublisher publisher(house);
        publisher.go_on_air(house);
    }
    EXPECT_TRUE(eventually([&] {
        house.tick();
        return house.snapshot()->state == stream::State::recovering;
    }));
    EXPECT_TRUE(house.lines.has("the connection was lost"));
    RtspPublisher again(house);
    EXPECT_EQ(again.announce().status, 200);
    EXPECT_EQ(again.record().status, 200);
    const auto stream = house.registry.find({"live", "demo"});
    stream->shard().post([stream] { stream->stop("an operator said so", base::read_clocks()); });
    EXPECT_TRUE(again.is_closed());
    EXPECT_TRUE(house.lines.has("an operator said so"));
}

TEST(Rtsp, TooManyThatDoNothingMakeRoomForWhoeverComes) {
    RtspHouse house({}, {.waiting = 4});
    std::vector<std::unique_ptr<RtspClient>> idle;
    for (int i = 0; i < 8; ++i) {
        idle.push_back(std::make_unique<RtspClient>(house));
        EXPECT_EQ(idle.back()->ask("OPTIONS", "*").status, 200);
    }
    EXPECT_TRUE(idle.front()->is_closed());
    EXPECT_GE(house.endpoint.counts().refused.value(), 4U);
}

}  // namespace
}  // namespace weir::endpoint
