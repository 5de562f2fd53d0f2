#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cameras.hpp"
#include "sim/promises.hpp"
#include "stream/backup_stream.hpp"

namespace weir::stream::test {
namespace {

/// A slate or a backup that the stream asks for.
struct Extra {
    struct Made final : Standby {
        Made(Extra& of, Rank as, Stream& into, base::Now now) : extra(of), rank(as), stream(into), last(now) {
            ++extra.alive;
        }
        ~Made() override {
            --extra.alive;
            if (publication) stream.leave(*publication, "not needed", last);
        }
        void tick(base::Now now) override {
            last = now;
            if (!publication) {
                const auto admitted = stream.publish(
                    {.id = "extra", .protocol = "test", .peer = {}, .client = {}, .rank = rank},
                    [this](std::string_view) { publication.reset(); }, now);
                if (!admitted) return;
                publication = *admitted;
            }
            std::vector<Item> items;
            items.push_back({video(clock, clock % 1000 == 0), both(640)});
            clock += 40;
            stream.push(*publication, std::move(items), {}, now);
        }
        Extra& extra;
        Rank rank;
        Stream& stream;
        base::Now last;
        std::int64_t clock = 0;
        std::optional<PublicationId> publication;
    };
    [[nodiscard]] StandbyFactory factory() {
        return [this](Rank rank, Stream& stream, base::Now now) {
            ++made;
            return std::make_unique<Made>(*this, rank, stream, now);
        };
    }
    int made = 0;
    int alive = 0;
};

struct SlateBroadcast : Broadcast {
    static Stream::Settings with(Extra& extra) {
        Stream::Settings settings;
        settings.options.slate = "pause.png";
        settings.standby = extra.factory();
        return settings;
    }
    explicit SlateBroadcast(Extra& extra) : Broadcast(with(extra)) {
        cameras = {&main};
        main.connect(house);
    }
    Camera main{"main", Rank::source, 0};
};

TEST(Slate, is_shown_while_there_is_no_source_and_goes_when_it_returns) {
    Extra extra;
    SlateBroadcast cast(extra);
    cast.run(5s);
    EXPECT_EQ(extra.made, 0) << "it costs nothing before it is needed";
    cast.main.is_frozen = true;
    cast.run(2500ms);
    EXPECT_EQ(cast.on_air(), "extra");
    EXPECT_EQ(cast.house.state(), State::recovering) << "the source is away";
    EXPECT_LE(cast.longest_still, 1200ms);
    cast.main.is_frozen = false;
    cast.run(2s);
    EXPECT_EQ(cast.on_air(), "main") << "at its first keyframe";
    EXPECT_EQ(cast.house.state(), State::running);
    EXPECT_EQ(extra.alive, 1) << "some seconds more";
    cast.run(6s);
    EXPECT_EQ(extra.alive, 0);
    check_promises(cast.house.packaged().rows);
}

TEST(Slate, is_not_followed_by_what_was_held_up_in_the_meantime) {
    for (base::Duration moment = 5s; moment < 7s; moment += 300ms) {
        SCOPED_TRACE(moment.count());
        Extra extra;
        SlateBroadcast cast(extra);
        cast.run(moment);
        cast.main.is_held_up = true;
        cast.run(7s);
        EXPECT_EQ(cast.on_air(), "extra");
        cast.main.is_held_up = false;
        cast.run(20ms);
        EXPECT_EQ(cast.on_air(), "extra") << "what comes first is seven seconds old";
        cast.run(3s);
        EXPECT_EQ(cast.on_air(), "main");
        cast.run(20s);
        check_promises(cast.house.packaged().rows);
    }
}

TEST(Slate, ends_with_the_hold) {
    Extra extra;
    SlateBroadcast cast(extra);
    cast.run(5s);
    cast.main.leave(cast.house);
    EXPECT_EQ(cast.house.state(), State::recovering);
    cast.run(14s);
    EXPECT_EQ(cast.on_air(), "extra");
    EXPECT_EQ(cast.house.snapshot()->reason, "the connection was lost");
    EXPECT_FALSE(cast.house.stream().is_over());
    cast.run(1100ms);
    EXPECT_TRUE(cast.house.stream().is_over());
    EXPECT_EQ(extra.alive, 0);
    EXPECT_TRUE(cast.house.packaged().ended);
}

TEST(Slate, is_not_shown_before_there_was_anything) {
    Extra extra;
    SlateBroadcast cast(extra);
    cast.main.is_frozen = true;
    cast.run(5s);
    EXPECT_EQ(extra.made, 0);
}

TEST(Backup, that_is_cold_comes_when_it_is_needed_and_goes_afterwards) {
    Extra extra;
    Stream::Settings settings;
    settings.options.backup.stream = "live/spare";
    settings.options.backup_mode = config::BackupMode::cold;
    settings.standby = extra.factory();
    Broadcast cast(settings);
    Camera main("main", Rank::source, 0);
    cast.cameras = {&main};
    main.connect(cast.house);
    cast.run(5s);
    EXPECT_EQ(extra.made, 0);
    main.is_frozen = true;
    cast.run(3s);
    EXPECT_EQ(cast.on_air(), "extra");
    EXPECT_EQ(cast.house.state(), State::running);
    main.is_frozen = false;
    cast.run(8s);
    EXPECT_EQ(cast.on_air(), "main");
    cast.run(6s);
    EXPECT_EQ(extra.alive, 0);
}

/// Two streams of one registry; each may be the other's backup.
struct Pair {
    explicit Pair(const char* backup_of_a, const char* backup_of_b = "") {
        a = open("a", backup_of_a);
        b = open("b", backup_of_b);
    }
    std::shared_ptr<Stream> open(const char* name, const char* backup) {
        Stream::Settings settings;
        settings.options.backup.stream = backup;
        return *registry.open({"live", name}, settings, shard, at(now));
    }
    static StandbyFactory follow(const Registry& registry) {
        return [&registry](Rank, Stream& stream, base::Now) {
            return std::make_unique<BackupStream>(registry, stream,
                                                  *base::parse_stream_id(stream.options().backup.stream));
        };
    }
    PublicationId publish(Stream& stream, const char* id) {
        return *stream.publish(
            {.id = id, .protocol = "test", .peer = {}, .client = {}}, [](std::string_view) {}, at(now));
    }
    void run(base::Duration duration, std::vector<std::pair<Stream*, PublicationId>> sending) {
        for (const base::Duration end = now + duration; now < end; now += 40ms) {
            for (const auto& [stream, publication] : sending) {
                std::vector<Item> items;
                const auto t = static_cast<std::int64_t>(now / 1ms);
                items.push_back({video(t, t % 1000 == 0, 100), tracks});
                items.push_back({audio(t, 10), tracks});
                stream->push(publication, std::move(items), {}, at(now));
            }
            (void)registry.tick(shard, at(now));
            shard.drain();
        }
    }
    [[nodiscard]] static std::string on_air(const Stream& stream, base::Now now) {
        const auto publisher = stream.snapshot(now)->publisher;
        return publisher ? publisher->id : "";
    }

    base::InlineExecutor shard;
    PackagerShelf shelf;
    Registry registry{{.streams = 10}, shelf.factory(), {}, {}, [this](Rank rank, Stream& stream, base::Now at) {
                          return follow(registry)(rank, stream, at);
                      }};
    media::TrackSetRef tracks = both();
    base::Duration now{};
    std::shared_ptr<Stream> a;
    std::shared_ptr<Stream> b;
};

TEST(BackupStream, a_stream_goes_on_with_another_stream_of_the_server) {
    Pair pair("live/b");
    const PublicationId of_a = pair.publish(*pair.a, "cam-a");
    const PublicationId of_b = pair.publish(*pair.b, "cam-b");
    pair.run(5s, {{pair.a.get(), of_a}, {pair.b.get(), of_b}});
    EXPECT_EQ(pair.a->snapshot(at(pair.now))->contenders.size(), 2U);
    const std::size_t before = pair.shelf.made[0]->packets;
    pair.run(3s, {{pair.b.get(), of_b}});
    EXPECT_EQ(Pair::on_air(*pair.a, at(pair.now)), "live/b");
    EXPECT_GT(pair.shelf.made[0]->packets, before + 2 * 45);
    check_promises(pair.shelf.made[0]->rows);
    pair.b->leave(of_b, "closed", at(pair.now));
    pair.run(3s, {});
    EXPECT_EQ(pair.a->snapshot(at(pair.now))->contenders.back().state, ContenderState::silent);
}

TEST(BackupStream, begins_anew_where_the_other_stream_does) {
    Pair pair("live/b");
    const PublicationId of_a = pair.publish(*pair.a, "cam-a");
    PublicationId of_b = pair.publish(*pair.b, "cam-b");
    pair.run(3s, {{pair.a.get(), of_a}, {pair.b.get(), of_b}});
    pair.a->leave(of_a, "closed", at(pair.now));
    pair.run(3s, {{pair.b.get(), of_b}});
    pair.b->leave(of_b, "closed", at(pair.now));
    of_b = pair.publish(*pair.b, "cam-b2");
    pair.run(3s, {{pair.b.get(), of_b}});
    check_promises(pair.shelf.made[0]->rows);
    int discontinuities = 0;
    for (const Packaged::Row& row : pair.shelf.made[0]->rows)
        discontinuities += row.entry.packet->discontinuity && row.entry.packet->track == media::video_track_id;
    EXPECT_EQ(discontinuities, 2) << "the switch, and the other's new publisher";
}

TEST(BackupStream, two_streams_may_be_each_others_backup_and_no_packet_goes_round) {
    Pair pair("live/b", "live/a");
    const PublicationId of_a = pair.publish(*pair.a, "cam-a");
    const PublicationId of_b = pair.publish(*pair.b, "cam-b");
    pair.run(3s, {{pair.a.get(), of_a}, {pair.b.get(), of_b}});
    pair.run(3s, {{pair.b.get(), of_b}});
    EXPECT_EQ(Pair::on_air(*pair.a, at(pair.now)), "live/b");
    EXPECT_EQ(Pair::on_air(*pair.b, at(pair.now)), "cam-b");
    pair.run(3s, {});
    const std::size_t before = pair.shelf.made[0]->packets + pair.shelf.made[1]->packets;
    pair.run(5s, {});
    EXPECT_EQ(pair.shelf.made[0]->packets + pair.shelf.made[1]->packets, before);
}

TEST(BackupStream, finds_the_other_stream_when_it_comes_and_when_it_comes_back) {
    Pair pair("live/c");
    const PublicationId of_a = pair.publish(*pair.a, "cam-a");
    pair.run(2s, {{pair.a.get(), of_a}});
    auto c = pair.open("c", "");
    PublicationId of_c = pair.publish(*c, "cam-c");
    pair.run(2s, {{pair.a.get(), of_a}, {c.get(), of_c}});
    EXPECT_EQ(pair.a->snapshot(at(pair.now))->contenders.size(), 2U);
    c->stop("stopped", at(pair.now));
    pair.run(1s, {{pair.a.get(), of_a}});
    EXPECT_EQ(pair.a->snapshot(at(pair.now))->contenders.size(), 1U);
    c = pair.open("c", "");
    of_c = pair.publish(*c, "cam-c");
    pair.run(2s, {{pair.a.get(), of_a}, {c.get(), of_c}});
    EXPECT_EQ(pair.a->snapshot(at(pair.now))->contenders.size(), 2U);
}

}  // namespace
}  // namespace weir::stream::test
