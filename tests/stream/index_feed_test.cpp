#include "stream/index_feed.hpp"

#include <gtest/gtest.h>

namespace weir::stream {
namespace {

struct Watcher {
    std::vector<SegmentIndexRef> seen;
    [[nodiscard]] IndexSubscriber on(base::Executor& executor) {
        return {.executor = &executor,
                .deliver = std::make_shared<std::function<void(SegmentIndexRef)>>(
                    [this](SegmentIndexRef index) { seen.push_back(std::move(index)); })};
    }
};

SegmentIndexRef index() { return std::make_shared<SegmentIndex>(); }

TEST(IndexFeed, WhoWaitsIsToldOfEachChangeOnceAndOfWhatThereIsAtFirst) {
    base::InlineExecutor shard;
    IndexFeed feed;
    Watcher early;
    Watcher late;
    (void)feed.subscribe(early.on(shard));
    const auto first = index();
    const auto second = index();
    feed.publish(first);
    feed.publish(first);
    (void)feed.subscribe(late.on(shard));
    feed.publish(second);
    shard.drain();
    EXPECT_EQ(early.seen, (std::vector{first, second}));
    EXPECT_EQ(late.seen, (std::vector{first, second}));
}

TEST(IndexFeed, WhoHasLeftIsNotTold) {
    base::InlineExecutor shard;
    IndexFeed feed;
    Watcher watcher;
    const auto id = feed.subscribe(watcher.on(shard));
    EXPECT_FALSE(feed.empty());
    feed.unsubscribe(id);
    feed.unsubscribe(id);
    EXPECT_TRUE(feed.empty());
    feed.publish(index());
    shard.drain();
    EXPECT_TRUE(watcher.seen.empty());
}

TEST(IndexFeed, NobodyWaitsForAStreamThatIsOver) {
    base::InlineExecutor shard;
    IndexFeed feed;
    Watcher early;
    Watcher late;
    (void)feed.subscribe(early.on(shard));
    feed.end();
    feed.end();
    (void)feed.subscribe(late.on(shard));
    shard.drain();
    EXPECT_EQ(early.seen, std::vector<SegmentIndexRef>{nullptr});
    EXPECT_EQ(late.seen, std::vector<SegmentIndexRef>{nullptr});
}

}  // namespace
}  // namespace weir::stream
