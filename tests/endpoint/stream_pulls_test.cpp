// Sources and backups that are fetched, on real shards, by pullers that have a camera each in place of a network.
#include "endpoint/pulls.hpp"

#include "endpoint/rtmp_house.hpp"
#include "stream/backup_wish.hpp"

#include <gtest/gtest.h>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <string>

namespace weir::endpoint {
namespace {

using namespace std::chrono_literals;

/// What can be fetched, by its address; any thread.
struct Camera {
    std::atomic<bool> is_there{true};
    std::atomic<int> attempts{0};
    std::atomic<int> fetching{0};
};

/// 25 frames a second, a keyframe every fifth of one, and sound; ends where the camera does.
class CameraPuller final : public Puller {
  public:
    CameraPuller(Camera& camera, PullSink& sink, net::Shard& shard)
        : camera_(camera), sink_(sink), timer_(shard.context()) {
        ++camera_.attempts;
        ++camera_.fetching;
        wait();
    }
    ~CameraPuller() override {
        *alive_ = false;
        --camera_.fetching;
    }

  private:
    void wait() {
        timer_.expires_after(20ms);
        timer_.async_wait([this, alive = alive_](auto error) {
            if (error || !*alive) return;
            if (!camera_.is_there) return sink_.over({.kind = base::ErrorKind::io, .text = "the camera is gone"});
            send();
            wait();
        });
    }
    void send() {
        if (steps_ == 0) {
            sink_.connected({.protocol = "camera", .peer = "192.0.2.1:554", .client = {}});
            sink_.track(stream::test::video_track(), {.timescale = 1000, .bits = 32});
            sink_.track(stream::test::audio_track(), {.timescale = 48'000, .bits = 32});
        }
        const auto sample = [&](std::uint32_t track, std::uint64_t time, bool is_key) {
            sink_.sample({.track = track,
                          .wire_time = time,
                          .composition_offset = {},
                          .keyframe = is_key,
                          .payload = base::Bytes::copy_of("frame")});
        };
        if (steps_ % 2 == 0) sample(media::video_track_id, steps_ * 20, steps_ % 10 == 0);
        for (; sound_ <= steps_ * 960; sound_ += 1024) sample(media::audio_track_id, sound_, true);
        ++steps_;
        (void)sink_.read_done();
    }

    Camera& camera_;
    PullSink& sink_;
    boost::asio::steady_timer timer_;
    std::uint64_t steps_ = 0;
    std::uint64_t sound_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

const base::StreamId id{"live", "x"};
const char* const main_camera = "rtsp://192.0.2.1/main";
const char* const spare_camera = "rtsp://192.0.2.1/spare";

/// Pulls of one stream, what they stand on, and the cameras before it.
class PullHouse {
  public:
    /// `settings`: of the stream's rule, besides its backup.
    explicit PullHouse(std::vector<config::StreamRule::Setting> settings)
        : config_(shards_, config_with(std::move(settings))),
          pulls(shards_, {.contribution = {.registry = registry, .config = config_, .log = journal_.log()},
                          .scheme = [this](std::string_view) { return &scheme_; },
                          .counts = counts_}) {}
    ~PullHouse() {
        pulls.close();
        EXPECT_TRUE(eventually([this] { return main.fetching + spare.fetching == 0; }));
        shards_.stop();
        registry.clear();
    }
    PullHouse(const PullHouse&) = delete;
    PullHouse& operator=(const PullHouse&) = delete;

    [[nodiscard]] bool comes_to(const std::function<bool(const stream::StreamSnapshot&)>& is_so) {
        return eventually([&] {
            tick();
            const auto now = registry.snapshot(id);
            return now != nullptr && is_so(*now);
        });
    }
    [[nodiscard]] bool is_on_air(stream::Rank rank, std::size_t contenders) {
        return comes_to([&](const auto& now) {
            return now.state == stream::State::running && now.publisher && now.publisher->rank == rank &&
                   now.contenders.size() == contenders;
        });
    }
    void pass(std::chrono::milliseconds time) {
        const auto end = std::chrono::steady_clock::now() + time;
        (void)eventually([&] {
            tick();
            return std::chrono::steady_clock::now() > end;
        });
    }
    void tick() {
        for (std::size_t i = 0; i < shards_.count(); ++i)
            shards_.at(i).post([this, i] { registry.tick(shards_.at(i), base::read_clocks()); });
    }
    [[nodiscard]] net::Shard& shard() { return shards_.at(0); }

    Camera main;
    Camera spare;
    Lines lines;

  private:
    static config::ConfigRef config_with(std::vector<config::StreamRule::Setting> settings) {
        auto config = std::make_shared<config::Config>();
        settings.push_back({"backup", spare_camera});
        for (const auto* each : {"backup_after", "backup_return"}) settings.push_back({each, "300ms"});
        config->streams.rules.push_back({.pattern = id.text(), .settings = std::move(settings)});
        return config;
    }

    base::Journal journal_{base::LogLevel::debug, base::LogFormat::text,
                           [this](std::string_view line) { lines.add(line); }};
    net::Shards shards_{2};
    net::ShardValue<config::Config> config_;
    PullCounts counts_;
    const PullerScheme scheme_{.scheme = "rtsp", .create = [this](PullRequest request, PullSink& sink, net::Shard& on) {
                                   Camera& camera = request.url == main_camera ? main : spare;
                                   return std::make_unique<CameraPuller>(camera, sink, on);
                               }};

  public:
    stream::Registry registry{
        {},
        [](const auto&, const auto&, base::Now) { return std::make_unique<NoPackager>(); },
        {},
        {},
        [this](stream::Rank rank, stream::Stream& of, base::Now) -> std::unique_ptr<stream::Standby> {
            if (rank != stream::Rank::backup) return nullptr;
            return std::make_unique<stream::BackupWish>(
                of.id(), [this](const base::StreamId& wanted) { pulls.want_backup(wanted); });
        }};
    Pulls pulls;
};

TEST(StreamPulls, AHotBackupIsFetchedBesideTheSourceAndStandsInForIt) {
    PullHouse house({{"source", main_camera}});
    ASSERT_TRUE(house.is_on_air(stream::Rank::source, 2)) << "the backup stands by";
    house.main.is_there = false;
    ASSERT_TRUE(house.is_on_air(stream::Rank::backup, 1));
    house.main.is_there = true;
    ASSERT_TRUE(house.is_on_air(stream::Rank::source, 2));
    EXPECT_EQ(house.spare.attempts, 1) << "it was there all the time";
    EXPECT_TRUE(house.lines.has("the backup runs"));
}

TEST(StreamPulls, AColdBackupIsFetchedWhenItIsNeeded) {
    PullHouse house({{"source", main_camera}, {"backup_mode", "cold"}});
    ASSERT_TRUE(house.is_on_air(stream::Rank::source, 1));
    house.pass(700ms);
    EXPECT_EQ(house.spare.attempts, 0);
    house.main.is_there = false;
    ASSERT_TRUE(house.is_on_air(stream::Rank::backup, 1));
    EXPECT_EQ(house.spare.attempts, 1);
}

TEST(StreamPulls, WhereTheSourceWasNeverThereTheBackupBringsTheStreamToLife) {
    PullHouse house({{"source", main_camera}, {"backup_mode", "cold"}});
    house.main.is_there = false;
    ASSERT_TRUE(house.is_on_air(stream::Rank::backup, 1));
    house.main.is_there = true;
    ASSERT_TRUE(house.is_on_air(stream::Rank::source, 2));
}

TEST(StreamPulls, ABackupDoesNotBringBackAStreamThatHasEnded) {
    PullHouse house({});
    std::shared_ptr<stream::Stream> stream;
    house.shard().post([&] {
        const base::Now now = base::read_clocks();
        const stream::Stream::Settings settings{.options = {.backup = {.fetched = {{spare_camera}}}}};
        const auto opened = house.registry.open(id, settings, house.shard(), now);
        ASSERT_TRUE(opened);
        EXPECT_TRUE((*opened)->publish({.id = "p-1", .protocol = "test"}, [](std::string_view) {}, now));
    });
    ASSERT_TRUE(house.comes_to([](const auto& now) { return now.contenders.size() == 2; }));
    EXPECT_EQ(house.spare.fetching, 1);
    stream = house.registry.find(id);
    house.shard().post([stream] { stream->stop("an operator said so", base::read_clocks()); });
    EXPECT_TRUE(eventually([&] {
        house.tick();
        return house.spare.fetching == 0;
    }));
    house.pass(1500ms);
    EXPECT_TRUE(stream->is_over());
    EXPECT_EQ(house.spare.attempts, 1);
    const auto left = house.registry.find(id);
    EXPECT_TRUE(left == nullptr || left == stream);
}

}  // namespace
}  // namespace weir::endpoint
