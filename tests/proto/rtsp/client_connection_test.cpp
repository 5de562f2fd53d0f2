// The client against the server, in virtual time; and against what servers say that ours does not.
#include "proto/rtsp/client_connection.hpp"

#include "proto/rtsp/message.hpp"
#include "proto/rtsp/reader.hpp"
#include "proto/rtsp/server_connection.hpp"

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

constexpr const char* address = "rtsp://h/live/demo?x=1";

ClientConnection::Options options(Purpose purpose) {
    return {.purpose = purpose,
            .address = address,
            .login = {.user = "me", .password = "key"},
            .description = "v=0\r\n",
            .filler = "f"};
}

/// What either end tells, and the bytes between them; the server asks for a password once.
struct Pairing {
    explicit Pairing(ClientConnection::Options of)
        : client(std::move(of), now), server({.session = "s", .nonce = "n"}, now) {}

    void run() {
        for (int i = 0; i < 50; ++i) {
            while (auto event = client.next_event()) std::visit([this](auto& one) { take(one); }, *event);
            server.receive(client.take_output(), now);
            while (auto event = server.next_event()) std::visit([this](auto& one) { take(one); }, *event);
            client.receive(server.take_output(), now);
        }
    }
    void take(TracksRequested& event) {
        told.push_back("tracks " + event.description);
        client.set_up({{"trackID=1", {}}, {"trackID=2", {}}}, now);
    }
    void take(PortsRequested& event) {
        told.push_back("ports " + std::to_string(event.track));
        client.use_ports({5000, 5001}, now);
    }
    void take(Started& event) { told.push_back("started " + std::to_string(event.timestamps.size())); }
    void take(ClientClosed& event) { told.push_back("client closed: " + event.text); }
    void take(PublishRequested& event) {
        if (!event.request->visitor.credentials) return server.ask_password("who", now);
        told.push_back(event.request->visitor.credentials->know("key") ? "publishes" : "is wrong");
        server.accept_publish({{"trackID=1", {}}, {"trackID=2", {}}}, now);
    }
    void take(PlayRequested&) {
        server.accept_play("v=0\r\n", {{"trackID=1", Pair{0, 1}}, {"trackID=2", Pair{2, 3}}}, now);
    }
    void take(DatagramsRequested&) {
        if (has_ports) return server.accept_datagrams({9000, 9001}, now);
        server.refuse(Refusal::transport, "no ports", now);
    }
    void take(StartRequested&) { server.accept_start(seconds(10), now); }
    void take(Paused&) {}
    void take(Media& event) { told.push_back("media " + std::to_string(event.track)); }
    void take(Closed& event) { told.push_back("server closed: " + event.text); }

    base::Instant now{};
    bool has_ports = true;
    std::vector<std::string> told;
    ClientConnection client;
    ServerConnection server;
};

TEST(RtspClient, PlaysWhatOurServerHasAndSaysGoodbye) {
    Pairing pair(options(Purpose::play));
    pair.run();
    EXPECT_THAT(pair.told, ElementsAre("tracks v=0\r\n", "started 2"));
    EXPECT_TRUE(pair.client.is_started());
    EXPECT_EQ(pair.client.tracks()[1].transport.channels, (Pair{2, 3}));
    std::string frame;
    Reader::write_frame_head(2, 1, frame);
    pair.client.receive(base::as_bytes(frame + "x"), pair.now);
    pair.client.finish();
    pair.run();
    EXPECT_THAT(pair.told, ElementsAre("tracks v=0\r\n", "started 2", "media 1", "client closed: we said goodbye",
                                       "server closed: the player said goodbye"));
}

TEST(RtspClient, PublishesWithThePasswordThatTheServerAsksFor) {
    Pairing pair(options(Purpose::publish));
    pair.run();
    EXPECT_THAT(pair.told, ElementsAre("publishes", "tracks ", "started 2"));
    EXPECT_TRUE(pair.server.is_publishing());
    std::string frame;
    Reader::write_frame_head(0, 1, frame);
    pair.server.receive(base::as_bytes(frame + "x"), pair.now);
    pair.run();
    EXPECT_EQ(pair.told.back(), "media 0");
}

TEST(RtspClient, GoesOverUdpWhereItMayAndElseOverTheConnection) {
    auto over_udp = options(Purpose::play);
    over_udp.lower = Transport::Lower::udp;
    Pairing pair(over_udp);
    pair.run();
    EXPECT_THAT(pair.told, ElementsAre("tracks v=0\r\n", "ports 0", "ports 1", "started 2"));
    EXPECT_EQ(pair.client.tracks()[0].transport.server_ports, (Pair{9000, 9001}));
    Pairing other(over_udp);
    other.has_ports = false;
    other.run();
    EXPECT_THAT(other.told, ElementsAre("tracks v=0\r\n", "ports 0", "started 2"));
    EXPECT_EQ(other.client.tracks()[0].transport.channels, (Pair{0, 1}));
}

TEST(RtspClient, KeepsItsSessionAliveAndGivesUpOnSilence) {
    auto over_udp = options(Purpose::play);
    over_udp.lower = Transport::Lower::udp;
    Pairing pair(over_udp);
    pair.run();
    for (int i = 0; i < 20; ++i) {
        pair.now += seconds(31);
        pair.client.tick(pair.now);
        pair.server.receive(pair.client.take_output(), pair.now);
        pair.server.tick(pair.now);
        pair.client.receive(pair.server.take_output(), pair.now);
    }
    EXPECT_TRUE(pair.client.is_started());
    EXPECT_TRUE(pair.server.is_playing());
    pair.client.tick(pair.now + seconds(60));
    EXPECT_FALSE(pair.client.is_started());
    ClientConnection nobody(options(Purpose::play), {});
    nobody.tick(base::Instant() + seconds(10));
    EXPECT_EQ(std::get<ClientClosed>(*nobody.next_event()).text, "the server did not answer in time");
}

/// A server of which only the words are known.
struct Script {
    explicit Script(Purpose purpose) : client(options(purpose), now) {}

    Request asked() {
        const base::Bytes output = client.take_output();
        base::ByteView bytes = output;
        Reader reader{Limits{}};
        auto item = reader.next(bytes);
        return item && *item ? std::get<Request>(**item) : Request{};
    }
    void answer(std::string_view text) { client.receive(base::as_bytes(text), now); }

    base::Instant now{};
    ClientConnection client;
};

TEST(RtspClient, CamerasThatSayLittleOrSayItStrangelyAreUnderstood) {
    Script camera(Purpose::play);
    EXPECT_EQ(camera.asked().method, "OPTIONS");
    camera.answer("RTSP/1.0 501 Not Implemented\r\nCSeq: 1\r\n\r\n");
    EXPECT_EQ(camera.asked().method, "DESCRIBE");
    camera.answer(
        "RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Basic realm=\"c\"\r\nWWW-Authenticate: Digest "
        "realm=\"c\", "
        "nonce=\"7\"\r\n\r\n");
    const Request again = camera.asked();
    EXPECT_THAT(std::string(again.fields.find("Authorization")), HasSubstr("Digest username=\"me\""));
    EXPECT_EQ(again.fields.find("Accept"), "application/sdp");
    camera.answer(
        "RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Base: rtsp://10.0.0.1:554/cam/\r\nContent-Length: 3\r\n\r\nv=0");
    EXPECT_EQ(std::get<TracksRequested>(*camera.client.next_event()).description, "v=0");
    camera.client.set_up({{"rtsp://10.0.0.1:554/cam/track1", {}}, {"track2", {}}}, camera.now);
    const Request setup = camera.asked();
    EXPECT_EQ(setup.address, "rtsp://10.0.0.1:554/cam/track1");
    EXPECT_FALSE(setup.fields.find("Authorization").empty()) << "each request says it";
    camera.answer("RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 12;timeout=30\r\n\r\n");
    const Request second = camera.asked();
    EXPECT_EQ(second.address, "rtsp://10.0.0.1:554/cam/track2");
    EXPECT_EQ(second.fields.find("Session"), "12");
    camera.answer("RTSP/1.0 200 OK\r\nCSeq: 5\r\nTransport: RTP/AVP/TCP;interleaved=6-7\r\nSession: 12\r\n\r\n");
    EXPECT_EQ(camera.asked().method, "PLAY");
    camera.answer("OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n");
    EXPECT_FALSE(camera.client.take_output().empty()) << "it is answered";
    camera.answer(
        "RTSP/1.0 200 OK\r\nCSeq: 6\r\nRTP-Info: "
        "url=rtsp://10.0.0.1/cam/track2;seq=1;rtptime=77,url=track1;rtptime=5\r\n\r\n");
    const auto started = std::get<Started>(*camera.client.next_event());
    EXPECT_THAT(started.timestamps, ElementsAre(5U, 77U));
    EXPECT_EQ(camera.client.tracks()[0].transport.channels, (Pair{0, 1})) << "as it was asked for";
    EXPECT_EQ(camera.client.tracks()[1].transport.channels, (Pair{6, 7}));
    camera.client.tick(camera.now + seconds(15));
    EXPECT_EQ(camera.asked().method, "OPTIONS") << "it does not know GET_PARAMETER";
}

TEST(RtspClient, WhatTheServerSaysEndsUpInTheReason) {
    Script server(Purpose::play);
    (void)server.asked();
    server.answer("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n");
    (void)server.asked();
    server.answer("RTSP/1.0 404 Not Found: no such camera\r\nCSeq: 2\r\n\r\n");
    const auto closed = std::get<ClientClosed>(*server.client.next_event());
    EXPECT_EQ(closed.kind, base::ErrorKind::not_found);
    EXPECT_EQ(closed.text, "the server answers DESCRIBE with 404 Not Found: no such camera");

    Script strict(Purpose::publish);
    (void)strict.asked();
    strict.answer("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n");
    for (const char* sequence : {"2", "3"}) {
        (void)strict.asked();
        strict.answer(std::string("RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm=\"c\"\r\nCSeq: ") + sequence +
                      "\r\n\r\n");
    }
    EXPECT_EQ(std::get<ClientClosed>(*strict.client.next_event()).kind, base::ErrorKind::refused)
        << "the same password again is of no use";
}

}  // namespace
}  // namespace weir::proto::rtsp
