#include "proto/rtsp/server_connection.hpp"

#include "proto/rtsp/message.hpp"
#include "proto/rtsp/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::proto::rtsp {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* address = "rtsp://h:8554/live/demo";
constexpr const char* interleaved = "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record";

/// A client that says what it is told to, and the server with the answers of a driver.
struct Talk {
    Talk() : server({.session = "s1", .nonce = "n1"}, now) {}

    void send(std::string_view bytes) { server.receive(base::as_bytes(bytes), now); }
    /// The response to a request.
    Response say(std::string method, std::string where, Fields fields = {}, std::string body = {}) {
        send_request(std::move(method), std::move(where), std::move(fields), std::move(body));
        return response();
    }
    void send_request(std::string method, std::string where, Fields fields = {}, std::string body = {}) {
        fields.add("CSeq", std::to_string(++sequence));
        std::string text;
        write(Request{std::move(method), std::move(where), std::move(fields), std::move(body)}, text);
        send(text);
    }
    /// The next response; a status of 0 where there is none.
    Response response() {
        const base::Bytes output = server.take_output();
        base::ByteView bytes = output;
        Reader reader{Limits{}};
        auto item = reader.next(bytes);
        EXPECT_TRUE(item);
        if (!item || !*item) return {.status = 0};
        return std::get<Response>(**item);
    }
    std::vector<std::string> events() {
        std::vector<std::string> told;
        while (auto event = server.next_event())
            told.push_back(std::visit([](auto& one) { return text(one); }, *event));
        return told;
    }
    void announce(std::vector<TrackOffer> tracks = {{"streamid=0", {}}, {"streamid=1", {}}}) {
        send_request("ANNOUNCE", address, Fields().add("Content-Type", "application/sdp"), "v=0\r\n");
        EXPECT_THAT(events(), ElementsAre("publish live/demo token= sdp=v=0\r\n"));
        server.accept_publish(std::move(tracks), now);
        EXPECT_EQ(response().status, 200);
    }
    void describe() {
        send_request("DESCRIBE", address);
        EXPECT_THAT(events(), ElementsAre("play live/demo/"));
        server.accept_play("v=0\r\n", {{"trackID=1", Pair{0, 1}}, {"trackID=2", Pair{2, 3}}}, now);
    }
    void record() {
        announce();
        EXPECT_EQ(say("SETUP", "rtsp://h:8554/live/demo/streamid=0", Fields().add("Transport", interleaved)).status,
                  200);
        send_request("RECORD", address, Fields().add("Session", "s1"));
        EXPECT_THAT(events(), ElementsAre("start"));
        server.accept_start(seconds(10), now);
        EXPECT_EQ(response().status, 200);
    }

    static std::string text(PublishRequested& event) {
        const Visitor& visitor = event.request->visitor;
        return "publish " + visitor.stream.text() + " token=" + visitor.token + " sdp=" + event.request->description;
    }
    static std::string text(PlayRequested& event) {
        return "play " + event.request->visitor.stream.text() + '/' + event.request->rung;
    }
    static std::string text(DatagramsRequested& event) {
        return "ports for " + std::to_string(event.track) + " at " + std::to_string(event.client_ports.rtp);
    }
    static std::string text(StartRequested&) { return "start"; }
    static std::string text(Paused& event) { return event.is_paused ? "pause" : "go on"; }
    static std::string text(Media& event) {
        return (event.is_control ? "rtcp " : "rtp ") + std::to_string(event.track) + ' ' +
               std::string(base::as_text(event.packet));
    }
    static std::string text(Closed& event) { return "closed: " + event.text; }

    base::Instant now{};
    int sequence = 0;
    ServerConnection server;
};

std::string frame(std::uint8_t channel, std::string_view packet) {
    std::string out;
    Reader::write_frame_head(channel, static_cast<std::uint16_t>(packet.size()), out);
    return out.append(packet);
}

TEST(RtspServer, APublisherAnnouncesSetsUpRecordsAndItsPacketsCome) {
    Talk talk;
    EXPECT_THAT(std::string(talk.say("OPTIONS", address).fields.find("Public")), HasSubstr("RECORD"));
    talk.announce();
    const Response first =
        talk.say("SETUP", "rtsp://h:8554/live/demo/streamid=0", Fields().add("Transport", interleaved));
    EXPECT_EQ(first.fields.find("Session"), "s1;timeout=60");
    EXPECT_EQ(first.fields.find("Transport"), "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record");
    const Response second = talk.say("SETUP", "rtsp://h:8554/live/demo/streamid=1",
                                     Fields().add("Transport", "RTP/AVP/TCP;unicast").add("Session", "s1"));
    EXPECT_EQ(second.fields.find("Transport"), "RTP/AVP/TCP;unicast;interleaved=2-3;mode=record");
    talk.send_request("RECORD", address, Fields().add("Session", "s1"));
    EXPECT_THAT(talk.events(), ElementsAre("start"));
    talk.send(frame(0, "early"));
    EXPECT_FALSE(talk.server.is_publishing());
    talk.server.accept_start(seconds(10), talk.now);
    EXPECT_EQ(talk.response().status, 200);
    EXPECT_TRUE(talk.server.is_publishing());
    talk.send(frame(2, "sound") + frame(3, "report") + frame(9, "nobody's"));
    EXPECT_THAT(talk.events(), ElementsAre("rtp 0 early", "rtp 1 sound", "rtcp 1 report"));
    EXPECT_EQ(talk.say("GET_PARAMETER", address, Fields().add("Session", "s1")).status, 200);
    EXPECT_EQ(talk.say("TEARDOWN", address, Fields().add("Session", "s1")).status, 200);
    EXPECT_THAT(talk.events(), ElementsAre("closed: the publisher said goodbye"));
}

TEST(RtspServer, APlayerIsToldWhatThereIsAndWhatItSetUpBegins) {
    Talk talk;
    talk.describe();
    const Response description = talk.response();
    EXPECT_EQ(description.fields.find("Content-Base"), "rtsp://h:8554/live/demo/");
    EXPECT_EQ(description.body, "v=0\r\n");
    const Response setup = talk.say("SETUP", "rtsp://h:8554/live/demo/trackID=2",
                                    Fields().add("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"));
    EXPECT_EQ(setup.fields.find("Transport"), "RTP/AVP/TCP;unicast;interleaved=2-3") << "channels are those of the log";
    talk.send_request("PLAY", "rtsp://h:8554/live/demo/", Fields().add("Session", "s1"));
    EXPECT_THAT(talk.events(), ElementsAre("start"));
    talk.server.accept_start({}, talk.now);
    EXPECT_EQ(talk.response().status, 200);
    ASSERT_EQ(talk.server.set_up().size(), 1U);
    EXPECT_EQ(talk.server.set_up().front().track, 1U);
    EXPECT_EQ(talk.say("PAUSE", address).status, 200);
    EXPECT_EQ(talk.say("PLAY", address).status, 200);
    talk.send(frame(3, "a receiver's report"));
    EXPECT_THAT(talk.events(), ElementsAre("pause", "go on"));
    EXPECT_FALSE(talk.server.deadline()) << "TCP says when it is gone";
}

TEST(RtspServer, ATrackMayBeSetUpWithoutADescription) {
    Talk talk;
    talk.send_request("SETUP", "rtsp://h/live/demo/720p/trackID=1",
                      Fields().add("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"));
    EXPECT_THAT(talk.events(), ElementsAre("play live/demo/720p"));
    talk.server.accept_play("v=0\r\n", {{"trackID=1", Pair{0, 1}}}, talk.now);
    EXPECT_EQ(talk.response().status, 200);
}

TEST(RtspServer, DatagramsAreAskedAboutAndRefusedWithTheStatusThatMakesClientsTryTcp) {
    Talk talk;
    talk.announce();
    const Fields udp = Fields().add("Transport", "RTP/AVP;unicast;client_port=5000-5001");
    talk.send_request("SETUP", "rtsp://h/live/demo/streamid=0", udp);
    EXPECT_THAT(talk.events(), ElementsAre("ports for 0 at 5000"));
    talk.server.refuse(Refusal::transport, "there are no more ports", talk.now);
    EXPECT_EQ(talk.response().status, 461);
    talk.send_request("SETUP", "rtsp://h/live/demo/streamid=0", udp);
    EXPECT_THAT(talk.events(), ElementsAre("ports for 0 at 5000"));
    talk.server.accept_datagrams({9000, 9001}, talk.now);
    EXPECT_EQ(talk.response().fields.find("Transport"),
              "RTP/AVP;unicast;client_port=5000-5001;server_port=9000-9001;mode=record");
    EXPECT_EQ(talk.say("SETUP", "rtsp://h/live/demo/streamid=1", Fields().add("Transport", interleaved)).status, 461)
        << "tracks go all the same way";
}

TEST(RtspServer, WhoGivesNoKeyIsAskedForAPasswordAndNotForEver) {
    Talk talk;
    const auto announce = [&](const char* authorization) {
        Fields fields = Fields().add("Content-Type", "application/sdp");
        if (authorization != nullptr) fields.add("Authorization", authorization);
        talk.send_request("ANNOUNCE", address, std::move(fields), "v=0\r\n");
    };
    announce(nullptr);
    auto event = talk.server.next_event();
    EXPECT_FALSE(std::get<PublishRequested>(*event).request->visitor.credentials);
    talk.server.ask_password("publishing needs a key", talk.now);
    const Response asked = talk.response();
    EXPECT_EQ(asked.status, 401);
    EXPECT_EQ(asked.reason, "Unauthorized: publishing needs a key");
    const auto challenge = choose_challenge(asked.fields);
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->nonce, "n1");

    announce(print(answer(*challenge, {"me", "key"}, "ANNOUNCE", address, 1, "")).c_str());
    event = talk.server.next_event();
    const auto& credentials = std::get<PublishRequested>(*event).request->visitor.credentials;
    ASSERT_TRUE(credentials);
    EXPECT_TRUE(credentials->know("key"));
    talk.server.ask_password("the key is wrong", talk.now);
    EXPECT_EQ(talk.response().status, 401);
    Challenge other = *challenge;
    other.nonce = "n2";
    announce(print(answer(other, {"me", "key"}, "ANNOUNCE", address, 1, "")).c_str());
    event = talk.server.next_event();
    EXPECT_FALSE(std::get<PublishRequested>(*event).request->visitor.credentials) << "said on another connection";
    talk.server.ask_password("the key is wrong", talk.now);
    EXPECT_EQ(talk.response().status, 401);
    announce("Basic bWU6eA==");
    (void)talk.server.next_event();
    talk.server.ask_password("the key is wrong", talk.now);
    EXPECT_EQ(talk.response().status, 403);
    EXPECT_THAT(talk.events(), ElementsAre("closed: the key is wrong"));
}

TEST(RtspServer, ASessionBelongsToItsConnectionAndToWhatItWasBegunFor) {
    Talk talk;
    EXPECT_EQ(talk.say("PLAY", address, Fields().add("Session", "s1")).status, 454) << "not begun yet";
    talk.announce();
    EXPECT_EQ(talk.say("PLAY", address).status, 455);
    EXPECT_EQ(talk.say("RECORD", address).status, 455) << "nothing is set up";
    EXPECT_EQ(talk.say("DESCRIBE", address).status, 455);
    EXPECT_EQ(talk.say("SETUP", "rtsp://h/live/other/streamid=0", Fields().add("Transport", interleaved)).status, 404);
    EXPECT_EQ(talk.say("SETUP", "rtsp://h/live/demo/streamid=0", Fields().add("Transport", interleaved)).status, 200);
    EXPECT_EQ(talk.say("SETUP", "rtsp://h/live/demo/streamid=0", Fields().add("Transport", interleaved)).status, 455);
    EXPECT_EQ(talk.say("SETUP", "rtsp://h/live/demo/streamid=1", Fields().add("Transport", interleaved)).status, 400)
        << "the channels are taken";
    EXPECT_EQ(talk.say("RECORD", address, Fields().add("Session", "another")).status, 454);
    EXPECT_THAT(talk.events(), IsEmpty());
}

TEST(RtspServer, WhatCannotBeIsAnsweredInWords) {
    Talk talk;
    EXPECT_EQ(talk.say("FLY", address).status, 501);
    EXPECT_EQ(talk.say("DESCRIBE", "rtsp://h/live").reason,
              "Not Found: the address names no stream: it is rtsp://HOST/APP/NAME");
    EXPECT_EQ(talk.say("ANNOUNCE", address).status, 415);
    EXPECT_EQ(talk.say("DESCRIBE", address, Fields().add("Accept", "text/parameters")).status, 415);
    EXPECT_EQ(talk.say("SET_PARAMETER", address, {}, "volume: 3\r\n").status, 451);
    const Response required = talk.say("OPTIONS", "*", Fields().add("Require", "fly"));
    EXPECT_EQ(required.status, 551);
    EXPECT_EQ(required.fields.find("Unsupported"), "fly");
    talk.send("OPTIONS * RTSP/1.0\r\n\r\n");
    EXPECT_EQ(talk.response().reason, "Bad Request: the request has no CSeq");
    talk.send_request("DESCRIBE", address);
    EXPECT_EQ(talk.events().size(), 1U);
    talk.server.refuse(Refusal::not_found, "no stream of that name is live", talk.now);
    const Response refused = talk.response();
    EXPECT_EQ(refused.reason, "Not Found: no stream of that name is live");
    EXPECT_EQ(refused.body, "no stream of that name is live\n");
    talk.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(talk.response().reason, "RTSP Version Not Supported: this port speaks RTSP, and not HTTP");
    EXPECT_THAT(talk.events(), ElementsAre("closed: this port speaks RTSP, and not HTTP"));
}

TEST(RtspServer, WhoDoesNothingOrSendsNothingIsClosedInTime) {
    Talk idle;
    idle.server.tick(idle.now + seconds(9));
    EXPECT_THAT(idle.events(), IsEmpty());
    idle.server.tick(idle.now + seconds(10));
    EXPECT_THAT(idle.events(), ElementsAre("closed: the client did not publish or play in time"));

    Talk publisher;
    publisher.record();
    publisher.now += seconds(9);
    publisher.send(frame(0, "a"));
    publisher.server.tick(publisher.now + seconds(9));
    EXPECT_THAT(publisher.events(), ElementsAre("rtp 0 a"));
    publisher.now += seconds(10);
    EXPECT_EQ(publisher.say("OPTIONS", address).status, 200) << "words are no media";
    publisher.server.tick(publisher.now);
    EXPECT_THAT(publisher.events(), ElementsAre("closed: the publisher sent no media for too long"));
}

TEST(RtspServer, AFloodBeforeTheAnswerAndAFloodOfWordsEndTheConnection) {
    Talk publisher;
    publisher.send_request("ANNOUNCE", address, Fields().add("Content-Type", "application/sdp"), "v=0\r\n");
    (void)publisher.events();
    for (int i = 0; i < 5; ++i) publisher.send(frame(0, std::string(60'000, 'x')));
    EXPECT_THAT(publisher.events(), ElementsAre("closed: the client sends too much before its request is answered"));

    Talk player;
    player.describe();
    (void)player.response();
    (void)player.say("SETUP", "rtsp://h/live/demo/trackID=1", Fields().add("Transport", interleaved));
    player.send_request("PLAY", address);
    (void)player.events();
    player.server.accept_start({}, player.now);
    player.send(frame(1, std::string(60'000, 'x')));
    EXPECT_THAT(player.events(), IsEmpty());
    player.send(frame(1, std::string(60'000, 'x')));
    EXPECT_THAT(player.events(), ElementsAre("closed: the player says more than players do"));
}

}  // namespace
}  // namespace weir::proto::rtsp
