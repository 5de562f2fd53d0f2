// What players say to the server machine, and what they are told.
#include "proto/rtmp/server_answers.hpp"
#include "proto/rtmp/server_connection.hpp"

#include "proto/rtmp/scripted_client.hpp"
#include "wire/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::proto::rtmp {

namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

struct Wish {
    const char* name;
    const char* app;
    amf0::Value what;
    const char* asks;
};

const Wish wishes[] = {
    {"ffmpeg, librtmp, GStreamer: rtmp://h/live/demo", "live", "demo", "plays live/demo "},
    {"ffmpeg, librtmp, GStreamer: rtmp://h/live/demo/720p", "live/demo", "720p", "plays live/demo 720p"},
    {"a server and a key with a rung", "live", "demo/720p", "plays live/demo 720p"},
    {"the source by its name", "live/demo", "source", "plays live/demo source"},
    {"a token, which nobody asks for", "live", "demo?token=secret", "plays live/demo "},
    {"Flash's default instance", "live/_definst_", "demo", "plays live/demo "},
    {"all of it in the key", "", "live/demo/480p", "plays live/demo 480p"},
    {"play2 with an object", "live", amf0::Object().set("streamName", "demo").set("transition", "reset"),
     "plays live/demo "},
};

TEST(ServerPlay, EveryWayOfCuttingAnAddressPlaysTheSameStream) {
    for (const Wish& row : wishes) {
        ScriptedClient client;
        client.handshake();
        client.connect(amf0::Object().set("app", row.app));
        client.say(0, {"createStream", 2, {amf0::Null{}}});
        client.say(1, {row.what.object() != nullptr ? "play2" : "play", 0, {amf0::Null{}, row.what}});
        EXPECT_THAT(client.events(), ElementsAre(row.asks)) << row.name;
    }
}

TEST(ServerPlay, WhatIsNoStreamIsRefusedBeforeAnybodyIsAsked) {
    struct Case {
        const char* name;
        const char* app;
        amf0::Value what;
    };
    for (const Case& row : {Case{"no name", "live", amf0::Null{}}, Case{"an empty name", "live", ""},
                            Case{"a climb", "live", "../../etc/passwd"}, Case{"four parts", "live/demo", "720p/x"},
                            Case{"a rung that is no name", "live/demo", "<720p>"},
                            Case{"a hidden rung", "live/demo", ".."}, Case{"a number", "live", 7.0}}) {
        ScriptedClient client;
        client.handshake();
        client.connect(amf0::Object().set("app", row.app));
        client.play(row.what);
        EXPECT_EQ(client.code(), "NetStream.Play.StreamNotFound") << row.name;
        const auto events = client.events();
        ASSERT_EQ(events.size(), 1U) << row.name;
        EXPECT_EQ(events[0], "closed refused: " + client.description()) << row.name;
    }
}

TEST(ServerPlay, APlayerIsToldAllThatPlayersWaitForAndThenItsMediaMayCome) {
    ScriptedClient client;
    client.handshake();
    client.connect();
    client.say(0, {"createStream", 2, {amf0::Null{}}});
    client.say(0, {"FCSubscribe", 3, {amf0::Null{}, "demo"}});
    EXPECT_EQ(client.answers.back().name, "onFCSubscribe");
    client.say(0, {"getStreamLength", 4, {amf0::Null{}, "demo"}});
    EXPECT_EQ(*client.answers.back().argument(1).number(), 0);
    client.play("demo");
    EXPECT_THAT(client.events(), ElementsAre("plays live/demo "));
    EXPECT_EQ(client.server.deadline(), std::nullopt);
    client.answers.clear();
    client.controls.clear();
    client.server.accept_play(client.now);
    client.flush();
    EXPECT_TRUE(client.server.is_playing());
    ASSERT_EQ(client.answers.size(), 2U);
    EXPECT_EQ(text_of(*client.answers[0].argument(1).object(), "code"), "NetStream.Play.Reset");
    EXPECT_EQ(client.code(), "NetStream.Play.Start");
    ASSERT_EQ(client.controls.size(), 1U) << "a data message would be a track to ffmpeg";
    EXPECT_EQ(tests::to_hex(client.controls[0].payload), "000000000001") << "StreamBegin of stream 1";
}

TEST(ServerPlay, EverythingSaidInOneBreathIsUnderstood) {
    ScriptedClient client;
    client.handshake();
    client.sender.command(0, {"connect", 1, {amf0::Object().set("app", "live")}});
    client.sender.command(0, {"createStream", 2, {amf0::Null{}}});
    client.sender.command(1, {"play", 0, {amf0::Null{}, "demo"}});
    client.sender.user_control(UserControl::ping_request, 7);
    client.flush();
    client.controls.clear();
    client.server.accept_play(client.now);
    client.flush();
    EXPECT_THAT(client.events(), ElementsAre("plays live/demo "));
    EXPECT_EQ(tests::to_hex(client.controls.back().payload), "000700000007");
}

TEST(ServerPlay, AStreamThatIsNotLiveIsRefusedInWords) {
    struct Case {
        Refusal refusal;
        const char* code;
    };
    for (const Case& row :
         {Case{Refusal::bad_name, "NetStream.Play.StreamNotFound"}, Case{Refusal::denied, "NetStream.Play.Failed"},
          Case{Refusal::failed, "NetStream.Play.Failed"}}) {
        ScriptedClient client;
        client.handshake();
        client.connect();
        client.play("demo");
        (void)client.events();
        client.server.refuse(row.refusal, "no stream of that name is live");
        client.flush();
        EXPECT_EQ(client.code(), row.code);
        EXPECT_EQ(client.description(), "no stream of that name is live");
        EXPECT_THAT(client.events(), ElementsAre("closed refused: no stream of that name is live"));
    }
}

TEST(ServerPlay, APlayerMayPauseAndGoOn) {
    ScriptedClient client;
    client.start_playing();
    client.say(1, {"pause", 0, {amf0::Null{}, true, 1200.0}});
    EXPECT_EQ(client.code(), "NetStream.Pause.Notify");
    client.say(1, {"pause", 0, {amf0::Null{}, false, 1200.0}});
    EXPECT_EQ(client.code(), "NetStream.Unpause.Notify");
    EXPECT_THAT(client.events(), ElementsAre("paused", "goes on"));
}

TEST(ServerPlay, WhatALiveStreamCannotDoDoesNotEndThePlayer) {
    ScriptedClient client;
    client.start_playing();
    client.say(1, {"seek", 0, {amf0::Null{}, 60'000.0}});
    EXPECT_EQ(client.code(), "NetStream.Seek.Failed");
    EXPECT_EQ(text_of(*client.answers.back().argument(1).object(), "level"), "status");
    const std::size_t before = client.answers.size();
    client.say(1, {"receiveVideo", 0, {amf0::Null{}, false}});
    client.say(1, {"receiveAudio", 0, {amf0::Null{}, true}});
    client.sender.set_buffer_length(1, 3000);
    client.send(MessageType::video, 0, tests::from_hex("17 00"));
    EXPECT_EQ(client.answers.size(), before);
    client.play("other");
    EXPECT_EQ(client.code(), "NetStream.Play.Failed");
    EXPECT_THAT(client.events(), IsEmpty());
    EXPECT_TRUE(client.server.is_playing());
}

TEST(ServerPlay, APlayerThatSaysGoodbyeIsLetGo) {
    for (const Command& goodbye : {Command{"deleteStream", 6, {amf0::Null{}, 1.0}}, Command{"closeStream", 0, {}},
                                   Command{"play", 0, {amf0::Null{}, false}}}) {
        ScriptedClient client;
        client.start_playing();
        client.say(1, goodbye);
        EXPECT_EQ(client.code(), "NetStream.Play.Stop") << goodbye.name;
        EXPECT_THAT(client.events(), ElementsAre("closed closed: the player said goodbye")) << goodbye.name;
    }
}

TEST(ServerPlay, TheEndOfTheStreamIsTheEndOfTheFile) {
    ScriptedClient client;
    client.start_playing();
    client.server.end_play("the stream has ended");
    client.flush();
    ASSERT_EQ(client.controls.size(), 1U);
    EXPECT_EQ(tests::to_hex(client.controls[0].payload), "000100000001") << "StreamEOF of stream 1";
    EXPECT_EQ(client.code(), "NetStream.Play.UnpublishNotify");
    EXPECT_THAT(client.events(), ElementsAre("closed closed: the stream has ended"));
}

TEST(ServerPlay, APlayerIsAcknowledgedAndAnswered) {
    ScriptedClient client({.limits = {.talk = base::ByteCount(1U << 20), .smallest_window = base::ByteCount(100)}});
    client.start_playing();
    client.sender.set_window(100);
    client.sender.user_control(UserControl::ping_request, 0x01020304);
    client.flush();
    EXPECT_EQ(tests::to_hex(client.controls.at(0).payload), "000701020304");
    client.controls.clear();
    for (int i = 0; i < 10; ++i) {
        client.sender.acknowledge(1);
        client.flush();
    }
    ASSERT_FALSE(client.controls.empty());
    EXPECT_EQ(client.controls[0].type, MessageType::acknowledgement);
}

TEST(ServerPlay, APlayerThatTalksWithoutEndIsCutAndOneThatPlaysForDaysIsNot) {
    ScriptedClient chatter;
    chatter.start_playing();
    for (int i = 0; i < 5000 && chatter.server.is_playing(); ++i) {
        chatter.sender.acknowledge(1);
        chatter.flush();
    }
    EXPECT_THAT(chatter.events(), ElementsAre("closed too_large: the player says more than players do"));
    EXPECT_EQ(chatter.code(), "NetStream.Play.Failed");

    ScriptedClient patient;
    patient.start_playing();
    for (int i = 0; i < 20'000; ++i) {
        patient.advance(seconds(1));
        patient.sender.acknowledge(1);
        patient.flush();
    }
    EXPECT_THAT(patient.events(), IsEmpty());
}

TEST(ServerPlay, AMessageThatNoPlayerSendsIsRefusedBeforeItIsStored) {
    ScriptedClient client;
    client.start_playing();
    client.sender.raw().bytes(tests::from_hex("03 000000 001001 14 01000000"));
    client.flush();
    EXPECT_THAT(client.events(), ElementsAre("closed too_large: an RTMP message is larger than allowed"));
}

TEST(ServerPlay, GarbageFromAPlayerEndsThePlayerAlone) {
    ScriptedClient client;
    client.start_playing();
    client.sender.raw().u8(0xFF);
    client.flush();
    EXPECT_THAT(client.events(), ElementsAre(StartsWith("closed malformed: ")));
}

TEST(ServerPlay, MediaIsPlayedOnTheFirstStreamAlone) {
    ScriptedClient client;
    client.handshake();
    client.connect();
    client.say(2, {"play", 0, {amf0::Null{}, "demo"}});
    EXPECT_EQ(client.code(), "NetStream.Play.Failed");
    EXPECT_THAT(client.events(), IsEmpty());
}

TEST(ServerPlay, WhoPublishesDoesNotPlayOnTheSameConnection) {
    ScriptedClient client;
    client.start_publishing();
    client.play("demo");
    EXPECT_EQ(client.code(), "NetStream.Play.Failed");
    EXPECT_TRUE(client.server.is_publishing());
}

}  // namespace

}  // namespace weir::proto::rtmp
