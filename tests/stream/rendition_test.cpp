#include "stream/rendition.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

struct Recorder final : RenditionReader {
    void read(const Entry& entry) override { entries.push_back(entry); }
    std::vector<Entry> entries;
};

std::vector<std::int64_t> times(const std::deque<Entry>& entries) {
    std::vector<std::int64_t> result;
    for (const Entry& entry : entries) result.push_back(entry.packet->dts.to_milliseconds());
    return result;
}

TEST(Rendition, a_viewer_may_start_only_at_keyframes_where_there_is_video) {
    Rendition rendition("source", {});
    Recorder recorder;
    rendition.attach(recorder);
    const auto tracks = both();
    rendition.write(shared(audio(0)), tracks);
    rendition.write(shared(key(10)), tracks);
    rendition.write(shared(audio(2000)), tracks);
    rendition.write(shared(video(2010)), tracks);
    rendition.write(shared(key(2050)), tracks);
    std::vector<bool> joins;
    for (const Entry& entry : recorder.entries) joins.push_back(entry.join);
    EXPECT_EQ(joins, (std::vector{false, true, false, false, true}));
    for (std::size_t i = 0; i < recorder.entries.size(); ++i) EXPECT_EQ(recorder.entries[i].sequence, i);
}

TEST(Rendition, an_audio_stream_can_be_joined_every_second) {
    Rendition rendition("source", {});
    Recorder recorder;
    rendition.attach(recorder);
    const auto tracks = audio_only();
    for (int i = 0; i < 150; ++i) rendition.write(shared(audio(i * 20)), tracks);
    std::vector<std::int64_t> joins;
    for (const Entry& entry : recorder.entries)
        if (entry.join) joins.push_back(entry.packet->dts.to_milliseconds());
    EXPECT_EQ(joins, (std::vector<std::int64_t>{0, 1000, 2000}));
}

TEST(Rendition, the_first_viewer_finds_a_keyframe_and_nobody_pays_for_older_ones) {
    Rendition rendition("source", {});
    const auto tracks = both();
    for (const std::int64_t start : {0, 1000, 2000}) {
        rendition.write(shared(key(start)), tracks);
        rendition.write(shared(audio(start + 5)), tracks);
    }
    EXPECT_EQ(times(rendition.held()), (std::vector<std::int64_t>{1000, 1005, 2000, 2005}));
    EXPECT_EQ(rendition.newest_join(), 2U);
}

TEST(Rendition, what_comes_before_the_first_keyframe_is_let_go) {
    Rendition rendition("source", {});
    const auto tracks = both();
    rendition.write(shared(audio(0)), tracks);
    EXPECT_EQ(rendition.newest_join(), rendition.held().size());
    rendition.write(shared(key(10)), tracks);
    EXPECT_EQ(times(rendition.held()), (std::vector<std::int64_t>{10}));
}

TEST(Rendition, a_source_without_keyframes_cannot_fill_the_memory) {
    Rendition rendition("source", {.held_bytes = base::ByteCount(100'000), .held_time = 10s});
    const auto tracks = both();
    rendition.write(shared(key(0, 5000)), tracks);
    for (int i = 1; i < 1000; ++i) rendition.write(shared(video(i * 40, false, 5000)), tracks);
    std::size_t bytes = 0;
    for (const Entry& entry : rendition.held()) bytes += entry.packet->payload.size();
    EXPECT_LE(bytes, 100'000U);
    EXPECT_GE(bytes, 80'000U);
    EXPECT_EQ(rendition.newest_join(), rendition.held().size()) << "the keyframe is gone: nobody can join";
    rendition.write(shared(key(40'000, 5000)), tracks);
    EXPECT_EQ(rendition.newest_join(), 0U);
}

TEST(Rendition, empty_packets_are_bounded_as_well) {
    Rendition rendition("source", {.held_bytes = base::ByteCount(100'000), .held_time = 1000s});
    const auto tracks = both();
    for (int i = 0; i < 10'000; ++i) rendition.write(shared(video(i)), tracks);
    EXPECT_LT(rendition.held().size(), 1500U);
}

TEST(Rendition, holds_no_more_time_than_its_limit) {
    Rendition rendition("source", {.held_bytes = base::ByteCount(100 << 20), .held_time = 10s});
    const auto tracks = both();
    rendition.write(shared(key(0)), tracks);
    for (int i = 1; i < 1000; ++i) rendition.write(shared(video(i * 40)), tracks);
    EXPECT_LE(rendition.held().size(), 251U);
    EXPECT_GE(rendition.held().size(), 250U);
}

TEST(Rendition, a_reader_that_left_is_not_called_again) {
    Rendition rendition("source", {});
    Recorder stays;
    Recorder leaves;
    rendition.attach(stays);
    rendition.attach(leaves);
    rendition.write(shared(key(0)), both());
    rendition.detach(leaves);
    rendition.write(shared(key(1000)), both());
    EXPECT_EQ(stays.entries.size(), 2U);
    EXPECT_EQ(leaves.entries.size(), 1U);
}

}  // namespace
}  // namespace weir::stream::test
