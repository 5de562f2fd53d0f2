// The driver of a worker, with a program that says what the test wrote down for it.
#include "endpoint/worker.hpp"

#include "endpoint/script.hpp"
#include "stream/fixtures.hpp"

#include <gtest/gtest.h>

namespace weir::endpoint {

namespace {

using namespace std::chrono_literals;
namespace relay = format::relay;

struct Sink final : stream::RungSink {
    void write_rung(std::size_t, media::Packet, media::TrackSetRef, base::Now) override { ++packets; }
    void interrupt_rung(std::size_t, base::Now) override { ++interruptions; }
    void take_still(stream::Still still, base::Now) override { stills.push_back(std::move(still)); }
    std::vector<stream::Still> stills;
    int packets = 0;
    int interruptions = 0;
};

class WorkerTest : public testing::Test {
  protected:
    WorkerTest() {
        transcode::Choice choice;
        choice.plan = {{.name = "180p", .width = 320, .height = 180, .bitrate = 200'000}};
        choice.setup.rungs = {{.name = "180p", .codec = "h264", .width = 320, .height = 180, .bitrate = 200'000}};
        transcode::Limits limits;
        limits.start = limits.silence = 500ms;
        worker_ = std::make_unique<WorkerTranscoder>(
            WorkerTranscoder::Settings{
                .program = script_.path(), .choice = std::move(choice), .supervisor = limits, .memory = &memory},
            shard_, sink, counts);
    }
    static std::vector<relay::Message> words() {
        const auto tracks = std::make_shared<media::TrackSet>(std::vector{stream::test::video_track(320)});
        return {relay::Hello{.program = "a test"}, relay::Tracks{.rendition = 1, .tracks = tracks},
                relay::Media{.rendition = 1, .packet = stream::test::key(0, 100'000)}};
    }
    /// The source's first picture comes, and time passes.
    void begin() {
        const stream::Entry entry{.sequence = 0,
                                  .packet = stream::test::shared(stream::test::key(0, 10)),
                                  .tracks = stream::test::both(),
                                  .join = true};
        worker_->write(entry, base::read_clocks());
    }
    template <typename Until>
    bool run(Until until, base::Duration most) {
        const base::Instant end = base::read_clocks().instant + most;
        while (!until() && base::read_clocks().instant < end) {
            shard_.context().run_for(20ms);
            worker_->tick(base::read_clocks());
        }
        return until();
    }
    [[nodiscard]] stream::WorkerStats stats() const { return worker_->stats().worker; }

    base::MemoryLimit memory;
    Sink sink;
    WorkerCounts counts;

  private:
    Script script_{words()};
    net::Shard shard_{0};
    std::unique_ptr<WorkerTranscoder> worker_;
};

TEST_F(WorkerTest, WhatAWorkerMakesReachesItsStream) {
    begin();
    EXPECT_TRUE(run([&] { return sink.packets == 1; }, 10s));
}

TEST_F(WorkerTest, AWorkerIsNotReadWhileThereIsNoMemoryAndIsNotBlamedForItsSilence) {
    memory.set(base::ByteCount(1));
    begin();
    EXPECT_FALSE(run([&] { return sink.packets != 0; }, 1s)) << "longer than a worker may be silent";
    EXPECT_EQ(stats().restarts, 0U);
    memory.set(base::ByteCount(UINT64_MAX));
    EXPECT_TRUE(run([&] { return sink.packets == 1; }, 10s));
    EXPECT_EQ(stats().restarts, 0U);
}

}  // namespace

}  // namespace weir::endpoint
