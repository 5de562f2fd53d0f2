#include "stream/track_rungs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/house.hpp"
#include "stream/studio.hpp"

namespace weir::stream::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t second = 3;
constexpr std::uint32_t third = 5;

media::Track quality(std::uint32_t id, std::uint32_t width) {
    media::Track track = video_track(width);
    track.id = id;
    return track;
}

media::TrackSetRef three_qualities() {
    return std::make_shared<media::TrackSet>(
        std::vector{video_track(1280), audio_track(), quality(second, 320), quality(third, 640)});
}

media::Packet of(std::uint32_t track, media::Packet packet) {
    packet.track = track;
    return packet;
}

std::vector<std::int64_t> times(const std::vector<Packaged::Row>& rows) {
    std::vector<std::int64_t> result;
    for (const Packaged::Row& row : rows) result.push_back(row.entry.packet->pts.to_milliseconds());
    return result;
}

/// Sends what an encoder of several qualities sends: 25 pictures a second of each, a keyframe each second in all of them.
struct Encoder {
    House& house;
    PublicationId publication;
    media::TrackSetRef tracks = three_qualities();
    std::vector<std::uint32_t> sent{media::video_track_id, second, third};

    void send(int from, int until) {
        for (int t = from; t < until; t += 40) {
            for (const std::uint32_t track : sent)
                house.push(publication, of(track, video(t, t % 1000 == 0, 100)), tracks);
            house.wait(40ms);
        }
    }
};

TEST(TrackRungs, QualitiesOfTheEncoderAreRungsAndNothingIsTranscoded) {
    Studio studio;
    Stream::Settings settings;
    settings.transcoder = studio.factory();
    House house(settings);
    Encoder encoder{house, house.publish().value()};
    encoder.send(0, 2000);
    EXPECT_THAT(studio.asked, IsEmpty());
    ASSERT_EQ(house.packaged().rungs.size(), 2U);
    EXPECT_EQ(house.packaged().rungs[0].name, "360p") << "the highest first";
    EXPECT_EQ(house.packaged().rungs[1].name, "180p");
    for (const auto& rows : house.packaged().of_rung) {
        EXPECT_EQ(times(rows), times(house.packaged().rows)) << "the same moments";
        for (const Packaged::Row& row : rows) EXPECT_EQ(row.entry.packet->track, media::video_track_id);
        EXPECT_TRUE(rows.front().entry.packet->segment_boundary);
    }
    EXPECT_EQ(house.packaged().of_rung[0].front().entry.tracks->tracks.front().width, 640U);
}

TEST(TrackRungs, TheSourceItselfHasTheFirstOfEachKindAlone) {
    House house;
    Encoder encoder{house, house.publish().value()};
    encoder.send(0, 400);
    for (const Packaged::Row& row : house.packaged().rows) {
        EXPECT_EQ(row.entry.packet->track, media::video_track_id);
        EXPECT_EQ(row.entry.tracks->tracks.size(), 2U);
    }
    EXPECT_EQ(house.snapshot()->tracks->tracks.size(), 4U) << "the API lists them all";
}

TEST(TrackRungs, AreThereWithoutALadder) {
    Stream::Settings settings;
    settings.options.ladder = "none";
    House house(settings);
    Encoder encoder{house, house.publish().value()};
    encoder.send(0, 400);
    EXPECT_EQ(house.packaged().rungs.size(), 2U);
    EXPECT_EQ(house.snapshot()->rungs[0].stats.state, RungState::running);
    EXPECT_FALSE(house.snapshot()->worker.has_value());
}

TEST(TrackRungs, WhatComesBeforeTheSourceWaitsForItAndHasItsTime) {
    House house;
    const auto publication = house.publish().value();
    const auto tracks = three_qualities();
    house.push(publication, key(0, 100), tracks);
    house.push(publication, of(second, key(1, 100)), tracks);
    house.push(publication, of(second, video(41, false, 100)), tracks);
    EXPECT_EQ(house.packaged().of_rung[1].size(), 1U);
    house.push(publication, video(40, false, 100), tracks);
    EXPECT_EQ(times(house.packaged().of_rung[1]), times(house.packaged().rows))
        << "whole milliseconds are rounded apart";
}

TEST(TrackRungs, AQualityThatFallsSilentHasGapsAndGoesOnAtItsNextKeyframe) {
    House house;
    Encoder encoder{house, house.publish().value()};
    encoder.send(0, 1000);
    encoder.sent = {media::video_track_id, third};
    encoder.send(1000, 5500);
    EXPECT_THAT(house.packaged().interruptions, ElementsAre(0, 1));
    EXPECT_EQ(house.snapshot()->rungs[1].stats.state, RungState::recovering);
    EXPECT_EQ(house.snapshot()->rungs[1].stats.reason, "the source sends nothing of it");
    const std::size_t before = house.packaged().of_rung[1].size();
    encoder.sent = {media::video_track_id, second, third};
    encoder.send(5520, 6000);
    EXPECT_EQ(house.packaged().of_rung[1].size(), before);
    encoder.send(6000, 6400);
    EXPECT_EQ(house.packaged().of_rung[1].size(), before + 10);
    EXPECT_EQ(house.snapshot()->rungs[1].stats.state, RungState::running);
}

TEST(TrackRungs, AnEncoderThatDoesNotAlignItsKeyframesIsTold) {
    struct NoSink final : RungSink {
        void write_rung(std::size_t, media::Packet, media::TrackSetRef, base::Now) override {}
        void interrupt_rung(std::size_t, base::Now) override {}
        void take_still(Still, base::Now) override {}
    } sink;
    TrackRungs rungs(*three_qualities(), sink, {});
    media::Packet start = key(0, 100);
    start.segment_boundary = true;
    const auto own = std::make_shared<media::TrackSet>(std::vector{video_track(1280), audio_track()});
    rungs.write({.packet = std::make_shared<const media::Packet>(start), .tracks = own, .join = true}, at(0s));
    rungs.write_beside(of(second, video(0, false, 100)), quality(second, 320), at(0s));
    EXPECT_THAT(rungs.take_remarks(),
                ElementsAre(HasSubstr("the keyframes of 180p do not stand where the source's are")));
}

TEST(TrackRungs, TwoQualitiesOfOneSizeHaveTwoNames) {
    struct NoSink final : RungSink {
        void write_rung(std::size_t, media::Packet, media::TrackSetRef, base::Now) override {}
        void interrupt_rung(std::size_t, base::Now) override {}
        void take_still(Still, base::Now) override {}
    } sink;
    const media::TrackSet tracks{{video_track(1280), quality(second, 640), quality(third, 640)}};
    const TrackRungs rungs(tracks, sink, {});
    EXPECT_EQ(rungs.plan()[0].name, "360p");
    EXPECT_EQ(rungs.plan()[1].name, "360p-2");
}

}  // namespace
}  // namespace weir::stream::test
