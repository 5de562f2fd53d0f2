#include "stream/contenders.hpp"

#include <gtest/gtest.h>

#include "stream/fixtures.hpp"

namespace weir::stream::test {
namespace {

constexpr Contenders::Rules rules{.detection = 1s, .back = 5s};
constexpr Contenders::Rules never{.detection = 1s, .back = {}};

using enum Rank;

// What one contender has done up to the moment of the choice.
struct Past {
    base::Duration heard;         ///< before that moment
    base::Duration steady{};      ///< for as long it was never silent
    bool has_keyframe = true;     ///< in what it holds
    bool is_at_keyframe = false;  ///< which is the newest packet
};

struct Row {
    const char* name;
    std::optional<Past> source;
    std::optional<Past> backup;
    std::optional<Past> slate;
    std::optional<Rank> on_air;
    Contenders::Rules rules;
    std::optional<Rank> chosen;
    SwitchReason reason = SwitchReason::silent;
};

const Row table[] = {
    {"alone and alive", Past{0ms}, {}, {}, source, rules, {}},
    {"alone and silent", Past{9s}, {}, {}, source, rules, {}},
    {"a source that is alive keeps its place", Past{999ms}, Past{0ms}, Past{0ms}, source, rules, {}},
    {"a silent source gives way to the backup", Past{1s}, Past{0ms}, Past{0ms}, source, rules, backup},
    {"not to one that is silent too", Past{1s}, Past{1s}, {}, source, rules, {}},
    {"nor to one without a keyframe", Past{1s}, Past{0ms, 9s, false}, {}, source, rules, {}},
    {"then to the slate", Past{1s}, Past{0ms, 9s, false}, Past{0ms}, source, rules, slate},
    {"after a loss the best goes on air", {}, Past{0ms}, Past{0ms}, {}, rules, backup, SwitchReason::left},
    {"or what there is", {}, {}, Past{0ms}, {}, rules, slate, SwitchReason::left},
    {"nobody is better than somebody who is dead", {}, Past{2s}, {}, {}, rules, {}},
    {"what is better than the slate waits for its keyframe",
     Past{0ms, 9s, true, false},
     {},
     Past{0ms},
     slate,
     rules,
     {}},
    {"and goes on air with it, whatever it is",
     Past{0ms, 0ms, true, true},
     {},
     Past{0ms},
     slate,
     rules,
     source,
     SwitchReason::returned},
    {"so does a backup", {}, Past{0ms, 0ms, true, true}, Past{0ms}, slate, rules, backup, SwitchReason::returned},
    {"a source that is just back has to prove itself", Past{0ms, 4999ms, true, true}, Past{0ms}, {}, backup, rules, {}},
    {"then it waits for its keyframe", Past{0ms, 5s, true, false}, Past{0ms}, {}, backup, rules, {}},
    {"and goes on air with it",
     Past{0ms, 5s, true, true},
     Past{0ms},
     {},
     backup,
     rules,
     source,
     SwitchReason::returned},
    {"unless it never is to", Past{0ms, 9s, true, true}, Past{0ms}, {}, backup, never, {}},
    {"or the backup fails", Past{0ms, 0ms, true, false}, Past{1s}, {}, backup, never, source},
    {"a backup never takes a living source's place", Past{0ms, 9s}, Past{0ms, 99s, true, true}, {}, source, rules, {}},
    {"a slate never a backup's", {}, Past{0ms}, Past{0ms, 99s, true, true}, backup, rules, {}},
};

class Scene {
  public:
    explicit Scene(const Row& row) {
        if (row.source) add(source, *row.source);
        if (row.backup) add(backup, *row.backup);
        if (row.slate) add(slate, *row.slate);
        if (row.on_air) {
            Contenders::Contender& one = *contenders.find(*row.on_air);
            contenders.put_on_air(one, now.instant - 99s);
            one.is_shown = true;
        }
    }

    void add(Rank rank, const Past& past) {
        Contenders::Contender& one = contenders.add(
            {.id = {}, .protocol = {}, .peer = {}, .client = {}, .rank = rank}, [](std::string_view) {},
            now.instant - past.heard - past.steady);
        one.heard = now.instant - past.heard;
        if (past.has_keyframe) one.held.put({key(0), both()}, now);
        if (past.has_keyframe && !past.is_at_keyframe) one.held.put({video(40), both()}, now);
    }

    base::Now now = at(100s);
    Contenders contenders{{}};
};

TEST(Contenders, follow_the_table) {
    for (const Row& row : table) {
        Scene scene(row);
        const auto chosen = scene.contenders.choose(row.rules, scene.now.instant);
        ASSERT_EQ(chosen.has_value(), row.chosen.has_value()) << row.name;
        if (!chosen) continue;
        EXPECT_EQ(chosen->to.info.rank, *row.chosen) << row.name;
        EXPECT_EQ(chosen->reason, row.reason) << row.name;
    }
}

TEST(Contenders, one_on_air_that_sends_nothing_to_begin_with_is_as_good_as_silent) {
    Scene scene({"", Past{0ms}, Past{0ms}, {}, source, rules, {}});
    Contenders::Contender& one = *scene.contenders.find(source);
    scene.contenders.put_on_air(one, scene.now.instant - 999ms);
    EXPECT_FALSE(scene.contenders.choose(rules, scene.now.instant));
    scene.contenders.put_on_air(one, scene.now.instant - 1s);
    EXPECT_TRUE(scene.contenders.choose(rules, scene.now.instant));
    one.is_shown = true;
    EXPECT_FALSE(scene.contenders.choose(rules, scene.now.instant));
}

TEST(Contenders, steadiness_begins_anew_after_each_silence) {
    Scene scene({"", Past{0ms, 50s}, {}, {}, {}, rules, {}});
    Contenders::Contender& one = *scene.contenders.find(source);
    const base::Instant steady = one.steady;
    Contenders::hear(one, {}, rules, scene.now.instant + 999ms);
    EXPECT_EQ(one.steady, steady);
    Contenders::hear(one, {}, rules, scene.now.instant + 1999ms);
    EXPECT_EQ(one.steady, scene.now.instant + 1999ms);
}

TEST(Contenders, words_say_who_and_why) {
    Scene scene({"", Past{1s}, Past{0ms}, {}, source, rules, {}});
    EXPECT_EQ(scene.contenders.choose(rules, scene.now.instant)->text("x"), "the source fell silent");
    (void)scene.contenders.remove(*scene.contenders.find(source));
    EXPECT_EQ(scene.contenders.on_air(), nullptr);
    EXPECT_EQ(scene.contenders.choose(rules, scene.now.instant)->text("the connection was lost"),
              "the connection was lost");
}

}  // namespace
}  // namespace weir::stream::test
