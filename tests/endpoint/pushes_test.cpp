// Restreaming on real sockets: what is published at one server is live at another.
#include "endpoint/pushes.hpp"

#include "endpoint/rtmp_house.hpp"
#include "endpoint/rtmp_push.hpp"

#include <gtest/gtest.h>

#include <future>

namespace weir::endpoint {
namespace {

using namespace std::chrono_literals;
using stream::PushState;

/// A server with a desk that sends its streams elsewhere. It has a publisher, and ticks whenever it is looked at.
class Sender {
    template <typename Question>
    auto ask(Question question) {
        std::promise<decltype(question())> answer;
        desk_.at(0).post([&] { answer.set_value(question()); });
        return answer.get_future().get();
    }

  public:
    explicit Sender(net::TlsContextRef trust = nullptr)
        : service_(std::make_shared<TcpPushService>(house.hubs(), std::move(trust), "no trust")),
          pushes_({.shards = house.shards(),
                   .desk = desk_.at(0),
                   .registry = house.registry,
                   .schemes = rtmp_push_schemes(service_, house.format()),
                   .log = house.log(),
                   .limits = {.first_pause = 100ms, .longest_pause = 200ms, .refused_pause = 300ms}}) {}
    ~Sender() {
        house.endpoint.close();
        EXPECT_TRUE(eventually([this] { return house.endpoint.counts().connections.value() == 0; }));
        desk_.stop();
        house.stop();
    }
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    void go_on_air() {
        publisher.emplace(house);
        ASSERT_TRUE(publisher->becomes_ready());
        publisher->send_clip();
        ASSERT_TRUE(eventually([this] {
            house.tick();
            return house.snapshot() && house.snapshot()->state == stream::State::running;
        }));
    }
    void set(const std::vector<config::PushTarget>& targets) {
        ask([&] {
            pushes_.set("live/demo", targets);
            return 0;
        });
    }
    std::vector<stream::PushStatus> list() {
        return ask([&] { return pushes_.list("live/demo"); });
    }
    std::expected<void, std::string> check(std::string_view url) {
        return ask([&] { return pushes_.check("live/demo", url); });
    }
    bool becomes(PushState state, std::string_view reason = {}) {
        return eventually([&] {
            house.tick();
            const auto all = list();
            return !all.empty() && all.front().state == state && all.front().reason.find(reason) != std::string::npos;
        });
    }

    House house;
    std::optional<Publisher> publisher;

  private:
    net::Shards desk_{1};
    std::shared_ptr<TcpPushService> service_;
    Pushes pushes_;
};

config::PushTarget to(const House& house, const std::string& key = "demo", bool tls = false) {
    return {
        .id = "1",
        .url = (tls ? "rtmps://127.0.0.1:" : "rtmp://127.0.0.1:") + std::to_string(house.port(tls)) + "/live/" + key};
}

bool is_live(House& house) {
    return eventually([&] {
        house.tick();
        return house.snapshot() && house.snapshot()->state == stream::State::running;
    });
}

TEST(Pushes, WhatIsPublishedHereIsLiveThere) {
    House target;
    Sender sender;
    sender.go_on_air();
    sender.set({to(target)});
    EXPECT_TRUE(sender.becomes(PushState::running));
    EXPECT_TRUE(is_live(target));
    EXPECT_EQ(target.snapshot()->tracks->tracks.size(), 2U);
    Player player(target);
    EXPECT_TRUE(player.has_played(10)) << player.told.value_or("");
    const std::size_t before = player.played.size();
    sender.publisher->send_clip(1000);
    EXPECT_TRUE(player.has_played(before + 10));
    EXPECT_TRUE(eventually([&] { return sender.list().front().bytes > 1000; }));
    sender.set({});
    EXPECT_TRUE(eventually([&] {
        target.tick();
        return target.snapshot()->state == stream::State::recovering;
    })) << "who is no longer sent to is not kept waiting";
}

TEST(Pushes, OverTlsTheTargetIsBelievedByTheTrust) {
    House target;
    {
        Sender sender(net::TlsContext::client({.verify = false}).value());
        sender.go_on_air();
        sender.set({to(target, "demo", true)});
        EXPECT_TRUE(sender.becomes(PushState::running));
        EXPECT_TRUE(is_live(target));
    }
    Sender careful(net::TlsContext::client().value());
    careful.go_on_air();
    careful.set({to(target, "demo", true)});
    EXPECT_TRUE(careful.becomes(PushState::waiting, "TLS failed"));
}

TEST(Pushes, ATargetThatSaysNoIsQuotedAndTriedAgain) {
    House target;
    Sender sender;
    sender.go_on_air();
    sender.set({to(target, "demo?token=wrong")});
    EXPECT_TRUE(sender.becomes(PushState::waiting, "set auth.publish"));
    EXPECT_TRUE(eventually([&] { return sender.list().front().attempts >= 2; }));
    EXPECT_FALSE(sender.house.lines.has("wrong")) << "keys are not told to the journal";
}

TEST(Pushes, ATargetThatIsGoneIsReachedAgainWhenItIsBack) {
    auto target = std::make_unique<House>();
    const config::PushTarget there = to(*target);
    Sender sender;
    sender.go_on_air();
    sender.set({there});
    ASSERT_TRUE(sender.becomes(PushState::running));
    target->endpoint.close();
    EXPECT_TRUE(eventually([&] {
        const auto status = sender.list().front();
        return status.attempts >= 2;
    }));
    target.reset();
    EXPECT_TRUE(sender.becomes(PushState::waiting, "no connection"));
}

TEST(Pushes, ATargetWaitsForItsStream) {
    House target;
    Sender sender;
    sender.set({to(target)});
    EXPECT_TRUE(sender.becomes(PushState::waiting, "the stream is not running"));
    EXPECT_EQ(sender.list().front().attempts, 0U);
    sender.go_on_air();
    EXPECT_TRUE(sender.becomes(PushState::running));
}

TEST(Pushes, AStreamOfWhichRtmpCarriesNothingIsNotSentAndTheReasonIsSaid) {
    House target;
    Sender sender;
    sender.house.shards().at(0).post(
        [&] { put_on_air(sender.house.registry, sender.house.shards().at(0), media::Codec::mp2); });
    ASSERT_TRUE(eventually([&] { return sender.house.snapshot() && sender.house.snapshot()->tracks; }));
    sender.set({to(target)});
    EXPECT_TRUE(sender.becomes(PushState::failed, "FLV has neither a number nor a FourCC"));
    EXPECT_EQ(target.snapshot(), nullptr);
}

TEST(Pushes, ARungThatTheStreamDoesNotHaveIsWaitedForInWords) {
    House target;
    Sender sender;
    sender.go_on_air();
    config::PushTarget rung = to(target);
    rung.rung = "720p";
    sender.set({rung});
    EXPECT_TRUE(sender.becomes(PushState::waiting, "no such rendition"));
}

TEST(Pushes, AddressesThatCannotBeSentToAreRefusedInWords) {
    Sender sender;
    EXPECT_TRUE(sender.check("rtmp://host/live/x"));
    for (const char* url : {"", "x", "http://host/x", "rtmp://host", "rtmp:///a/b", "rtmp://host:x/a/b"}) {
        const auto checked = sender.check(url);
        ASSERT_FALSE(checked) << url;
        EXPECT_FALSE(checked.error().empty()) << url;
    }
    std::vector<config::PushTarget> many;
    for (int i = 0; i < 16; ++i)
        many.push_back({.id = std::to_string(i), .url = "rtmp://127.0.0.1:1/live/x" + std::to_string(i)});
    sender.set(many);
    EXPECT_FALSE(sender.check("rtmp://host/live/x"));
}

}  // namespace
}  // namespace weir::endpoint
