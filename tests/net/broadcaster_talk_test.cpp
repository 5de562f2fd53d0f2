#include "net/fan_out.hpp"

namespace weir::net::test {
namespace {

/// Viewers that say something, and are answered between the messages of the log.
class Talk : public FanOut {};

// Answers "p" with "(pong)", and obeys "z" (pause), "g" (go on), "q" (goodbye).
class Echo final : public ViewerInbox {
  public:
    Reply receive(base::ByteView said, base::Now) override {
        heard += base::as_text(said);
        switch (said.back()) {
            case 'p': return {base::Bytes::copy_of("(pong)")};
            case 'z': return {base::Bytes::copy_of("(paused)"), Wish::pause};
            case 'g': return {base::Bytes::copy_of("(on)"), Wish::play};
            case 'q': return {base::Bytes::copy_of("(bye)"), Wish::leave};
            default: return {};
        }
    }
    base::Bytes farewell() override { return base::Bytes::copy_of("(the end)"); }
    std::size_t most_unread() const noexcept override { return 100; }

    std::string heard;
};

TEST_P(Talk, WhatAViewerIsToldForItselfStandsBetweenMessages) {
    Log log;
    Peer peer;
    Peer other;
    broadcaster->receive(log.message("key", true));
    broadcaster->add(peer.conduit(GetParam().tls), base::Bytes::copy_of("head "), base::read_clocks().instant, {},
                     std::make_unique<Echo>());
    add(other);
    EXPECT_EQ(peer.read(), "head [hello key]<key>");
    peer.say("p");
    settle();
    EXPECT_EQ(peer.read(), "(pong)");
    peer.say("x");
    settle();
    broadcaster->receive(log.message("a"));
    EXPECT_EQ(peer.read(), "<a>");
    EXPECT_EQ(other.read(), "head [hello key]<key><a>");
}

TEST_P(Talk, ASlowViewerThatAsksIsAnsweredBehindTheMessageThatItIsIn) {
    Log log;
    Peer slow(4096);
    broadcaster->receive(log.message("key", true));
    broadcaster->add(slow.conduit(GetParam().tls), {}, base::read_clocks().instant, {}, std::make_unique<Echo>());
    for (int i = 0; i < 3; ++i) broadcaster->receive(log.message(std::string(20'000, 'x')));
    slow.say("p");
    settle();
    slow.say("p");
    settle();
    std::string text;
    for (int i = 0; i < 200; ++i) {
        text += slow.read();
        settle();
    }
    const std::string message = '<' + std::string(20'000, 'x') + '>';
    EXPECT_EQ(text, "[hello key]<key>" + message + "(pong)(pong)" + message + message);
}

TEST_P(Talk, WhoJumpsReadsItsAnswersBeforeTheKeyframeAndTheHeadersOnce) {
    Log log(60'000);
    Peer slow(4096);
    broadcaster->receive(log.message("key 0", true));
    broadcaster->add(slow.conduit(GetParam().tls), {}, base::read_clocks().instant, {}, std::make_unique<Echo>());
    for (int i = 1; i <= 25; ++i)
        broadcaster->receive(log.message((i % 10 == 0 ? "key " : "delta ") + std::string(3000, 'x'), i % 10 == 0));
    ASSERT_EQ(jumps, 1U);
    slow.say("p");
    settle();
    std::string text;
    for (int i = 0; i < 200; ++i) {
        text += slow.read();
        settle();
    }
    const std::size_t answer = text.find("(pong)");
    ASSERT_NE(answer, std::string::npos);
    EXPECT_EQ(text[answer - 1], '>');
    EXPECT_EQ(text.compare(answer + 6, 11, "[again key "), 0) << text.substr(answer, 60);
    EXPECT_EQ(text.find("[again", answer + 8), std::string::npos);
}

TEST_P(Talk, APausedViewerGetsNothingAndGoesOnWithWhatIsLive) {
    Log log;
    Peer peer;
    broadcaster->receive(log.message("key 1", true));
    broadcaster->add(peer.conduit(GetParam().tls), {}, base::read_clocks().instant, {}, std::make_unique<Echo>());
    (void)peer.read();
    peer.say("z");
    settle();
    broadcaster->receive(log.message("a"));
    broadcaster->receive(log.message("key 2", true));
    broadcaster->receive(log.message("b"));
    EXPECT_EQ(peer.read(), "(paused)");
    peer.say("g");
    settle();
    EXPECT_EQ(peer.read(), "(on)[again key 2]<key 2><b>");
}

TEST_P(Talk, AViewerThatSaysGoodbyeIsToldSoAndLeaves) {
    Log log;
    Peer peer;
    broadcaster->receive(log.message("key", true));
    broadcaster->add(peer.conduit(GetParam().tls), {}, base::read_clocks().instant, {}, std::make_unique<Echo>());
    peer.say("q");
    settle();
    EXPECT_EQ(peer.read(), "[hello key]<key>(bye)");
    EXPECT_TRUE(peer.closed);
    EXPECT_EQ(left, 1U);
}

TEST_P(Talk, AViewerThatHangsUpIsNoticedThoughNothingIsSent) {
    Log log;
    Peer peer;
    broadcaster->receive(log.message("key", true));
    broadcaster->add(peer.conduit(GetParam().tls), {}, base::read_clocks().instant, {}, std::make_unique<Echo>());
    peer.hang_up();
    settle();
    EXPECT_EQ(broadcaster->viewers(), 0U);
}

TEST_P(Talk, WhoAsksWithoutEndAndReadsNothingIsClosed) {
    Log log;
    Peer stuck(4096);
    broadcaster->receive(log.message("key", true));
    broadcaster->add(stuck.conduit(GetParam().tls), {}, base::read_clocks().instant, {}, std::make_unique<Echo>());
    broadcaster->receive(log.message(std::string(100'000, 'x')));
    for (int i = 0; i < 30 && broadcaster->viewers() == 1; ++i) {
        stuck.say("p");
        settle();
    }
    EXPECT_EQ(broadcaster->viewers(), 0U);
    EXPECT_EQ(broadcaster->counts().closed_slow, 1U);
}

TEST_P(Talk, TheEndOfTheLogIsSaidAndReadThoughTheViewerIsTalking) {
    Log log;
    Peer peer;
    broadcaster->receive(log.message("key", true));
    broadcaster->add(peer.conduit(GetParam().tls), {}, base::read_clocks().instant, {}, std::make_unique<Echo>());
    broadcaster->receive(log.end());
    peer.say("p");
    settle();
    EXPECT_EQ(peer.read(), "[hello key]<key>(the end)");
    EXPECT_TRUE(peer.closed) << "the end of what it gets";
    EXPECT_EQ(broadcaster->viewers(), 1U) << "until it closes too";
    peer.hang_up();
    settle();
    EXPECT_EQ(broadcaster->viewers(), 0U);
}

TEST_P(Talk, AViewerOfALogThatCannotBeOpenedIsToldSo) {
    Peer peer;
    broadcaster->add(peer.conduit(GetParam().tls), base::Bytes::copy_of("head "), base::read_clocks().instant, {},
                     std::make_unique<Echo>());
    broadcaster->receive({.ended = true});
    EXPECT_EQ(peer.read(), "head (the end)");
}
INSTANTIATE_TEST_SUITE_P(Io, Talk, every_way, testing::PrintToStringParamName());

}  // namespace
}  // namespace weir::net::test
