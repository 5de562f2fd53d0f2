#include "base/slab_pool.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace weir::base::detail {
namespace {

/// Which keeps nothing yet.
void on_a_fresh_thread(auto&& run) { std::thread(run).join(); }

TEST(SlabPool, AStepIsNoMoreThanASixteenthLargerThanWhatIsAskedFor) {
    for (std::size_t size = 1; size < (std::size_t{2} << 20); size += size / 37 + 1) {
        EXPECT_GE(step_of(size), size);
        EXPECT_LE(step_of(size), size + size / 16) << size;
        EXPECT_EQ(step_of(step_of(size)), step_of(size)) << size;
    }
    EXPECT_EQ(step_of(8191), 8191U) << "small ones are as large as they should be";
    EXPECT_EQ(step_of((512U << 10) + 1), (512U << 10) + 1) << "and the largest too";
}

TEST(SlabPool, WhatWasGivenBackIsThereForTheNextOfItsStep) {
    on_a_fresh_thread([] {
        void* const first = take_memory(100'000);
        give_memory(first, 100'000);
        void* const other = take_memory(50'000);
        void* const next = take_memory(100'100);
        EXPECT_NE(other, first);
        EXPECT_EQ(next, first);
        EXPECT_EQ(kept_bytes(), 0U);
        give_memory(other, 50'000);
        give_memory(next, 100'100);
    });
}

// A sanitizer sees every byte that is not there.
TEST(SlabPool, EverySizeCanBeWrittenToItsEnd) {
    for (int round = 0; round < 2; ++round) {
        std::vector<Bytes> all;
        for (std::size_t size = 8000; size < (600U << 10); size += size / 23) {
            all.push_back(Bytes::copy_of(std::string(size, 'x')));
            EXPECT_EQ(as_text(all.back()), std::string(size, 'x'));
        }
    }
}

TEST(SlabPool, AThreadKeepsNoMoreThanItMay) {
    on_a_fresh_thread([] {
        const std::size_t size = 256U << 10;
        std::vector<void*> taken;
        for (std::size_t bytes = 0; bytes <= 2 * SlabPoolLimits{}.kept.bytes(); bytes += size)
            taken.push_back(take_memory(size));
        for (void* memory : taken) give_memory(memory, size);
        EXPECT_EQ(kept_bytes(), SlabPoolLimits{}.kept.bytes());
    });
}

TEST(SlabPool, WhatNobodyNeededGoesBack) {
    on_a_fresh_thread([] {
        const std::vector<std::size_t> sizes{8U << 10, 9U << 10, 100'000, 100'000, 100'000, 500U << 10};
        std::vector<void*> taken;
        for (const std::size_t size : sizes) taken.push_back(take_memory(size));
        for (std::size_t index = 0; index < sizes.size(); ++index) give_memory(taken[index], sizes[index]);
        const std::size_t all = kept_bytes();
        release_idle_slabs();
        EXPECT_EQ(kept_bytes(), all) << "all of it came since the last time";
        give_memory(take_memory(100'000), 100'000);
        release_idle_slabs();
        EXPECT_EQ(kept_bytes(), step_of(100'000)) << "one was enough";
        release_idle_slabs();
        EXPECT_EQ(kept_bytes(), 0U);
    });
}

TEST(SlabPool, WhatAnotherThreadTookIsKeptWhereItIsGivenBack) {
    Bytes bytes;
    on_a_fresh_thread([&] { bytes = Bytes::copy_of(std::string(40'000, 'a')); });
    on_a_fresh_thread([&] {
        const void* const where = bytes.data();
        bytes = {};
        EXPECT_EQ(Bytes::copy_of(std::string(40'000, 'b')).data(), where);
    });
}

}  // namespace
}  // namespace weir::base::detail
