// Who leads when the keyframes of the source are too far apart for segments.
#include "stream/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stream/ladder_house.hpp"

namespace weir::stream::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SparseKeyframes, let_the_encoders_lead_and_take_the_source_out_of_hls_with_the_reason) {
    std::string lines;
    base::Journal journal(base::LogLevel::info, base::LogFormat::text, [&](std::string_view line) { lines += line; });
    Studio studio;
    Stream::Settings settings = with(studio);
    settings.journal = journal.with({.stream = "live/demo"});
    House house(settings);
    const auto publication = house.publish();
    const auto shown = house.snapshot();
    house.send(*publication, 0, 25s, House::default_tracks(), 10s);
    EXPECT_THAT(house.packaged().offers, ElementsAre(false));
    EXPECT_THAT(boundaries(house.packaged().of_rung[0]), ElementsAre(0, 6040, 12'040, 18'040, 24'040));
    EXPECT_EQ(times(house.packaged().boundaries()), boundaries(house.packaged().of_rung[1]));
    for (const auto& row : Packaged::boundaries_in(house.packaged().of_rung[0]))
        EXPECT_TRUE(row.entry.packet->keyframe) << row.entry.packet->pts.to_seconds();
    EXPECT_EQ(house.snapshot()->source_left_out, "keyframes more than 6.0 s apart");
    EXPECT_THAT(lines, HasSubstr("keyframes more than 6.0 s apart: `source` is not in HLS; set the encoder's keyframe "
                                 "interval to 2 s"));
    Follower viewer(house.shard());
    EXPECT_TRUE(house.stream().open_log("source", readable, viewer.subscriber(), house.now()));

    house.stream().leave(*publication, "closed", house.now());
    const auto second = house.publish("p-2");
    house.send(*second, 0, 5s);
    EXPECT_THAT(house.packaged().offers, ElementsAre(false, true)) << "another publication may be better";
    EXPECT_EQ(house.snapshot()->source_left_out, "");
}

TEST(SparseKeyframes, are_judged_by_what_players_were_told) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 13s);
    auto index = std::make_shared<SegmentIndex>();
    index->target_duration = ms(6000);
    house.packaged().index = index;
    t = house.send(*publication, t, 3s);
    house.send(*publication, t, 20s, House::default_tracks(), 5s);
    EXPECT_THAT(house.packaged().offers, ElementsAre(false));
    EXPECT_THAT(boundaries(house.packaged().of_rung[0]), ElementsAre(0, 6000, 12'000, 18'000, 24'000, 30'000));
}

TEST(SparseKeyframes, without_rungs_are_as_they_are) {
    House house;
    const auto publication = house.publish();
    house.send(*publication, 0, 25s, House::default_tracks(), 10s);
    EXPECT_THAT(house.packaged().offers, IsEmpty());
    EXPECT_THAT(times(house.packaged().boundaries()), ElementsAre(0, 10'000, 20'000));
}

TEST(SparseKeyframes, bring_the_source_back_when_every_encoder_has_failed) {
    Studio studio;
    House house(with(studio));
    const auto publication = house.publish();
    const std::int64_t t = house.send(*publication, 0, 9s, House::default_tracks(), 10s);
    ASSERT_THAT(house.packaged().offers, ElementsAre(false));
    studio.kill(house.now());
    for (RungStats& stats : studio.stats) stats.state = RungState::failed;
    house.send(*publication, t, 22s, House::default_tracks(), 10s);
    EXPECT_THAT(house.packaged().offers, ElementsAre(false, true));
    EXPECT_THAT(times(house.packaged().boundaries()), ElementsAre(0, 6040, 20'000, 30'000));
}

}  // namespace
}  // namespace weir::stream::test
