#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <variant>

#include "sim/cameras.hpp"
#include "sim/promises.hpp"
#include "stream/backup_wish.hpp"
#include "stream/pull_supervisor.hpp"

namespace weir::stream::test {
namespace {

/// What a stream says of its backup.
struct Wishes {
    [[nodiscard]] StandbyFactory factory() {
        return [this](Rank, Stream& stream, base::Now) {
            return std::make_unique<BackupWish>(stream.id(), [this](const base::StreamId&) { ++said; });
        };
    }
    int said = 0;
};

/// A camera that publishes, and one that is fetched as its backup when the stream wishes it.
struct FetchedBackup : Broadcast {
    static Stream::Settings with(Wishes& wishes, config::BackupMode mode) {
        Stream::Settings settings;
        settings.options.backup.fetched.addresses = {"rtsp://192.0.2.1/spare"};
        settings.options.backup_mode = mode;
        settings.standby = wishes.factory();
        return settings;
    }
    FetchedBackup(Wishes& its_wishes, config::BackupMode mode)
        : Broadcast(with(its_wishes, mode)),
          wishes(its_wishes),
          supervisor({.on_demand = true, .idle = BackupWish::validity}, {}, 1, house.now().instant) {
        cameras = {&main, &spare};
        main.connect(house);
    }

    void pass(base::Duration duration) {
        for (base::Duration t{}; t < duration; t += 20ms) {
            run(20ms);
            const base::Instant now = house.now().instant;
            if (std::exchange(wishes.said, 0) > 0) supervisor.wanted(now);
            supervisor.tick(now);
            while (const auto event = supervisor.next_event()) {
                if (std::holds_alternative<BeginPull>(*event)) {
                    ++attempts;
                    spare.connect(house);
                    supervisor.media(now);
                } else if (std::holds_alternative<DropPull>(*event)) {
                    spare.leave(house);
                }
            }
        }
    }

    Wishes& wishes;
    PullSupervisor supervisor;
    Camera main{"main", Rank::source, 0};
    Camera spare{"spare", Rank::backup, 77'340};
    int attempts = 0;
};

TEST(FetchedBackup, that_is_hot_is_there_before_it_is_needed_and_viewers_do_not_wait_for_it) {
    Wishes wishes;
    FetchedBackup cast(wishes, config::BackupMode::hot);
    cast.pass(20s);
    EXPECT_EQ(cast.attempts, 1);
    EXPECT_EQ(cast.on_air(), "main");
    cast.longest_still = {};
    cast.main.leave(cast.house);
    cast.pass(5s);
    EXPECT_EQ(cast.on_air(), "spare");
    EXPECT_LE(cast.longest_still, 200ms);
    cast.main.connect(cast.house);
    cast.pass(20s);
    EXPECT_EQ(cast.on_air(), "main");
    EXPECT_TRUE(cast.spare.is_sending()) << "it stands by again";
    EXPECT_EQ(cast.attempts, 1);
    check_promises(cast.house.packaged().rows);
}

TEST(FetchedBackup, that_is_cold_is_fetched_for_as_long_as_it_is_needed) {
    Wishes wishes;
    FetchedBackup cast(wishes, config::BackupMode::cold);
    cast.pass(20s);
    EXPECT_EQ(cast.attempts, 0) << "it costs nothing before";
    cast.main.is_frozen = true;
    cast.pass(4s);
    EXPECT_EQ(cast.on_air(), "spare");
    EXPECT_EQ(cast.house.state(), State::running);
    cast.main.is_frozen = false;
    cast.pass(8s);
    EXPECT_EQ(cast.on_air(), "main");
    EXPECT_TRUE(cast.spare.is_connected()) << "some seconds more";
    cast.pass(8s);
    EXPECT_FALSE(cast.spare.is_connected());
    EXPECT_EQ(cast.supervisor.state(), PullState::idle);
    cast.main.is_frozen = true;
    cast.pass(4s);
    EXPECT_EQ(cast.on_air(), "spare") << "and again";
    EXPECT_EQ(cast.attempts, 2);
    check_promises(cast.house.packaged().rows);
}

TEST(FetchedBackup, is_not_fetched_any_more_once_its_stream_has_ended) {
    Wishes wishes;
    FetchedBackup cast(wishes, config::BackupMode::hot);
    cast.pass(5s);
    cast.house.stream().stop("an operator said so", cast.house.now());
    cast.spare.forget();
    cast.pass(3s);
    EXPECT_EQ(cast.supervisor.state(), PullState::idle);
    EXPECT_EQ(cast.attempts, 1);
}

}  // namespace
}  // namespace weir::stream::test
