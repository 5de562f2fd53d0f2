#include "net/fan_out.hpp"

namespace weir::net::test {
namespace {

TEST_P(FanOut, ANewcomerStartsAtTheNewestKeyframeAtOnce) {
    Log log;
    broadcaster->receive(log.message("old", true));
    broadcaster->receive(log.message("key", true));
    broadcaster->receive(log.message("delta"));
    Peer peer;
    add(peer);
    EXPECT_EQ(peer.read(), "head [hello key]<key><delta>");
    broadcaster->receive(log.message("next"));
    EXPECT_EQ(peer.read(), "<next>");
}

TEST_P(FanOut, AViewerOfAStreamWithoutAKeyframeYetIsAnsweredAndWaits) {
    Log log;
    broadcaster->receive(log.message("delta"));
    Peer peer;
    add(peer);
    EXPECT_EQ(peer.read(), "head ");
    broadcaster->receive(log.message("delta"));
    EXPECT_EQ(peer.read(), "");
    broadcaster->receive(log.message("key", true));
    EXPECT_EQ(peer.read(), "[hello key]<key>");
}

TEST_P(FanOut, TheFirstViewerHereOfALogThatOthersWatchStartsAtTheNewestKeyframeToo) {
    Log log;
    Peer viewer;
    add(viewer);
    // What a log that has run for a while gives to a shard that comes late: all that it retains, in one batch.
    stream::LogBatch retained = log.message("old key", true);
    for (const stream::LogBatch& next : {log.message("frame"), log.message("key", true), log.message("frame")}) {
        retained.bytes.insert(retained.bytes.end(), next.bytes.begin(), next.bytes.end());
        retained.marks.insert(retained.marks.end(), next.marks.begin(), next.marks.end());
    }
    broadcaster->receive(retained);
    EXPECT_EQ(viewer.read(), "head [hello key]<key><frame>");
}

TEST_P(FanOut, EveryViewerGetsTheSameBytes) {
    Log log;
    broadcaster->receive(log.message("key", true));
    std::vector<std::unique_ptr<Peer>> peers;
    for (int i = 0; i < (GetParam().tls ? 600 : 1500); ++i) {  // more than one submission of the ring
        peers.push_back(std::make_unique<Peer>());
        add(*peers.back(), "");
    }
    for (const char* text : {"a", "bb", "ccc"}) broadcaster->receive(log.message(text));
    for (const auto& peer : peers) ASSERT_EQ(peer->read(), "[hello key]<key><a><bb><ccc>");
    EXPECT_EQ(broadcaster->viewers(), peers.size());
    EXPECT_EQ(sent, peers.size() * std::string("[hello key]<key><a><bb><ccc>").size());
}

TEST_P(FanOut, ASlowViewerGetsWholeMessagesAndTheOthersDoNotWait) {
    Log log(60'000);
    Peer slow(4096);
    Peer quick;
    broadcaster->receive(log.message("key 0", true));
    add(slow, "");
    add(quick, "");
    std::string all = quick.read();
    const std::string payload(3000, 'x');
    for (int i = 1; i <= 30; ++i) {
        broadcaster->receive(log.message((i % 10 == 0 ? "key " : "delta ") + std::to_string(i) + payload, i % 10 == 0));
        all += quick.read();
    }
    EXPECT_NE(all.find("<delta 29"), std::string::npos);
    EXPECT_EQ(all.find("[again"), std::string::npos);
    EXPECT_GE(jumps, 1U);

    std::string slowly;
    for (int i = 0; i < 200; ++i) {
        slowly += slow.read();
        settle();
    }
    // Every message that it got is whole, and after a gap the first is a keyframe with its headers.
    const std::size_t jump = slowly.find("[again key ");
    ASSERT_NE(jump, std::string::npos);
    EXPECT_EQ(slowly[jump - 1], '>');
    EXPECT_EQ(slowly.compare(slowly.find(']', jump) + 1, 5, "<key "), 0);
    EXPECT_EQ(slowly.substr(slowly.size() - 3001), payload + '>');
    EXPECT_NE(slowly.find("<delta 29"), std::string::npos);
}

TEST_P(FanOut, AViewerThatNeverReadsIsClosedAndCounted) {
    Log log(20'000);
    Peer stuck(4096);
    broadcaster->receive(log.message("key", true));
    add(stuck, "");
    const std::string payload(3000, 'x');
    for (int i = 1; i <= 40; ++i) broadcaster->receive(log.message("key" + payload, i % 5 == 0));
    EXPECT_EQ(broadcaster->counts().closed_slow, 1U);
    EXPECT_EQ(broadcaster->viewers(), 0U);
    EXPECT_EQ(left, 1U);
}

TEST_P(FanOut, AViewerThatFallsBehindWhileMemoryIsFullIsClosedAndTheOthersAreNot) {
    Log log(20'000);
    Peer stuck(4096);
    Peer quick;
    broadcaster->receive(log.message("key", true));
    add(stuck, "");
    add(quick, "");
    memory.set(base::ByteCount(1));
    const std::string payload(3000, 'x');
    for (int i = 1; i <= 10; ++i) {
        broadcaster->receive(log.message("key" + payload, i % 5 == 0));
        (void)quick.read();
    }
    EXPECT_EQ(jumps, 0U);
    EXPECT_EQ(broadcaster->counts().closed_slow, 1U);
    EXPECT_EQ(broadcaster->viewers(), 1U);
}

TEST_P(FanOut, AViewerThatTricklesFromJumpToJumpHoldsOneMessageAndOneWelcome) {
    Log log(100'000);
    Peer trickling(4096);
    broadcaster->receive(log.message("key", true));
    add(trickling, "");
    const std::string payload(20'000, 'x');
    const std::size_t before = base::media_bytes();
    for (std::uint64_t round = 1; round <= 100; ++round) {
        for (int i = 1; jumps < round && broadcaster->viewers() == 1; ++i)
            broadcaster->receive(log.message(payload, i % 4 == 0));
        const std::uint64_t sent_before = sent;
        for (int i = 0; sent == sent_before && i < 1000; ++i) {
            (void)trickling.read(500);
            settle();
        }
    }
    EXPECT_EQ(jumps, 100U);
    EXPECT_LT(base::media_bytes() - before, 400'000U);
}

TEST_P(FanOut, AViewerThatHangsUpLeaves) {
    Log log;
    broadcaster->receive(log.message("key", true));
    Peer gone;
    Peer stays;
    add(gone);
    add(stays);
    gone.hang_up();
    broadcaster->receive(log.message("a"));
    broadcaster->receive(log.message("b"));
    EXPECT_EQ(left, 1U);
    EXPECT_EQ(broadcaster->viewers(), 1U);
    EXPECT_EQ(stays.read(), "head [hello key]<key><a><b>");
}

TEST_P(FanOut, TheEndReachesTheSlowBeforeTheirConnectionCloses) {
    Log log;
    Peer slow(4096);
    broadcaster->receive(log.message("key", true));
    add(slow, "");
    broadcaster->receive(log.message(std::string(100'000, 'x')));
    broadcaster->receive(log.end());
    std::string text;
    for (int i = 0; i < 200 && !slow.closed; ++i) {
        text += slow.read();
        settle();
    }
    EXPECT_TRUE(slow.closed);
    EXPECT_EQ(text, "[hello key]<key><" + std::string(100'000, 'x') + ">");
}

TEST_P(FanOut, WhoDoesNotTakeTheEndIsClosedWhereMemoryIsShort) {
    Log log;
    Peer stuck(4096);
    broadcaster->receive(log.message("key", true));
    add(stuck, "");
    broadcaster->receive(log.message(std::string(100'000, 'x')));
    broadcaster->receive(log.end());
    context.restart();
    context.run_for(std::chrono::milliseconds(250));
    EXPECT_EQ(broadcaster->viewers(), 1U) << "there is time";
    memory.set(base::ByteCount(1));
    context.restart();
    context.run_for(std::chrono::milliseconds(250));
    EXPECT_EQ(broadcaster->viewers(), 0U);
    EXPECT_EQ(left, 1U);
}

TEST_P(FanOut, ASlotIsUsedAgain) {
    Log log;
    broadcaster->receive(log.message("key", true));
    for (int i = 0; i < 100; ++i) {
        Peer peer;
        add(peer);
        peer.hang_up();
        broadcaster->receive(log.message("a"));
        broadcaster->receive(log.message("b"));
    }
    EXPECT_EQ(left, 100U);
    Peer last;
    add(last);
    EXPECT_EQ(last.read().substr(0, 20), "head [hello key]<key");
}
INSTANTIATE_TEST_SUITE_P(Io, FanOut, every_way, testing::PrintToStringParamName());

}  // namespace
}  // namespace weir::net::test
