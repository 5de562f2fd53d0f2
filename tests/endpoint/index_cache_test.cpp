#include "endpoint/index_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::endpoint {

namespace {

base::StreamId stream(int number) { return {"live", "s" + std::to_string(number)}; }

TEST(IndexCache, WhatWasMadeOfAnIndexIsThereUntilTheIndexIsAnother) {
    IndexCache<std::string> cache;
    auto index = std::make_shared<const stream::SegmentIndex>();
    cache.of(stream(1), index) = "made";
    EXPECT_EQ(cache.of(stream(1), index), "made");
    EXPECT_EQ(cache.of(stream(2), index), "");
    EXPECT_EQ(cache.of(stream(1), index), "made");
    index = std::make_shared<const stream::SegmentIndex>();
    EXPECT_EQ(cache.of(stream(1), index), "");
}

TEST(IndexCache, AnIndexIsNotHeld) {
    IndexCache<std::string> cache;
    auto index = std::make_shared<const stream::SegmentIndex>();
    const std::weak_ptr<const stream::SegmentIndex> weak = index;
    cache.of(stream(1), index) = "made";
    index.reset();
    EXPECT_TRUE(weak.expired());
}

TEST(IndexCache, StreamsThatHaveEndedLeaveNothingWhileOthersGoOn) {
    IndexCache<std::string> cache;
    stream::SegmentIndexRef living;
    for (int i = 0; i < 1000; ++i) {
        const auto passing = std::make_shared<const stream::SegmentIndex>();
        cache.of(stream(i), passing) = "made";
        living = std::make_shared<const stream::SegmentIndex>();
        cache.of(stream(-1), living) = "made";
        ASSERT_LE(cache.size(), 4U);
    }
    EXPECT_EQ(cache.of(stream(-1), living), "made");
}

}  // namespace

}  // namespace weir::endpoint
