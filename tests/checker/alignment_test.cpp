// What is said of sound beside its picture: the strict client knows what a network that loses some of it may do, and nothing else.
#include "checker/alignment.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace weir::checker::test {
namespace {

using namespace std::chrono_literals;

struct Case {
    const char* name;
    Fact sound;
    bool is_in_step;
    friend std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }
};

constexpr double zero = 1'800'000'000;  ///< Unix seconds of media time zero

/// With the date that belongs to it.
Fact fact(double shown, Before before = Before::media, double put_off = 0) {
    return {.sequence = 7,
            .before = before,
            .shown = shown,
            .decoded = shown,
            .frame = 0.02,
            .put_off = put_off,
            .date = base::WallTime(std::chrono::round<base::Duration>(std::chrono::duration<double>(zero + shown))),
            .length = 2s};
}

class Sound : public testing::TestWithParam<Case> {};

TEST_P(Sound, BesideAPictureThatBeginsAtTwoSeconds) {
    Alignment alignment;
    Findings findings;
    Fact picture = fact(2);
    picture.frame = 0.04;
    alignment.look(picture, true, findings);
    alignment.look(GetParam().sound, false, findings);
    EXPECT_EQ(findings.empty(), GetParam().is_in_step);
    for (const auto& [rule, text] : findings.found()) EXPECT_EQ(rule, Rule::boundary_differs) << text;
}

const Case cases[] = {
    {"its_first_frame_from_there", fact(2.015), true},
    {"a_frame_too_late", fact(2.035), false},
    {"a_frame_too_early", fact(1.99), false},
    {"missing_before_the_boundary", fact(1.9, Before::media, 0.105), true},
    {"put_where_it_does_not_belong", fact(1.9, Before::media, 0.05), false},
    {"missing_for_too_long_before_the_boundary", fact(1.45, Before::media, 0.56), false},
    {"behind_a_gap", fact(2.08, Before::gap), true},
    {"long_after_a_gap", fact(2.6, Before::gap), false},
    {"that_begins_later_than_its_source", fact(2.64, Before::nothing), true},
    {"that_begins_before_its_picture", fact(1.9, Before::nothing), false},
    {"dated_elsewhere", fact(2.64), false},
};
INSTANTIATE_TEST_SUITE_P(Segments, Sound, testing::ValuesIn(cases), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace weir::checker::test
