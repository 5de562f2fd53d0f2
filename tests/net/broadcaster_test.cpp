#include "net/broadcaster.hpp"

#include "net/certificates.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <array>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {

namespace {

/// How the kernel is asked to send, and whether it is encrypted.
struct Way {
    IoKind io;
    bool tls;
};

std::ostream& operator<<(std::ostream& out, const Way& way) {
    return out << (way.io == IoKind::epoll ? "epoll" : "uring") << (way.tls ? "_tls" : "");
}

TlsCounts tls_counts;  // outlives every link

/// One for all: making a certificate takes its time.
const TlsContextRef& server_context() {
    static const Certificates certificates;
    static const TlsContextRef context = *TlsContext::server(certificates.make("one", "localhost"));
    return context;
}

// A viewer's end of a connection: what it has received, as text.
class Peer {
  public:
    explicit Peer(int buffer_bytes = 0) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        ours_ = ends[0];
        theirs = ends[1];
        if (buffer_bytes > 0) ::setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    }
    ~Peer() { hang_up(); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// Everything that has come, up to `most` bytes of it.
    std::string read(std::size_t most = SIZE_MAX) {
        std::string text;
        std::array<char, 4096> piece;
        while (text.size() < most) {
            const ssize_t count = ::recv(ours_, piece.data(), std::min(piece.size(), most - text.size()), MSG_DONTWAIT);
            closed = count == 0;
            if (count <= 0) break;
            hear(text, std::string_view(piece.data(), static_cast<std::size_t>(count)));
        }
        return text;
    }
    /// What the broadcaster is given: with TLS, once hands are shaken.
    Conduit conduit(bool tls) {
        if (!tls) return theirs;
        TlsBytes up;
        TlsBytes down;
        TlsBytes nothing;
        auto server = TlsChannel::accept(server_context());
        client_ = TlsChannel::connect(*TlsContext::client({.verify = false}), "localhost", up);
        while (!up.empty() || !down.empty()) {
            server->receive(std::exchange(up, {}), nothing, down);
            client_->receive(std::exchange(down, {}), nothing, up);
        }
        return {theirs, std::make_unique<TlsLink>(std::move(server), tls_counts)};
    }
    void say(std::string_view words) {
        TlsBytes sealed;
        if (client_ != nullptr) {
            EXPECT_TRUE(client_->send(base::as_bytes(words), sealed));
            words = base::as_text(sealed);
        }
        EXPECT_GT(::send(ours_, words.data(), words.size(), MSG_NOSIGNAL), 0);
    }
    void hang_up() {
        if (ours_ >= 0) ::close(std::exchange(ours_, -1));
    }

    int theirs = -1;  ///< for the broadcaster, which closes it
    bool closed = false;

  private:
    void hear(std::string& text, std::string_view said) {
        if (client_ == nullptr) {
            text += said;
            return;
        }
        TlsBytes plaintext;
        TlsBytes answer;
        EXPECT_NE(client_->receive(base::as_bytes(said), plaintext, answer), TlsChannel::State::failed);
        text += base::as_text(plaintext);
    }

    int ours_ = -1;
    std::unique_ptr<TlsChannel> client_;
};

// Writes a log of messages "<text>" as the stream would.
class Log {
  public:
    explicit Log(std::uint64_t retained = UINT64_MAX) : retained_(retained) {}

    stream::LogBatch message(const std::string& text, bool join = false) {
        stream::LogBatch batch;
        batch.offset = end_;
        batch.bytes.push_back(base::Bytes::copy_of('<' + text + '>'));
        stream::LogMark mark{.offset = end_, .time = {}, .join = join, .greeting = {}, .resume = {}};
        if (join) {
            mark.greeting = base::Bytes::copy_of("[hello " + text + "]");
            mark.resume = base::Bytes::copy_of("[again " + text + "]");
            newest_join_ = end_;
        }
        batch.marks.push_back(mark);
        end_ = batch.end();
        const std::uint64_t far = end_ > retained_ ? end_ - retained_ : 0;
        batch.begin = std::min(far, newest_join_);
        return batch;
    }
    stream::LogBatch end() const {
        stream::LogBatch batch;
        batch.offset = end_;
        batch.ended = true;
        return batch;
    }

  private:
    std::uint64_t retained_;
    std::uint64_t end_ = 0;
    std::uint64_t newest_join_ = 0;
};

class FanOut : public testing::TestWithParam<Way> {
  protected:
    void add(Peer& peer, std::string_view head = "head ") {
        broadcaster->add(peer.conduit(GetParam().tls), base::Bytes::copy_of(head), base::read_clocks().instant);
    }
    void settle() {
        context.restart();
        context.poll();
    }

    boost::asio::io_context context{1};
    std::unique_ptr<Sender> sender = create_sender(GetParam().io);
    std::uint32_t left = 0;
    std::uint64_t sent = 0;
    std::uint64_t jumps = 0;
    int first_frames = 0;
    base::MemoryLimit memory;
    std::optional<Broadcaster> broadcaster{std::in_place, context, *sender,
                                           Broadcaster::Observer{[this](std::uint32_t count) { left += count; },
                                                                 [this](std::uint64_t bytes, std::uint64_t jumped) {
                                                                     sent += bytes;
                                                                     jumps += jumped;
                                                                 },
                                                                 [this](base::Duration) { ++first_frames; }},
                                           &memory};
};

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

TEST_P(FanOut, WhatAViewerIsToldForItselfStandsBetweenMessages) {
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

TEST_P(FanOut, ASlowViewerThatAsksIsAnsweredBehindTheMessageThatItIsIn) {
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

TEST_P(FanOut, WhoJumpsReadsItsAnswersBeforeTheKeyframeAndTheHeadersOnce) {
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

TEST_P(FanOut, APausedViewerGetsNothingAndGoesOnWithWhatIsLive) {
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

TEST_P(FanOut, AViewerThatSaysGoodbyeIsToldSoAndLeaves) {
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

TEST_P(FanOut, AViewerThatHangsUpIsNoticedThoughNothingIsSent) {
    Log log;
    Peer peer;
    broadcaster->receive(log.message("key", true));
    broadcaster->add(peer.conduit(GetParam().tls), {}, base::read_clocks().instant, {}, std::make_unique<Echo>());
    peer.hang_up();
    settle();
    EXPECT_EQ(broadcaster->viewers(), 0U);
}

TEST_P(FanOut, WhoAsksWithoutEndAndReadsNothingIsClosed) {
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

TEST_P(FanOut, TheEndOfTheLogIsSaidAndReadThoughTheViewerIsTalking) {
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

TEST_P(FanOut, AViewerOfALogThatCannotBeOpenedIsToldSo) {
    Peer peer;
    broadcaster->add(peer.conduit(GetParam().tls), base::Bytes::copy_of("head "), base::read_clocks().instant, {},
                     std::make_unique<Echo>());
    broadcaster->receive({.ended = true});
    EXPECT_EQ(peer.read(), "head (the end)");
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

INSTANTIATE_TEST_SUITE_P(Io, FanOut,
                         testing::Values(Way{IoKind::epoll, false}, Way{IoKind::uring, false}, Way{IoKind::epoll, true},
                                         Way{IoKind::uring, true}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace weir::net
