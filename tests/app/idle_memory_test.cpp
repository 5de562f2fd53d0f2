#include "app/idle_memory.hpp"

#include "base/bytes.hpp"
#include "base/slab_pool.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <string>

namespace weir::app {
namespace {

void run_on(net::Shard& shard, auto&& act) {
    std::latch done(1);
    shard.post([&] {
        act();
        done.count_down();
    });
    done.wait();
}

TEST(IdleMemory, GivesBackWhatAThreadKeepsAndDoesNotNeed) {
    net::Shards shards(1);
    IdleMemory idle(shards);
    std::size_t kept = 0;
    const auto look = [&] {
        idle.look();
        run_on(shards.at(0), [&] { kept = base::detail::kept_bytes(); });
    };
    run_on(shards.at(0), [] { (void)base::Bytes::copy_of(std::string(100'000, 'x')); });
    look();
    EXPECT_GE(kept, 100'000U) << "it came since the last time";
    look();
    EXPECT_EQ(kept, 0U);
}

}  // namespace
}  // namespace weir::app
