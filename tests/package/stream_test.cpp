// A stream and its packager together: what a player of HLS sees of publishers that come, leave and return. The stream decides
// boundaries, discontinuities and wall time by itself.
#include "stream/stream.hpp"

#include "rig.hpp"

#include <gmock/gmock.h>

namespace weir::package::test {
namespace {

using testing::ElementsAre;

/// A publisher's view of time starts at zero; the wall clock goes on.
class Broadcast {
  public:
    explicit Broadcast(const config::StreamOptions& options = {})
        : stream(
              {"live", "demo"},
              {.options = options,
               .index_changed = [this](const stream::Stream&,
                                       const stream::SegmentIndexRef& newest) { index = newest; }},
              shard_,
              [](const base::StreamId&, const config::StreamOptions& chosen, base::Now now) {
                  return std::make_unique<Segmenter>(chosen, now);
              },
              now()) {}

    [[nodiscard]] base::Now now() const {
        return {base::Instant(1000s + elapsed), base::WallTime(std::chrono::seconds(epoch) + elapsed)};
    }
    void publish(const Shape& shape, base::Duration length) {
        const auto publication = stream.publish({.id = "p-1"}, [](std::string_view) {}, now());
        ASSERT_TRUE(publication.has_value()) << publication.error().text;
        Source source(shape, Ticks());
        const base::Duration start = elapsed;
        while (source.position() < Ticks::from(length)) {
            stream::Entry entry = source.next();
            elapsed = start + entry.packet->dts.to_duration();
            media::Packet packet = *entry.packet;
            packet.segment_boundary = false;  // this is the stream's to say
            std::vector<stream::Item> items;
            items.push_back({.packet = std::move(packet), .tracks = entry.tracks});
            stream.push(*publication, std::move(items), {}, now());
            look();
        }
        stream.leave(*publication, "the connection was closed", now());
    }
    /// The same, but for what it has to send between `from` and `to`: that comes at once, and its sound before its pictures.
    void publish_with_a_burst(const Shape& shape, base::Duration length, base::Duration from, base::Duration to) {
        const auto publication = stream.publish({.id = "p-1"}, [](std::string_view) {}, now()).value();
        Source source(shape, Ticks());
        std::vector<stream::Item> sounds;
        std::vector<stream::Item> pictures;
        const auto send = [&](std::vector<stream::Item>& items) {
            for (stream::Item& item : std::exchange(items, {})) {
                stream.push(publication, {std::move(item)}, {}, now());
                look();
            }
        };
        while (source.position() < Ticks::from(length)) {
            const stream::Entry entry = source.next();
            media::Packet packet = *entry.packet;
            packet.segment_boundary = false;
            const base::Duration at = packet.dts.to_duration();
            const bool is_sound = packet.track == media::audio_track_id;
            (is_sound ? sounds : pictures).push_back({.packet = std::move(packet), .tracks = entry.tracks});
            if (at >= from && at < to) continue;
            elapsed = at;
            send(sounds);
            elapsed += 5ms;
            send(pictures);
        }
    }
    void wait(base::Duration time) {
        elapsed += time;
        stream.tick(now());
        look();
    }
    void look() {
        stream.tell_index();
        validator.look(index);
    }
    [[nodiscard]] const stream::SegmentList& list(std::string_view name) const { return *index->find(name); }

    base::Duration elapsed{};
    Validator validator;
    stream::SegmentIndexRef index;

  private:
    base::InlineExecutor shard_;

  public:
    stream::Stream stream;
};

// As datagrams do that come over two ports: how much media one is ahead says nothing of how late the other is.
TEST(StreamInHls, WhatASourceCatchesUpIsWholeInWhateverOrderItsTracksCome) {
    for (const base::Duration held_up : {1500ms, 3000ms, 4500ms, 6000ms}) {
        Broadcast broadcast({.segment = 2s});
        broadcast.publish_with_a_burst({.gop = 30, .segment = seconds(2)}, 30s, 9700ms, 9700ms + held_up);
        EXPECT_EQ(broadcast.validator.broken(), "");
        for (const char* name : {"source", "audio"}) {
            EXPECT_EQ(shape_of(broadcast.list(name)), "iiiiiiiiiiiiii") << name;
            for (const double duration : durations(broadcast.list(name))) EXPECT_NEAR(duration, 2, 0.05) << name;
        }
    }
}

TEST(StreamInHls, APublisherThatReturnsGoesOnBehindADiscontinuity) {
    Broadcast broadcast;
    broadcast.publish({.reordered = true}, 20s);
    broadcast.wait(8s);
    broadcast.publish({.width = 640, .reordered = true}, 14s);
    EXPECT_EQ(broadcast.validator.broken(), "");
    EXPECT_EQ(shape_of(broadcast.list("source")), "iiii|ii");
    EXPECT_EQ(shape_of(broadcast.list("audio")), "iiii|ii");
    const auto& listed = broadcast.list("source").listed;
    EXPECT_NEAR(std::chrono::duration<double>(listed[4]->wall - listed[3]->wall).count(), 10, 0.1);
    EXPECT_EQ(listed[4]->init->track.width, 640U);
    const Ticks apart = listed[4]->start - broadcast.list("audio").listed[4]->start;
    EXPECT_LE(std::abs(apart.to_seconds()), 0.022);
}

TEST(StreamInHls, TenReturnsInARowKeepEveryRule) {
    Broadcast broadcast;
    for (int i = 0; i < 10; ++i) {
        broadcast.publish({.reordered = true}, 7s + std::chrono::milliseconds(137 * i));
        broadcast.wait(1500ms);
    }
    EXPECT_EQ(broadcast.validator.broken(), "");
    EXPECT_GE(broadcast.list("source").listed.size(), 10U);
    EXPECT_THAT(shape_of(broadcast.list("source")), testing::Not(testing::HasSubstr("g")));
}

TEST(StreamInHls, AStreamThatIsOverIsClosed) {
    Broadcast broadcast;
    broadcast.publish({}, 15s);
    EXPECT_FALSE(broadcast.index->ended);
    broadcast.wait(16s);
    EXPECT_TRUE(broadcast.index->ended);
    EXPECT_EQ(broadcast.validator.broken(), "");
    EXPECT_THAT(durations(broadcast.list("source")), ElementsAre(6, 6, 3));
}

TEST(StreamInHls, SoundAloneAndPictureAlone) {
    for (const Shape& shape : {Shape{.video = false}, Shape{.audio = false}}) {
        Broadcast broadcast;
        broadcast.publish(shape, 20s);
        EXPECT_EQ(broadcast.validator.broken(), "");
        EXPECT_EQ(shape_of(*broadcast.index->renditions.front()), "iii");
    }
}

TEST(StreamInHls, ShortSegmentsKeepUpWithTheClock) {
    config::StreamOptions options;
    options.segment = 1s;
    Broadcast broadcast(options);
    broadcast.publish({.gop = 30}, 60s);
    EXPECT_EQ(broadcast.validator.broken(), "");
    EXPECT_EQ(broadcast.list("source").listed.back()->sequence, epoch + 58);
}

}  // namespace
}  // namespace weir::package::test
