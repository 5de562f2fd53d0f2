// What a client reads that is late: the rest of a segment whose parts are no longer listed.
#include "checker/show.hpp"

namespace weir::checker::test {
namespace {

/// Of segment 108 a client has read one part when it sees the next version, in which its parts are no longer listed.
bool is_read_late(Show& show) {
    Findings findings;
    const auto fetch = [&](const std::string& address) { return std::optional(show.objects.at(address)); };
    Tape tape("v/index.m3u8");
    tape.follow(read_playlist(show.step("v", 33).text, findings), fetch, findings);
    Playlist later = read_playlist(show.step("v", 36).text, findings);
    for (Segment& segment : later.segments) segment.parts.clear();
    tape.follow(later, fetch, findings);
    EXPECT_EQ(tape.take_facts().back().sequence, 108U);
    return findings.empty();
}

TEST(Checker, ReadsTheRestOfASegmentWhosePartsHaveGone) {
    Show show;
    EXPECT_TRUE(is_read_late(show));
    show.objects.at("v/108-0.m4s") = show.objects.at("v/107-0.m4s");
    EXPECT_FALSE(is_read_late(show)) << "it begins with another part";
}

}  // namespace
}  // namespace weir::checker::test
