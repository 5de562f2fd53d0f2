#include "proto/rtmp/server_connection.hpp"

#include "proto/rtmp/scripted_client.hpp"
#include "wire/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::proto::rtmp {

namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

base::Bytes data_of(std::initializer_list<amf0::Value> values) {
    base::ByteWriter out;
    for (const amf0::Value& value : values) {
        amf0::write(value, out);
    }
    return out.to_bytes();
}

TEST(ServerConnection, APublisherIsAskedAboutThenAcceptedThenItsMediaComes) {
    ScriptedClient client;
    client.handshake();
    client.connect();
    EXPECT_EQ(client.code(), "NetConnection.Connect.Success");
    client.say(0, {"releaseStream", 2, {amf0::Null{}, "demo"}});
    client.say(0, {"FCPublish", 3, {amf0::Null{}, "demo"}});
    client.say(0, {"createStream", 4, {amf0::Null{}}});
    EXPECT_EQ(client.answers.back().name, "_result");
    EXPECT_EQ(client.answers.back().transaction, 4);
    EXPECT_EQ(*client.answers.back().argument(1).number(), 1);
    client.publish("demo?token=secret");
    EXPECT_THAT(client.events(), ElementsAre("asks live/demo secret"));
    EXPECT_FALSE(client.server.is_publishing());
    client.server.accept_publish(seconds(10), client.now);
    client.flush();
    EXPECT_EQ(client.code(), "NetStream.Publish.Start");
    EXPECT_TRUE(client.server.is_publishing());
    client.send(MessageType::amf0_data, 0, data_of({"@setDataFrame", "onMetaData", amf0::EcmaArray{}}));
    client.send(MessageType::video, 40, tests::from_hex("17 00"));
    client.send(MessageType::audio, 46, tests::from_hex("af 01 00"));
    EXPECT_THAT(client.events(), ElementsAre("metadata+21", "video@40+2", "audio@46+3"));
}

TEST(ServerConnection, EverythingSaidInOneBreathIsUnderstood) {
    ScriptedClient client;
    client.handshake();
    client.sender.command(0, {"connect", 1, {amf0::Object().set("app", "live")}});
    client.sender.command(0, {"createStream", 2, {amf0::Null{}}});
    client.sender.command(1, {"publish", 3, {amf0::Null{}, "demo", "live"}});
    client.sender.message(ChunkStreamId::video, MessageType::video, 0, 1, tests::from_hex("17 00"));
    client.flush();
    client.server.accept_publish(seconds(10), client.now);
    EXPECT_THAT(client.events(), ElementsAre("asks live/demo ", "video@0+2"));
}

TEST(ServerConnection, ARefusedPublisherIsToldWhyAndItsMediaIsDropped) {
    struct Case {
        Refusal refusal;
        const char* code;
    };
    for (const Case& row :
         {Case{Refusal::bad_name, "NetStream.Publish.BadName"}, Case{Refusal::denied, "NetStream.Publish.Denied"},
          Case{Refusal::failed, "NetStream.Failed"}}) {
        ScriptedClient client;
        client.handshake();
        client.connect();
        client.sender.command(1, {"publish", 3, {amf0::Null{}, "demo", "live"}});
        client.sender.message(ChunkStreamId::video, MessageType::video, 0, 1, tests::from_hex("17 00"));
        client.flush();
        (void)client.server.next_event();
        client.server.refuse(row.refusal, "set auth.publish to any");
        client.flush();
        EXPECT_EQ(client.code(), row.code);
        EXPECT_EQ(client.description(), "set auth.publish to any");
        EXPECT_THAT(client.events(), ElementsAre("closed refused: set auth.publish to any"));
    }
}

struct BadKey {
    const char* name;
    const char* app;
    const char* key;
};

TEST(ServerConnection, ANameThatIsNoneIsRefusedBeforeAnybodyIsAsked) {
    for (const BadKey& row :
         {BadKey{"a climb", "live", "../../etc/passwd"}, BadKey{"nothing", "live", ""},
          BadKey{"three parts", "live/a", "b"}, BadKey{"script", "live", "<script>alert(1)</script>"}}) {
        ScriptedClient client;
        client.handshake();
        client.connect(amf0::Object().set("app", row.app));
        client.publish(row.key);
        EXPECT_EQ(client.code(), "NetStream.Publish.BadName") << row.name;
        const auto events = client.events();
        ASSERT_EQ(events.size(), 1U) << row.name;
        EXPECT_EQ(events[0], "closed refused: " + client.description()) << row.name;
    }
}

TEST(ServerConnection, AVirtualHostIsRefusedAtConnect) {
    ScriptedClient client;
    client.handshake();
    client.connect(amf0::Object().set("app", "live?vhost=other"));
    EXPECT_EQ(client.answers.back().name, "_error");
    EXPECT_EQ(client.code(), "NetConnection.Connect.Rejected");
    EXPECT_THAT(client.events(), ElementsAre("closed refused: " + client.description()));
}

TEST(ServerConnection, APublisherThatSaysGoodbyeMayPublishAgain) {
    ScriptedClient client;
    client.start_publishing();
    client.say(0, {"FCUnpublish", 6, {amf0::Null{}, "demo"}});
    client.say(0, {"deleteStream", 7, {amf0::Null{}, 1.0}});
    EXPECT_THAT(client.events(), ElementsAre("unpublished"));
    client.send(MessageType::video, 40, tests::from_hex("17 00"));
    EXPECT_THAT(client.events(), IsEmpty());
    client.say(0, {"createStream", 8, {amf0::Null{}}});
    client.publish("other");
    EXPECT_THAT(client.events(), ElementsAre("asks live/other "));
}

TEST(ServerConnection, ASecondPublicationOnTheSameConnectionIsRefusedAndTheFirstGoesOn) {
    ScriptedClient client;
    client.start_publishing();
    client.publish("other");
    EXPECT_EQ(client.code(), "NetStream.Publish.BadName");
    client.send(MessageType::video, 40, tests::from_hex("17 00"));
    EXPECT_THAT(client.events(), ElementsAre("video@40+2"));
}

TEST(ServerConnection, AnAmf3ClientIsUnderstood) {
    ScriptedClient client;
    client.handshake();
    client.connect(amf0::Object().set("app", "live").set("objectEncoding", 3.0));
    EXPECT_EQ(*client.answers.back().argument(1).object()->find("objectEncoding")->number(), 3);
    base::ByteWriter command;
    command.u8(0);
    write({"publish", 2, {amf0::Null{}, "demo", "live"}}, command);
    client.send(MessageType::amf3_command, 0, command.view());
    client.server.accept_publish(seconds(10), client.now);
    base::ByteWriter data;
    data.u8(0);
    data.bytes(data_of({"onMetaData", amf0::Object()}));
    client.send(MessageType::amf3_data, 0, data.view());
    EXPECT_THAT(client.events(), ElementsAre("asks live/demo ", "metadata+17"));
}

TEST(ServerConnection, AFlashClientThatSaysValuesInAmf3IsAnsweredInWhatItReads) {
    ScriptedClient client;
    client.handshake();
    // connect, 1, and the command object in AMF3: anonymous, with app, tcUrl, flashVer and objectEncoding, an integer.
    client.send(
        MessageType::amf3_command, 0,
        tests::from_hex("00 02 00 07 63 6f 6e 6e 65 63 74 00 3f f0 00 00 00 00 00 00"
                        "11 0a 0b 01 07 61 70 70 06 09 6c 69 76 65 0b 74 63 55 72 6c 06 1b 72 74 6d 70 3a 2f 2f 68 2f"
                        "6c 69 76 65 11 66 6c 61 73 68 56 65 72 06 0b 57 49 4e 20 39 1d 6f 62 6a 65 63 74 45 6e 63 6f"
                        "64 69 6e 67 04 03 01"));
    ASSERT_FALSE(client.answers.empty());
    EXPECT_EQ(client.answers.back().name, "_result") << "in AMF0, as the type of the message says";
    EXPECT_EQ(client.code(), "NetConnection.Connect.Success");
    EXPECT_EQ(*client.answers.back().argument(1).object()->find("objectEncoding")->number(), 3);
    // createStream, 2, null.
    client.send(MessageType::amf3_command, 0,
                tests::from_hex("00 02 00 0c 63 72 65 61 74 65 53 74 72 65 61 6d 00 40 00 00 00 00 00 00 00 11 01"));
    EXPECT_EQ(*client.answers.back().argument(1).number(), 1);
    // publish, 0, null, "demo" and "live" in AMF3.
    client.send(MessageType::amf3_command, 0,
                tests::from_hex("00 02 00 07 70 75 62 6c 69 73 68 00 00 00 00 00 00 00 00 00 05"
                                "11 06 09 64 65 6d 6f 11 06 09 6c 69 76 65"));
    client.server.accept_publish(seconds(10), client.now);
    client.flush();
    EXPECT_EQ(client.code(), "NetStream.Publish.Start");
    // @setDataFrame, onMetaData, and an array in AMF3 with width 320.
    client.send(
        MessageType::amf3_data, 0,
        tests::from_hex("00 02 00 0d 40 73 65 74 44 61 74 61 46 72 61 6d 65 02 00 0a 6f 6e 4d 65 74 61 44 61 74 61"
                        "11 09 01 0b 77 69 64 74 68 04 82 40 01"));
    EXPECT_THAT(client.events(), ElementsAre("asks live/demo ", "metadata+26"));
}

TEST(ServerConnection, EnhancedRtmpClientsLearnWhatTheyMaySend) {
    static constexpr std::string_view fourccs[] = {"avc1", "hvc1", "mp4a"};
    ScriptedClient client({.fourccs = fourccs});
    client.handshake();
    client.connect(amf0::Object().set("app", "live").set("fourCcList", amf0::StrictArray{{"hvc1", "av01"}}));
    const amf0::Object* properties = client.answers.back().argument(0).object();
    ASSERT_NE(properties, nullptr);
    ASSERT_NE(properties->find("fourCcList"), nullptr);
    EXPECT_TRUE(*properties->find("fourCcList")->array() == (amf0::StrictArray{{"avc1", "hvc1", "mp4a"}}));
    EXPECT_EQ(*properties->find("videoFourCcInfoMap")->object()->find("hvc1")->number(), 4);
    EXPECT_EQ(*properties->find("audioFourCcInfoMap")->object()->find("mp4a")->number(), 4);

    ScriptedClient plain({.fourccs = fourccs});
    plain.handshake();
    plain.connect();
    EXPECT_EQ(plain.answers.back().argument(0).object()->find("fourCcList"), nullptr);
}

TEST(ServerConnection, AnAggregateIsTakenApartOnTheStreamsOwnTime) {
    ScriptedClient client;
    client.start_publishing();
    client.send(MessageType::aggregate, 1000,
                tests::from_hex("09 000002 000064 00 000000 1700 0000000d"
                                "08 000003 00007b 00 000000 af0100 0000000e"));
    EXPECT_THAT(client.events(), ElementsAre("video@1000+2", "audio@1023+3"));
    client.send(MessageType::aggregate, 1000, tests::from_hex("09 0000ff 000064 00 000000 1700"));
    EXPECT_THAT(client.events(), ElementsAre(StartsWith("closed malformed: ")));
}

TEST(ServerConnection, PingsAreAnsweredAndBytesAcknowledged) {
    ScriptedClient client;
    client.start_publishing();
    client.controls.clear();
    client.sender.user_control(UserControl::ping_request, 0x01020304);
    client.sender.set_window(1);
    client.flush();
    ASSERT_EQ(client.controls.size(), 1U);
    EXPECT_EQ(client.controls[0].type, MessageType::user_control);
    EXPECT_EQ(tests::to_hex(client.controls[0].payload), "000701020304");
    // A window of one byte is raised to the smallest that is served.
    client.send(MessageType::video, 0, std::vector<std::uint8_t>(Limits().smallest_window.bytes()));
    ASSERT_EQ(client.controls.size(), 2U);
    EXPECT_EQ(client.controls[1].type, MessageType::acknowledgement);
    client.send(MessageType::video, 0, std::vector<std::uint8_t>(100));
    EXPECT_EQ(client.controls.size(), 2U);
}

TEST(ServerConnection, UnknownCallsAreAnsweredAndHarmNothing) {
    ScriptedClient client;
    client.start_publishing();
    client.say(0, {"makeCoffee", 9, {amf0::Null{}}});
    EXPECT_EQ(client.answers.back().name, "_error");
    EXPECT_EQ(client.code(), "NetConnection.Call.Failed");
    const std::size_t before = client.answers.size();
    client.say(0, {"onSomething", 0, {}});
    client.send(static_cast<MessageType>(99), 0, tests::from_hex("00"));
    client.send(MessageType::amf0_data, 0, tests::from_hex("ff"));
    client.send(MessageType::amf0_data, 0, data_of({"onCuePoint", amf0::Object()}));
    EXPECT_EQ(client.answers.size(), before);
    EXPECT_THAT(client.events(), IsEmpty());
}

TEST(ServerConnection, WhatWasParsedBeforeABadByteIsNotLostAndTheFailureIsLast) {
    ScriptedClient client;
    client.start_publishing();
    client.sender.message(ChunkStreamId::video, MessageType::video, 40, 1, tests::from_hex("17 00"));
    client.sender.raw().u8(0xFF);  // format 3 on a chunk stream that was never opened
    client.sender.message(ChunkStreamId::video, MessageType::video, 80, 1, tests::from_hex("17 00"));
    client.flush();
    EXPECT_THAT(client.events(), ElementsAre("video@40+2", StartsWith("closed malformed: ")));
    EXPECT_EQ(client.code(), "NetStream.Failed");
    client.send(MessageType::video, 120, tests::from_hex("17 00"));
    EXPECT_THAT(client.events(), IsEmpty());
    EXPECT_EQ(client.server.deadline(), std::nullopt);
}

TEST(ServerConnection, AMessageOf16MegabytesIsRefusedBeforeItIsStored) {
    ScriptedClient client;
    client.start_publishing();
    const std::size_t before = base::slab_bytes();
    client.sender.raw().bytes(tests::from_hex("06 000000 ffffff 09 01000000"));
    client.sender.raw().bytes(std::vector<std::uint8_t>(100));
    client.flush();
    EXPECT_THAT(client.events(), ElementsAre("closed too_large: an RTMP message is larger than allowed"));
    EXPECT_EQ(client.description(), "an RTMP message is larger than allowed");
    EXPECT_LT(base::slab_bytes(), before + 10'000);
}

TEST(ServerConnection, LargeMessagesAreNotTakenFromThoseWhoDoNotPublish) {
    ScriptedClient client;
    client.handshake();
    client.connect();
    client.sender.raw().bytes(tests::from_hex("06 000000 020000 09 01000000"));
    client.flush();
    EXPECT_THAT(client.events(), ElementsAre("closed too_large: an RTMP message is larger than allowed"));
}

TEST(ServerConnection, ClientsThatStopHalfWayAreLetGo) {
    ScriptedClient silent;
    EXPECT_EQ(silent.server.deadline(), silent.now + seconds(10));
    silent.advance(seconds(9));
    EXPECT_THAT(silent.events(), IsEmpty());
    silent.advance(seconds(1));
    EXPECT_THAT(silent.events(), ElementsAre("closed timed_out: the client did not finish the handshake in time"));

    ScriptedClient idle;
    idle.advance(seconds(5));
    idle.handshake();
    idle.connect();
    idle.advance(seconds(9));
    EXPECT_THAT(idle.events(), IsEmpty());
    idle.advance(seconds(1));
    EXPECT_THAT(idle.events(), ElementsAre("closed timed_out: the client did not publish or play in time"));
    EXPECT_EQ(idle.code(), "NetConnection.Connect.Closed");
}

TEST(ServerConnection, NobodyIsTimedOutWhileTheServerDecides) {
    ScriptedClient client;
    client.handshake();
    client.connect();
    client.publish("demo");
    EXPECT_EQ(client.server.deadline(), std::nullopt);
    client.advance(seconds(100));
    EXPECT_THAT(client.events(), ElementsAre("asks live/demo "));
}

TEST(ServerConnection, ASilentPublisherIsClosedAfterTheStreamsOwnTimeout) {
    ScriptedClient client;
    client.handshake();
    client.connect();
    client.publish("demo");
    client.server.accept_publish(seconds(3), client.now);
    (void)client.events();
    for (int i = 0; i < 5; ++i) {
        client.advance(seconds(2));
        client.send(MessageType::audio, 0, tests::from_hex("af 01 00"));
        client.events();
    }
    // Chatter is not media.
    client.advance(seconds(2));
    client.send(MessageType::amf0_data, 0, data_of({"onMetaData", amf0::Object()}));
    client.events();
    client.advance(seconds(1));
    EXPECT_THAT(client.events(), ElementsAre("closed timed_out: the publisher sent no media for too long"));
}

TEST(ServerConnection, APublisherThatIsHeldBackIsNotTakenForSilent) {
    ScriptedClient client;
    client.start_publishing();
    client.now += seconds(30);
    client.server.resume(client.now);
    client.advance(seconds(9));
    EXPECT_THAT(client.events(), IsEmpty());
    client.advance(seconds(1));
    EXPECT_THAT(client.events(), ElementsAre("closed timed_out: the publisher sent no media for too long"));
}

TEST(ServerConnection, WhatComesBeforeTheAnswerIsHeldAndBounded) {
    ScriptedClient client;
    client.handshake();
    client.connect();
    client.publish("demo");
    (void)client.events();
    client.send(MessageType::video, 0, std::vector<std::uint8_t>(200'000, 0x17));
    EXPECT_THAT(client.events(), IsEmpty());
    client.server.accept_publish(seconds(10), client.now);
    EXPECT_THAT(client.events(), ElementsAre("video@0+200000"));

    ScriptedClient greedy;
    greedy.handshake();
    greedy.connect();
    greedy.publish("demo");
    (void)greedy.events();
    greedy.send(MessageType::video, 0, std::vector<std::uint8_t>(300'000, 0x17));
    EXPECT_THAT(greedy.events(),
                ElementsAre("closed too_large: the client sends media before its publish is accepted"));
}

TEST(ServerConnection, AnEvictedPublisherIsToldWhy) {
    ScriptedClient client;
    client.start_publishing();
    client.server.close(base::ErrorKind::closed, "another publisher took over");
    client.flush();
    EXPECT_EQ(client.description(), "another publisher took over");
    EXPECT_THAT(client.events(), ElementsAre("closed closed: another publisher took over"));
}

TEST(ServerConnection, TheClientsNameForItselfCannotForgeALogLine) {
    ScriptedClient client;
    client.handshake();
    client.connect(amf0::Object().set("app", "live").set("flashVer", "evil\n\x1b[31m" + std::string(1000, 'x')));
    client.publish("demo");
    const auto event = client.server.next_event();
    ASSERT_TRUE(event);
    const std::string& name = std::get<PublishRequested>(*event).request->client;
    EXPECT_EQ(name.substr(0, 12), "evil??[31mxx");
    EXPECT_EQ(name.size(), 64U);
}

TEST(ServerConnection, AnIdleConnectionIsSmall) {
    const std::size_t before = base::slab_bytes();
    ScriptedClient client;
    client.start_publishing();
    EXPECT_LT(base::slab_bytes(), before + 1024);
}

}  // namespace

}  // namespace weir::proto::rtmp
