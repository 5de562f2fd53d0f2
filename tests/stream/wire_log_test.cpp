#include "stream/wire_log.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

class WireLogTest : public testing::Test {
  protected:
    void write(media::Packet packet) { rendition.write(shared(std::move(packet)), tracks); }
    void open(WireLog::Limits limits = {}, const WireFormat& format = readable) {
        log.emplace(format, rendition, limits, at(0s));
        log->subscribe(viewer.subscriber());
    }

    base::InlineExecutor shard;
    Rendition rendition{"source", {}};
    media::TrackSetRef tracks = both();
    Follower viewer{shard};
    std::optional<WireLog> log;
};

TEST_F(WireLogTest, the_first_viewer_starts_at_the_newest_keyframe_with_header_and_tracks) {
    write(key(0));
    write(key(2000));
    write(audio(2010));
    write(video(2040));
    open();
    // Zero on the wire is one second before the log's first packet.
    EXPECT_EQ(viewer.text(), "#<1280,48000,1000>V1000a1010v1040");
}

TEST_F(WireLogTest, a_viewer_of_a_young_stream_sees_stream_time) {
    write(key(40));
    open();
    EXPECT_EQ(viewer.text(), "#<1280,48000,40>V40");
}

TEST_F(WireLogTest, a_later_viewer_joins_at_the_newest_keyframe_that_the_log_holds) {
    write(key(0));
    open();
    write(video(40));
    write(key(80));
    write(video(120));
    Follower late(shard);
    log->subscribe(late.subscriber());
    EXPECT_EQ(late.text(), "#<1280,48000,80>V80v120");
    write(video(160));
    EXPECT_EQ(late.take(), "#<1280,48000,80>V80v120v160");
    EXPECT_EQ(viewer.text(), "#<1280,48000,0>V0v40V80v120v160");
    EXPECT_EQ(late.begin(), 0U) << "a newcomer gets all that is retained, so that it can be told where messages start";
}

TEST_F(WireLogTest, a_video_packet_goes_out_at_once_with_the_audio_that_waited) {
    write(key(0));
    open();
    (void)viewer.take();
    write(audio(5));
    EXPECT_EQ(viewer.text(), "");
    write(video(40));
    EXPECT_EQ(viewer.text(), "a5v40");
    EXPECT_EQ(viewer.batches(), 2U);
}

/// Writes sound with the next picture.
class Gathering final : public Serializer {
  public:
    void begin(const media::TrackSet&, base::SlabWriter&) override {}
    void tracks(const media::TrackSet&, media::Ticks, base::SlabWriter&) override {}
    void write(const media::Packet&, const media::Track& track, base::SlabWriter& out) override {
        waiting_ += track.kind == media::Kind::video ? 'v' : 'a';
        if (track.kind == media::Kind::video) out.append(base::as_bytes(std::exchange(waiting_, {})));
    }

  private:
    std::string waiting_;
};

TEST_F(WireLogTest, what_waits_for_a_later_packet_is_part_of_its_message) {
    const WireFormat gathering{
        "gathering", [](media::Ticks) -> std::unique_ptr<Serializer> { return std::make_unique<Gathering>(); },
        ms(1'000'000)};
    write(key(0));
    open({}, gathering);
    write(audio(5));
    write(audio(25));
    write(video(40));
    EXPECT_EQ(viewer.text(), "vaav");
    ASSERT_EQ(viewer.marks().size(), 2U);
    EXPECT_EQ(viewer.marks()[1].offset, 1U);
}

TEST_F(WireLogTest, audio_alone_waits_no_longer_than_the_latency) {
    write(key(0));
    open({.latency = 30ms});
    (void)viewer.take();
    EXPECT_EQ(log->deadline(), base::Instant::max());
    log->set_now(at(1s));
    write(audio(5));
    log->set_now(at(1s + 20ms));
    write(audio(25));
    EXPECT_EQ(log->deadline(), at(1s + 30ms).instant);
    log->tick(at(1s + 29ms));
    EXPECT_EQ(viewer.text(), "");
    log->tick(at(1s + 30ms));
    EXPECT_EQ(viewer.take(), "a5a25");
    log->set_now(at(1s + 40ms));
    write(audio(45));
    log->set_now(at(1s + 70ms));
    write(audio(65));
    EXPECT_EQ(viewer.take(), "a45a65") << "no tick came: the packet itself is late enough";
}

TEST_F(WireLogTest, viewers_get_new_decoder_configurations_in_band_and_newcomers_get_them_once) {
    write(key(0));
    open();
    (void)viewer.take();
    tracks = both(640);
    write(key(40));
    EXPECT_EQ(viewer.take(), "<640,48000,40>V40");
    Follower late(shard);
    log->subscribe(late.subscriber());
    EXPECT_EQ(late.text(), "#<640,48000,40>V40");
}

TEST_F(WireLogTest, every_message_is_marked_and_a_join_carries_what_a_viewer_needs_there) {
    write(key(0));
    open();
    write(audio(5));
    tracks = both(640);
    write(key(40));
    ASSERT_EQ(viewer.marks().size(), 4U);
    const std::vector<std::string> expected{"V0", "a5", "<640,48000,40>", "V40"};
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(viewer.marks()[i].offset, offset) << expected[i];
        offset += expected[i].size();
    }
    const LogMark& join = viewer.marks()[3];
    EXPECT_TRUE(join.join);
    EXPECT_EQ(base::as_text(join.greeting), "#<640,48000,40>");
    EXPECT_EQ(base::as_text(join.resume), "<640,48000,40>");
    EXPECT_EQ(join.time, ms(40));
    EXPECT_FALSE(viewer.marks()[1].join);
    EXPECT_TRUE(viewer.marks()[1].greeting.empty());
}

TEST_F(WireLogTest, keeps_what_a_viewer_may_lag_behind_and_the_newest_keyframe) {
    write(key(0, 1000));
    open({.lag = 10s});
    for (int i = 1; i <= 600; ++i) write(video(i * 100, i % 20 == 0, 1000));
    // A message every 100 ms, about 1006 bytes each.
    EXPECT_NEAR(static_cast<double>(viewer.retained()), 101 * 1006, 2000);
    const std::uint64_t end = viewer.end();
    for (int i = 601; i <= 1000; ++i) write(video(i * 100, false, 1000));
    EXPECT_LT(viewer.begin(), end) << "the newest keyframe is older than the lag and stays: newcomers need it";
    Follower late(shard);
    log->subscribe(late.subscriber());
    EXPECT_TRUE(late.text().starts_with("#<1280,48000,60000>V60000"));
}

TEST_F(WireLogTest, never_grows_beyond_its_bytes) {
    write(key(0, 1000));
    open({.slab_bytes = base::ByteCount(4096), .log_bytes = base::ByteCount(100'000), .lag = 1000s});
    const std::size_t before = base::slab_bytes();
    for (int i = 1; i <= 1000; ++i) rendition.write(shared(video(i * 40)), tracks), write(audio(i * 40 + 1, 1000));
    write(video(1'000'000));
    EXPECT_LE(viewer.retained(), 100'000U);
    EXPECT_GE(viewer.retained(), 90'000U);
    EXPECT_FALSE(viewer.broken());
    // What the rendition holds is not the log's; the log's own slabs are bounded with one slab of slack.
    std::size_t held = 0;
    for (const Entry& entry : rendition.held()) held += entry.packet->payload.size();
    EXPECT_LE(base::slab_bytes() - before, 100'000U + 3 * 4096U + held);
}

TEST_F(WireLogTest, messages_larger_than_a_slab_arrive_whole) {
    write(key(0));
    open({.slab_bytes = base::ByteCount(64)});
    (void)viewer.take();
    write(video(40, false, 1000));
    EXPECT_EQ(viewer.take(), "v40" + std::string(1000, 'x'));
    Follower late(shard);
    log->subscribe(late.subscriber());
    EXPECT_TRUE(late.text().ends_with(std::string(1000, 'x')));
}

TEST_F(WireLogTest, the_end_comes_after_everything_that_was_written) {
    write(key(0));
    open();
    (void)viewer.take();
    write(audio(5));
    log->end();
    EXPECT_EQ(viewer.take(), "a5");
    EXPECT_TRUE(viewer.ended());
    EXPECT_TRUE(log->is_spent());
    write(video(40));
    log->tick(at(10s));
    EXPECT_EQ(viewer.text(), "");
    Follower late(shard);
    log->subscribe(late.subscriber());
    EXPECT_TRUE(late.ended()) << "whoever comes too late is told so";
}

TEST_F(WireLogTest, ends_at_a_keyframe_before_the_wire_clock_runs_out_and_a_new_log_starts_from_zero) {
    write(key(10'000'000));
    open({}, readable);  // an hour
    const int minutes = 59;
    for (int i = 1; i < minutes * 60; ++i) write(video(10'000'000 + i * 1000, i % 2 == 0));
    EXPECT_FALSE(log->is_spent());
    for (int i = minutes * 60; i < 60 * 60 && !log->is_spent(); ++i) write(video(10'000'000 + i * 1000, i % 2 == 0));
    EXPECT_TRUE(log->is_spent());
    EXPECT_TRUE(viewer.ended());
    EXPECT_FALSE(viewer.broken());
    WireLog next(readable, rendition, {}, at(1s));
    Follower again(shard);
    next.subscribe(again.subscriber());
    EXPECT_TRUE(again.text().starts_with("#<1280,48000,1000>V1000"))
        << "the keyframe that ended the old log opens the new one";
}

TEST_F(WireLogTest, ends_before_the_wire_clock_runs_out_even_without_a_keyframe) {
    write(key(10'000'000));
    open({}, readable);
    int seconds = 1;
    for (; !log->is_spent(); ++seconds) write(video(10'000'000 + seconds * 1000));
    EXPECT_LT(seconds, 60 * 60);
    EXPECT_GT(seconds, 59 * 60);
}

TEST_F(WireLogTest, a_viewer_that_leaves_from_inside_its_delivery_harms_nobody) {
    write(key(0));
    open();
    std::uint64_t id = 0;
    int delivered = 0;
    id = log->subscribe({&shard, std::make_shared<std::function<void(LogBatchRef)>>([&](const LogBatchRef&) {
                             if (++delivered == 2) log->unsubscribe(id, at(2s).instant);
                         })});
    Follower last(shard);
    log->subscribe(last.subscriber());
    write(video(40));
    write(video(80));
    EXPECT_EQ(delivered, 2);
    EXPECT_EQ(viewer.text(), "#<1280,48000,0>V0v40v80");
    EXPECT_EQ(last.text(), viewer.text());
}

TEST_F(WireLogTest, a_viewer_that_comes_from_inside_a_delivery_gets_every_byte_once) {
    write(key(0));
    open();
    Follower newcomer(shard);
    bool came = false;
    log->subscribe({&shard, std::make_shared<std::function<void(LogBatchRef)>>([&](const LogBatchRef& batch) {
                        if (batch->offset > 0 && !std::exchange(came, true)) log->subscribe(newcomer.subscriber());
                    })});
    write(video(40));
    write(video(80));
    EXPECT_EQ(newcomer.text(), "#<1280,48000,0>V0v40v80");
    EXPECT_FALSE(newcomer.broken());
}

TEST_F(WireLogTest, outlives_its_last_viewer_a_little) {
    write(key(0));
    open({.linger = 5s});
    const std::uint64_t other = log->subscribe(Follower(shard).subscriber());
    EXPECT_FALSE(log->is_idle(at(100s).instant));
    log->unsubscribe(other, at(100s).instant);
    log->unsubscribe(1, at(101s).instant);
    EXPECT_FALSE(log->is_idle(at(105s).instant));
    EXPECT_TRUE(log->is_idle(at(106s).instant));
    log->unsubscribe(77, at(200s).instant);
    EXPECT_TRUE(log->is_idle(at(106s).instant)) << "one who was never here does not count";
}

}  // namespace
}  // namespace weir::stream::test
