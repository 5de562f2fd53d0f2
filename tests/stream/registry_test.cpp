#include "stream/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "stream/house.hpp"

namespace weir::stream::test {
namespace {

using testing::HasSubstr;

class RegistryTest : public testing::Test {
  protected:
    std::shared_ptr<Stream> open(const std::string& name, base::Duration now = 0s) {
        auto stream = registry.open({"live", name}, settings, shard, at(now));
        return stream ? *stream : nullptr;
    }
    PublicationId publish(Stream& stream, base::Duration now = 0s) {
        return *stream.publish(
            {.id = "p-1", .protocol = "test", .peer = {}, .client = {}}, [](std::string_view) {}, at(now));
    }
    void tick(base::Duration from, base::Duration until) {
        for (; from < until; from += 100ms) (void)registry.tick(shard, at(from));
        shard.drain();
    }

    base::InlineExecutor shard;
    PackagerShelf shelf;
    Stream::Settings settings;
    Registry registry{{.streams = 3}, shelf.factory()};
};

TEST_F(RegistryTest, a_name_is_one_stream_for_everybody) {
    const auto stream = open("a");
    EXPECT_EQ(open("a"), stream);
    EXPECT_EQ(registry.find({"live", "a"}), stream);
    EXPECT_EQ(registry.find({"live", "b"}), nullptr);
    EXPECT_EQ(registry.snapshot({"live", "b"}), nullptr);
    EXPECT_EQ(registry.snapshot({"live", "a"})->state, State::fresh);
}

TEST_F(RegistryTest, lists_streams_by_name) {
    (void)open("c");
    (void)open("a");
    (void)open("b");
    std::string names;
    for (const auto& snapshot : registry.list()) names += snapshot->id.name;
    EXPECT_EQ(names, "abc");
}

TEST_F(RegistryTest, refuses_one_stream_too_many_and_says_which_limit_it_was) {
    for (const char* name : {"a", "b", "c"}) EXPECT_NE(open(name), nullptr);
    const auto refused = registry.open({"live", "d"}, settings, shard, at(0s));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::too_large);
    EXPECT_THAT(std::string(refused.error().text), HasSubstr("limits.streams"));
    EXPECT_NE(open("a"), nullptr) << "those that live are not new";
    registry.find({"live", "b"})->stop("over", at(1s));
    EXPECT_NE(open("d", 1s), nullptr) << "a stream that is over leaves its place";
}

TEST_F(RegistryTest, snapshots_follow_changes_at_the_next_tick_and_numbers_every_second) {
    const auto stream = open("a");
    const PublicationId publication = publish(*stream);
    stream->push(publication, {{key(0, 1000), both()}}, {}, at(0s));
    tick(100ms, 200ms);
    EXPECT_EQ(registry.snapshot({"live", "a"})->state, State::running);
    const auto shown = registry.snapshot({"live", "a"});
    EXPECT_EQ(shown->input.bytes, 1000U);
    stream->push(publication, {{video(40, false, 1000), shown->tracks}}, {}, at(150ms));
    tick(200ms, 1000ms);
    EXPECT_EQ(registry.snapshot({"live", "a"}), shown);
    tick(1000ms, 1300ms);
    EXPECT_EQ(registry.snapshot({"live", "a"})->input.bytes, 2000U);
}

TEST_F(RegistryTest, an_ended_stream_answers_for_the_window_and_is_then_not_found) {
    const auto stream = open("a");
    const PublicationId publication = publish(*stream);
    stream->push(publication, {{key(0), both()}}, {}, at(0s));
    stream->leave(publication, "closed", at(1s));
    tick(1s, 17s);
    EXPECT_EQ(registry.snapshot({"live", "a"})->state, State::stopped);
    tick(17s, 75s);
    EXPECT_NE(registry.find({"live", "a"}), nullptr);
    tick(75s, 78s);
    EXPECT_EQ(registry.find({"live", "a"}), nullptr);
}

TEST_F(RegistryTest, a_name_that_is_published_again_is_a_new_stream_with_later_numbers) {
    const auto old = open("a");
    publish(*old);
    old->stop("over", at(4900ms));
    const auto fresh = open("a", 4950ms);
    ASSERT_NE(fresh, old);
    ASSERT_EQ(shelf.made.size(), 2U);
    // The old stream may have used the number of each second up to the present one.
    EXPECT_GE(shelf.made[1]->epoch, at(5s).wall);
    fresh->stop("over", at(4960ms));
    (void)open("a", 4970ms);
    EXPECT_GT(shelf.made[2]->epoch, shelf.made[1]->epoch);
    (void)open("a", 60s);
    registry.find({"live", "a"})->stop("over", at(60s));
    (void)open("a", 100s);
    EXPECT_EQ(shelf.made[3]->epoch, at(100s).wall) << "and otherwise numbers start from the clock";
}

TEST_F(RegistryTest, what_the_stream_before_had_listed_is_there_for_its_window) {
    settings.options.window = 3s;
    const auto show = [&](Stream& stream, std::uint64_t epoch) {
        auto index = std::make_shared<SegmentIndex>();
        index->epoch = epoch;
        shelf.made.back()->index = std::move(index);
        stream.tell_index();
    };
    const auto old = open("a");
    show(*old, 1);
    old->stop("over", at(1s));
    EXPECT_EQ(registry.earlier_segments({"live", "a"}), nullptr);
    const auto fresh = open("a", 2s);
    EXPECT_EQ(registry.segments({"live", "a"}), nullptr);
    EXPECT_EQ(registry.segments({"live", "a"}, 1)->epoch, 1U);
    show(*fresh, 2);
    publish(*fresh, 2s);
    EXPECT_EQ(registry.segments({"live", "a"})->epoch, 2U);
    EXPECT_EQ(registry.segments({"live", "a"}, 1)->epoch, 1U);
    EXPECT_EQ(registry.segments({"live", "a"}, 7)->epoch, 2U);
    tick(2s, 2s + settings.options.window);
    EXPECT_EQ(registry.earlier_segments({"live", "a"})->epoch, 1U);
    tick(2s + settings.options.window, 2200ms + settings.options.window);
    EXPECT_EQ(registry.earlier_segments({"live", "a"}), nullptr);
    EXPECT_EQ(registry.segments({"live", "a"}, 1)->epoch, 2U);
}

TEST_F(RegistryTest, who_comes_and_goes_does_not_keep_what_was_listed_for_longer) {
    settings.options.window = 3s;
    const auto first = open("a");
    auto index = std::make_shared<SegmentIndex>();
    index->epoch = 1;
    shelf.made.back()->index = std::move(index);
    first->tell_index();
    first->stop("over", at(1s));
    for (const base::Duration now : {2s, 3s, 4s}) open("a", now)->stop("over", at(now));
    EXPECT_NE(registry.earlier_segments({"live", "a"}), nullptr);
    (void)open("a", 5s);
    tick(5s, 5200ms);
    EXPECT_EQ(registry.earlier_segments({"live", "a"}), nullptr);
}

TEST_F(RegistryTest, an_old_stream_does_not_take_its_successor_with_it) {
    const auto old = open("a");
    old->stop("over", at(1s));
    const auto fresh = open("a", 1s);
    publish(*fresh, 1s);
    registry.refresh(old, at(2s));
    EXPECT_EQ(registry.snapshot({"live", "a"})->state, State::fresh);
    tick(1s, 5s);
    EXPECT_EQ(registry.find({"live", "a"}), fresh);
}

TEST_F(RegistryTest, drives_only_the_streams_of_the_shard_that_asks) {
    (void)open("a");
    base::InlineExecutor other;
    for (base::Duration now = 0s; now < 20s; now += 100ms) (void)registry.tick(other, at(now));
    EXPECT_NE(registry.find({"live", "a"}), nullptr);
    tick(0s, 20s);
    EXPECT_EQ(registry.find({"live", "a"}), nullptr) << "nobody published it";
}

TEST_F(RegistryTest, wants_to_be_called_soon_while_sound_waits) {
    const auto stream = open("a");
    const PublicationId publication = publish(*stream);
    stream->push(publication, {{audio(0), audio_only()}}, {}, at(0s));
    Follower viewer(shard);
    ASSERT_TRUE(stream->open_log("source", readable, viewer.subscriber(), at(0s)));
    stream->push(publication, {{audio(20), audio_only()}}, {}, at(20ms));
    EXPECT_TRUE(registry.tick(shard, at(30ms)));
    EXPECT_FALSE(registry.tick(shard, at(60ms)));
}

TEST_F(RegistryTest, when_memory_is_short_the_least_watched_give_up_their_windows_first) {
    const auto a = open("a");
    const auto b = open("b");
    const auto c = open("c");
    a->viewers()[ViewerCounts::flv] = 5;
    b->viewers()[ViewerCounts::hls] = 1;
    c->viewers()[ViewerCounts::flv] = 9;
    const base::Buffer ballast(10 << 20);
    registry.set_limits({.streams = 3, .memory = base::ByteCount(100 << 20)});
    tick(0s, 1s);
    EXPECT_EQ(shelf.made[1]->shortened, 0) << "there is room";
    registry.set_limits({.streams = 3, .memory = base::ByteCount((10 << 20) * 10 / 9)});
    std::vector<int> order;
    for (int i = 10; i < 13; ++i) {
        tick(i * 100ms, i * 100ms + 1ms);
        order.push_back(shelf.made[0]->shortened * 100 + shelf.made[1]->shortened * 10 + shelf.made[2]->shortened);
    }
    EXPECT_EQ(order, (std::vector{10, 110, 111}));
}

TEST_F(RegistryTest, without_memory_no_new_stream_is_taken_and_the_running_ones_go_on) {
    const auto a = open("a");
    const base::Buffer ballast(1 << 20);
    registry.set_limits({.streams = 3, .memory = base::ByteCount(1 << 20)});
    const auto refused = registry.open({"live", "b"}, settings, shard, at(0s));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::too_large);
    EXPECT_THAT(std::string(refused.error().text), HasSubstr("limits.memory"));
    EXPECT_EQ(open("a"), a);
    EXPECT_TRUE(
        a->publish({.id = "p-1", .protocol = "test", .peer = {}, .client = {}}, [](std::string_view) {}, at(0s)));
}

TEST_F(RegistryTest, memory_that_stays_full_costs_streams_one_by_one_the_newest_first) {
    const auto a = open("a");
    const auto b = open("b", 10ms);
    const auto c = open("c", 20ms);
    std::vector<std::string> evicted;
    for (const auto& stream : {a, b, c}) {
        const auto publication = stream->publish(
            {.id = "p", .protocol = "test", .peer = {}, .client = {}},
            [&, name = stream->id().name](std::string_view reason) {
                evicted.push_back(name + ": " + std::string(reason));
            },
            at(20ms));
        stream->push(*publication, {{key(0, 10'000), both()}}, {}, at(20ms));
    }
    auto ballast = std::make_optional<base::Buffer>(10 << 20);
    registry.set_limits({.streams = 3, .memory = base::ByteCount(10 << 20)});
    tick(100ms, 101ms);
    EXPECT_TRUE(evicted.empty()) << "windows first";
    tick(200ms, 201ms);
    EXPECT_EQ(evicted, (std::vector<std::string>{"c: the memory that `limits.memory` allows is in use"}));
    tick(300ms, 900ms);
    EXPECT_EQ(evicted.size(), 1U) << "one that has ended gives its memory before another ends";
    EXPECT_NE(registry.find({"live", "c"}), nullptr);
    tick(1100ms, 1101ms);
    EXPECT_EQ(registry.find({"live", "c"}), nullptr);
    tick(1200ms, 1201ms);
    EXPECT_EQ(evicted.back(), "b: the memory that `limits.memory` allows is in use");
    EXPECT_EQ(registry.sacrificed().value(), 2U);
    ballast.reset();
    tick(2200ms, 4000ms);
    EXPECT_NE(registry.find({"live", "b"}), nullptr) << "there is room again";
    EXPECT_EQ(evicted.size(), 2U);
}

TEST_F(RegistryTest, when_memory_is_full_a_stream_that_takes_much_for_few_viewers_goes_before_the_others) {
    std::string evicted;
    std::vector<std::pair<std::shared_ptr<Stream>, PublicationId>> publications;
    for (const char* name : {"a", "b", "c"}) {
        const auto stream = open(name);
        const auto evict = [&evicted, name](std::string_view) { evicted += name; };
        publications.emplace_back(
            stream, *stream->publish({.id = "p", .protocol = "test", .peer = {}, .client = {}}, evict, at(0s)));
    }
    // `c` takes as much as `b`, for more people.
    publications[1].first->viewers()[ViewerCounts::flv] = 1;
    publications[2].first->viewers()[ViewerCounts::flv] = 100;
    const std::size_t sizes[] = {10'000, 100'000, 100'000};
    for (base::Duration now = 0s; now < 12s; now += 500ms) {
        for (std::size_t i = 0; i < 3; ++i)
            publications[i].first->push(publications[i].second, {{key(now / 1ms, sizes[i]), House::default_tracks()}},
                                        {}, at(now));
        tick(now, now + 1ms);
    }
    registry.set_limits({.streams = 3, .memory = base::ByteCount(1)});
    tick(12s, 12001ms);
    tick(12100ms, 12101ms);
    EXPECT_EQ(evicted, "b");
}

TEST_F(RegistryTest, without_memory_no_log_is_made_for_a_first_viewer) {
    const auto a = open("a");
    a->push(publish(*a), {{key(0), both()}}, {}, at(0s));
    Follower first(shard);
    ASSERT_TRUE(a->open_log("source", readable, first.subscriber(), at(0s)));
    const auto b = open("b");
    b->push(publish(*b), {{key(0), both()}}, {}, at(0s));
    registry.set_limits({.streams = 3, .memory = base::ByteCount(1)});
    Follower viewer(shard);
    const auto refused = b->open_log("source", readable, viewer.subscriber(), at(0s));
    ASSERT_FALSE(refused);
    EXPECT_THAT(std::string(refused.error().text), HasSubstr("limits.memory"));
    EXPECT_TRUE(a->open_log("source", readable, viewer.subscriber(), at(0s))) << "a second viewer costs nothing";
}

}  // namespace
}  // namespace weir::stream::test
