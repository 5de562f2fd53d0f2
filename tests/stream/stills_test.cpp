#include "stream/stills.hpp"

#include <gtest/gtest.h>

#include "stream/house.hpp"
#include "stream/studio.hpp"

namespace weir::stream::test {
namespace {

Still picture(std::string_view what = "\xFF\xD8\xFF jpeg") {
    return {.width = 320, .height = 180, .jpeg = base::Bytes::copy_of(what), .taken = {}};
}

/// Makes no pictures by itself: the test gives them.
struct Darkroom {
    struct Job final : StillJob {
        explicit Job(int& running) : running_(running) { ++running_; }
        ~Job() override { --running_; }
        int& running_;
    };
    StillFactory factory() {
        return [this](const base::StreamId&, const Entry& keyframe, StillSink& to,
                      base::Executor&) -> std::unique_ptr<StillJob> {
            ++asked;
            of = keyframe.packet;
            sink = &to;
            return is_full ? nullptr : std::make_unique<Job>(running);
        };
    }
    bool is_full = false;
    int asked = 0;
    int running = 0;
    media::PacketRef of;
    StillSink* sink = nullptr;
};

Stream::Settings with(Darkroom& darkroom, Studio* studio = nullptr) {
    Stream::Settings settings;
    settings.still = darkroom.factory();
    if (studio != nullptr) settings.transcoder = studio->factory();
    return settings;
}

TEST(Stills, of_a_stream_with_a_worker_are_made_by_it_at_most_every_few_seconds) {
    Darkroom darkroom;
    Studio studio;
    studio.makes_stills = true;
    House house(with(darkroom, &studio));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 2s);
    for (int i = 0; i < 10; ++i) house.stream().want_still(house.now());
    EXPECT_EQ(studio.stills_wanted, 1);
    const auto before = house.snapshot();
    studio.current->give_still(picture(), house.now());
    ASSERT_NE(house.snapshot()->still, nullptr);
    EXPECT_TRUE(house.stream().is_news(*before));
    EXPECT_EQ(house.snapshot()->still->taken, house.now().wall);
    t = house.send(*publication, t, 4900ms);
    house.stream().want_still(house.now());
    EXPECT_EQ(studio.stills_wanted, 1) << "it is new enough";
    house.send(*publication, t, 200ms);
    house.stream().want_still(house.now());
    EXPECT_EQ(studio.stills_wanted, 2);
    EXPECT_EQ(darkroom.asked, 0);
}

TEST(Stills, of_a_stream_without_a_worker_are_made_of_its_newest_keyframe) {
    Darkroom darkroom;
    House house(with(darkroom));
    house.stream().want_still(house.now());
    EXPECT_EQ(house.snapshot()->still_trouble, "the stream has no picture yet");
    const auto publication = house.publish();
    house.send(*publication, 0, 2500ms);
    house.stream().want_still(house.now());
    EXPECT_EQ(house.snapshot()->still_trouble, "");
    ASSERT_EQ(darkroom.asked, 1);
    EXPECT_EQ(darkroom.of->pts, ms(2000));
    EXPECT_EQ(darkroom.running, 1);
    darkroom.sink->take_still(picture(), house.now());
    house.wait(100ms);
    EXPECT_EQ(darkroom.running, 0) << "the process has done its work";
    EXPECT_NE(house.snapshot()->still, nullptr);
}

TEST(Stills, that_do_not_come_are_given_up_and_the_last_one_stays) {
    Darkroom darkroom;
    House house(with(darkroom));
    const auto publication = house.publish();
    std::int64_t t = house.send(*publication, 0, 1s);
    house.stream().want_still(house.now());
    darkroom.sink->take_still(picture(), house.now());
    const StillRef first = house.snapshot()->still;
    t = house.send(*publication, t, 6s);
    house.stream().want_still(house.now());
    EXPECT_EQ(darkroom.running, 1);
    t = house.send(*publication, t, 4s);
    EXPECT_EQ(darkroom.running, 0);
    EXPECT_EQ(house.snapshot()->still, first);
    EXPECT_EQ(house.snapshot()->still_trouble, "the picture took too long to make");
    darkroom.sink->take_still(picture(), house.now());
    EXPECT_EQ(house.snapshot()->still, first) << "too late";
    darkroom.is_full = true;
    house.stream().want_still(house.now());
    EXPECT_EQ(house.snapshot()->still_trouble, "as many pictures are being made as may be at once");
}

TEST(Stills, that_are_none_or_too_large_are_not_taken) {
    for (const std::string& bytes :
         {std::string(), std::string("<svg onload=alert(1)>"), "\xFF\xD8\xFF" + std::string(256U << 10, 'j')}) {
        Darkroom darkroom;
        House house(with(darkroom));
        const auto publication = house.publish();
        house.send(*publication, 0, 1s);
        house.stream().want_still(house.now());
        darkroom.sink->take_still(picture(bytes), house.now());
        EXPECT_EQ(house.snapshot()->still, nullptr);
        EXPECT_EQ(house.snapshot()->still_trouble, "the picture could not be made");
    }
}

TEST(Stills, of_sound_alone_are_refused_and_of_an_ended_stream_not_made) {
    Darkroom darkroom;
    House house(with(darkroom));
    const auto publication = house.publish();
    for (int t = 0; t < 1000; t += 20) house.push(*publication, audio(t), audio_only());
    house.stream().want_still(house.now());
    EXPECT_EQ(house.snapshot()->still_trouble, "the stream has no picture yet");
    house.stream().stop("an operator stopped it", house.now());
    house.stream().want_still(house.now());
    EXPECT_EQ(darkroom.asked, 0);
}

TEST(Stills, under_way_end_with_their_stream) {
    Darkroom darkroom;
    {
        House house(with(darkroom));
        const auto publication = house.publish();
        house.send(*publication, 0, 1s);
        house.stream().want_still(house.now());
        EXPECT_EQ(darkroom.running, 1);
    }
    EXPECT_EQ(darkroom.running, 0);
}

}  // namespace
}  // namespace weir::stream::test
