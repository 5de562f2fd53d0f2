// The checker catches what it is there to catch: each rule is broken by a stream that is otherwise without fault.
#include "checker/show.hpp"

#include <functional>
#include <ostream>
#include <set>
#include <span>

namespace weir::checker::test {
namespace {

struct Case {
    const char* name;
    Rule rule;
    std::function<void(Show&)> spoil;
    friend std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }
};

class Broken : public testing::TestWithParam<Case> {};

TEST_P(Broken, IsCaughtAndNamed) {
    Show show;
    GetParam().spoil(show);
    const auto found = watch(show);
    ASSERT_TRUE(found.has_value()) << "nothing was found amiss";
    EXPECT_EQ(clause(found->rule).name, clause(GetParam().rule).name) << print(*found);
}

std::function<void(Show&)> everywhere(std::string from, std::string to) {
    return [=](Show& show) { show.replace_all(from, to); };
}
std::function<void(Show&)> from(std::uint64_t parts, std::string from, std::string to, std::string rendition = "v") {
    return [=](Show& show) { show.replace_from(rendition, parts, from, to); };
}
std::function<void(Show&)> once(std::uint64_t parts, std::string from, std::string to, std::string rendition = "v") {
    return [=](Show& show) { show.replace(show.step(rendition, parts), from, to); };
}
std::function<void(Show&)> takes_bytes_from(std::string object, std::string other) {
    return [=](Show& show) { show.objects.at(object) = show.objects.at(other); };
}
std::function<void(Show&)> without(std::string object) {
    return [=](Show& show) { show.objects.erase(object); };
}
/// A delta update beside the whole version of so many parts.
std::function<void(Show&)> with_delta(std::uint64_t parts, std::uint64_t skipped, std::string from, std::string to) {
    return [=](Show& show) {
        Show::Step delta = show.step("a", parts);
        delta.is_delta = true;
        delta.text = show.playlist("a", parts, skipped);
        if (!from.empty()) show.replace(delta, from, to);
        show.steps.insert(show.steps.begin() + static_cast<std::ptrdiff_t>((parts - 33) * 2 + 2), delta);
    };
}

const Case of_one_text[] = {
    {"an_attribute_without_a_value", Rule::well_formed, once(34, "PART-TARGET=1.0", "PART-TARGET=")},
    {"a_tag_nobody_knows", Rule::well_formed, once(34, "#EXT-X-MAP", "#EXT-X-MAPP")},
    {"a_segment_without_extinf", Rule::well_formed, once(34, "#EXTINF:4.00000,\n", "")},
    {"no_extm3u", Rule::first_line, once(34, "#EXTM3U\n", "")},
    {"a_version_too_low_for_maps", Rule::version, everywhere("#EXT-X-VERSION:9", "#EXT-X-VERSION:5")},
    {"two_target_durations", Rule::tag_once,
     once(34, "#EXT-X-TARGETDURATION:4\n", "#EXT-X-TARGETDURATION:4\n#EXT-X-TARGETDURATION:4\n")},
    {"a_variant_in_a_media_playlist", Rule::kind_of_tag,
     once(34, "#EXT-X-PART-INF", "#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-PART-INF")},
    {"a_type_in_a_live_playlist", Rule::live_type,
     once(34, "#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PART-INF")},
    {"a_number_behind_a_segment", Rule::numbers_first,
     [](Show& show) {
         show.replace(show.step("v", 34), "#EXT-X-DISCONTINUITY-SEQUENCE:7\n", "");
         show.replace(show.step("v", 34), "101.m4s\n", "101.m4s\n#EXT-X-DISCONTINUITY-SEQUENCE:8\n");
     }},
    {"no_media_sequence", Rule::numbers_given, once(33, "#EXT-X-MEDIA-SEQUENCE:100\n", "")},
    {"no_discontinuity_sequence", Rule::numbers_given, once(33, "#EXT-X-DISCONTINUITY-SEQUENCE:7\n", "")},
    {"a_segment_longer_than_the_target", Rule::segment_longest,
     everywhere("#EXT-X-TARGETDURATION:4", "#EXT-X-TARGETDURATION:3")},
    {"parts_without_a_target", Rule::part_inf, once(33, "#EXT-X-PART-INF:PART-TARGET=1.0\n", "")},
    {"a_hold_back_too_short", Rule::hold_back, everywhere("HOLD-BACK=12.0", "HOLD-BACK=11.9")},
    {"a_part_hold_back_too_short", Rule::part_hold_back, everywhere("PART-HOLD-BACK=3.0", "PART-HOLD-BACK=2.9")},
    {"no_part_hold_back", Rule::part_hold_back, everywhere("PART-HOLD-BACK=3.0,", "")},
    {"a_skip_boundary_too_near", Rule::skip_boundary, everywhere("CAN-SKIP-UNTIL=24.0", "CAN-SKIP-UNTIL=23.9")},
    {"a_part_longer_than_the_target", Rule::part_longest, everywhere("PART-TARGET=1.0", "PART-TARGET=0.99")},
    {"a_part_shorter_than_85_percent", Rule::part_shortest,
     [](Show& show) {
         show.replace_all("PART-TARGET=1.0", "PART-TARGET=1.2");
         show.replace_all("PART-HOLD-BACK=3.0", "PART-HOLD-BACK=3.6");
     }},
    {"parts_that_do_not_add_up", Rule::parts_add_up,
     from(36, "#EXTINF:4.00000,\n108.m4s", "#EXTINF:3.99000,\n108.m4s")},
    {"parts_far_from_the_edge", Rule::parts_at_edge,
     [](Show& show) {
         std::string parts = "08:00:12.000Z\n";
         for (int part = 0; part < 4; ++part)
             parts += fmt::format("#EXT-X-PART:DURATION=1.00000,URI=\"103-{}.m4s\"{}\n", part,
                                  part == 0 ? ",INDEPENDENT=YES" : "");
         show.replace(show.step("v", 33), "08:00:12.000Z\n", parts);
     }},
    {"a_date_behind_a_part", Rule::tags_before_parts,
     once(34, "URI=\"107-0.m4s\",INDEPENDENT=YES\n",
          "URI=\"107-0.m4s\",INDEPENDENT=YES\n#EXT-X-PROGRAM-DATE-TIME:2027-01-15T08:00:28.000Z\n")},
    {"a_gap_part_of_a_whole_segment", Rule::gap_parts, once(33, "URI=\"107-2.m4s\"", "URI=\"107-2.m4s\",GAP=YES")},
    {"a_discontinuity_without_a_date", Rule::date_at_break,
     once(33,
          "#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-1.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2027-01-15T08:00:04.000Z\n",
          "#EXT-X-DISCONTINUITY\n")},
    {"a_date_that_goes_back", Rule::date_ambiguous, from(37, "08:00:36.000Z", "08:00:31.000Z")},
    {"a_date_that_drifts", Rule::date_drift, from(37, "08:00:36.000Z", "08:00:36.013Z")},
    {"a_date_in_the_future", Rule::date_future, [](Show& show) { show.step("v", 37).at -= 1001ms; }},
    {"a_hint_at_the_end", Rule::hint_at_end, [](Show& show) { show.step("a", 44).text += "#EXT-X-ENDLIST\n"; }},
    {"two_hints", Rule::hint_once,
     once(33, "#EXT-X-PRELOAD-HINT", "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"x\"\n#EXT-X-PRELOAD-HINT")},
    {"no_report", Rule::reports_given,
     once(34, "#EXT-X-RENDITION-REPORT:URI=\"../a/", "#EXT-X-RENDITION-REPORT:URI=\"../b/")},
};
INSTANTIATE_TEST_SUITE_P(OneText, Broken, testing::ValuesIn(of_one_text),
                         [](const auto& info) { return info.param.name; });

const Case of_versions[] = {
    {"another_target_duration", Rule::target_changes,
     [](Show& show) {
         show.replace_from("v", 34, "#EXT-X-TARGETDURATION:4", "#EXT-X-TARGETDURATION:5");
         show.replace_from("v", 34, ",HOLD-BACK=12.0,CAN-SKIP-UNTIL=24.0", ",HOLD-BACK=15.0,CAN-SKIP-UNTIL=30.0");
     }},
    {"another_part_target", Rule::header_changes,
     [](Show& show) {
         show.replace_from("v", 34, "PART-TARGET=1.0", "PART-TARGET=1.01");
         show.replace_from("v", 34, "PART-HOLD-BACK=3.0", "PART-HOLD-BACK=3.03");
     }},
    {"a_media_sequence_that_goes_back", Rule::sequence_back,
     [](Show& show) { show.step("v", 37).text = show.step("v", 35).text; }},
    {"a_segment_that_was_never_listed", Rule::sequence_skips,
     [](Show& show) {
         for (Show::Step& step : show.steps)
             if (step.text.find("109.m4s\n") != std::string::npos)
                 step.text = step.text.substr(0, step.text.find("#EXT-X-MEDIA-SEQUENCE")) +
                             "#EXT-X-MEDIA-SEQUENCE:110\n#EXT-X-DISCONTINUITY-SEQUENCE:8\n";
     }},
    {"a_part_that_is_taken_back", Rule::end_goes_back,
     [](Show& show) { show.step("v", 35).text = show.step("v", 33).text; }},
    {"a_segment_that_becomes_another", Rule::segment_changes, from(35, "103.m4s", "203.m4s")},
    {"a_duration_that_changes", Rule::segment_changes,
     from(35, "#EXTINF:4.00000,\n103.m4s", "#EXTINF:4.00100,\n103.m4s")},
    {"a_gap_that_was_none", Rule::segment_changes,
     from(35, "#EXTINF:4.00000,\n103.m4s", "#EXT-X-GAP\n#EXTINF:4.00000,\n103.m4s")},
    {"too_little_left", Rule::three_targets,
     [](Show& show) {
         for (std::uint64_t parts = 40; parts <= 44; ++parts)
             for (const char* rendition : {"v", "a"}) {
                 std::string& text = show.step(rendition, parts).text;
                 const std::size_t rest = text.find("#EXT-X-MAP:URI=\"init-1.mp4\"\n", text.find("107.m4s"));
                 text = text.substr(0, text.find("#EXT-X-MEDIA-SEQUENCE")) +
                        "#EXT-X-MEDIA-SEQUENCE:108\n#EXT-X-DISCONTINUITY-SEQUENCE:8\n" + text.substr(rest);
             }
     }},
    {"a_discontinuity_that_is_forgotten", Rule::discontinuity_numbers,
     from(40, "#EXT-X-DISCONTINUITY-SEQUENCE:8", "#EXT-X-DISCONTINUITY-SEQUENCE:7")},
    {"a_part_that_changes", Rule::part_changes,
     from(35, "#EXT-X-PART:DURATION=1.00000,URI=\"108-0.m4s\"", "#EXT-X-PART:DURATION=0.99900,URI=\"108-0.m4s\"")},
    {"parts_that_vanish_at_the_edge", Rule::part_vanishes,
     [](Show& show) {
         for (std::uint64_t part = 0; part < 4; ++part)
             show.replace_from("v", 37,
                               fmt::format("#EXT-X-PART:DURATION=1.00000,URI=\"108-{}.m4s\"{}\n", part,
                                           part == 0 ? ",INDEPENDENT=YES" : ""),
                               "");
     }},
    {"a_hint_that_nobody_keeps", Rule::hint_kept,
     once(34, "TYPE=PART,URI=\"108-2.m4s\"", "TYPE=PART,URI=\"108-9.m4s\"")},
    {"a_life_after_the_end", Rule::ended,
     [](Show& show) {
         show.replace(show.step("v", 35), "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"108-3.m4s\"\n", "#EXT-X-ENDLIST\n");
     }},
    {"a_reload_that_comes_too_early", Rule::reload, [](Show& show) { show.step("v", 35).reload = Position{108, 3}; }},
    {"a_reload_of_a_segment_that_is_not_whole", Rule::reload,
     [](Show& show) { show.step("v", 35).reload = Position{108, {}}; }},
    {"a_delta_update_that_skips_nothing", Rule::delta_given, with_delta(40, 0, "", "")},
    {"a_delta_update_that_skips_too_much", Rule::delta_reach, with_delta(40, 3, "", "")},
    {"a_delta_update_that_says_something_else", Rule::delta_equal, with_delta(40, 1, "LAST-PART=3", "LAST-PART=2")},
};
INSTANTIATE_TEST_SUITE_P(Versions, Broken, testing::ValuesIn(of_versions),
                         [](const auto& info) { return info.param.name; });

const Case of_renditions[] = {
    {"another_target_in_the_sound", Rule::target_differs,
     [](Show& show) {
         show.replace_from("a", 33, "#EXT-X-TARGETDURATION:4", "#EXT-X-TARGETDURATION:5");
         show.replace_from("a", 33, ",HOLD-BACK=12.0,CAN-SKIP-UNTIL=24.0", ",HOLD-BACK=15.0,CAN-SKIP-UNTIL=30.0");
     }},
    {"another_hold_back_in_the_sound", Rule::control_differs, from(33, ",HOLD-BACK=12.0", ",HOLD-BACK=12.5", "a")},
    {"a_discontinuity_in_the_sound_alone", Rule::discontinuity_differs,
     from(33, "#EXT-X-DISCONTINUITY-SEQUENCE:7", "#EXT-X-DISCONTINUITY-SEQUENCE:6", "a")},
    {"dates_of_the_sound_that_say_otherwise", Rule::date_differs,
     [](Show& show) {
         for (Show::Step& step : show.steps)
             if (step.address.starts_with('a'))
                 for (std::size_t at = step.text.find(".000Z"); at != std::string::npos; at = step.text.find(".000Z"))
                     step.text.replace(at, 5, ".003Z");
     }},
    {"segments_that_begin_elsewhere", Rule::boundary_differs,
     [](Show& show) {
         for (Show::Step& step : show.steps) {
             if (!step.address.starts_with('a')) continue;
             const std::size_t first = step.text.find("100.m4s");  // may begin later
             const std::size_t from = first == std::string::npos ? 0 : first;
             for (std::size_t at = step.text.find(".000Z", from); at != std::string::npos;
                  at = step.text.find(".000Z", at))
                 step.text.replace(at, 5, ".700Z");
         }
     }},
    {"a_report_ahead_of_what_is_there", Rule::report_ahead,
     once(34, "LAST-MSN=108,LAST-PART=1", "LAST-MSN=108,LAST-PART=2")},
    {"a_report_behind_what_was_there", Rule::report_behind,
     once(35, "LAST-MSN=108,LAST-PART=2", "LAST-MSN=108,LAST-PART=0")},
};
INSTANTIATE_TEST_SUITE_P(Renditions, Broken, testing::ValuesIn(of_renditions),
                         [](const auto& info) { return info.param.name; });

const Case of_variants[] = {
    {"a_variant_without_bandwidth", Rule::variant,
     [](Show& show) {
         show.multivariant.replace(show.multivariant.find("BANDWIDTH=200000"), 16, "AVERAGE-BANDWIDTH=2");
     }},
    {"a_group_that_is_not_there", Rule::group,
     [](Show& show) { show.multivariant.replace(show.multivariant.find("AUDIO=\"a\""), 9, "AUDIO=\"b\""); }},
    {"a_bandwidth_below_the_peak", Rule::bandwidth,
     [](Show& show) { show.multivariant.replace(show.multivariant.find("=200000"), 7, "=9000"); }},
    {"codecs_that_are_others", Rule::codecs,
     [](Show& show) { show.multivariant.replace(show.multivariant.find("mp4a"), 4, "opus"); }},
};
INSTANTIATE_TEST_SUITE_P(Variants, Broken, testing::ValuesIn(of_variants),
                         [](const auto& info) { return info.param.name; });

/// The bytes of segment 108 and its first part are those of a segment that begins without a keyframe, and say so.
void begin_without_keyframe(Show& show) {
    for (const char* object : {"v/108-0.m4s", "v/108.m4s"}) {
        std::string& bytes = show.objects.at(object);
        const std::string sync{2, 0, 0, 0};
        const std::string no_sync{1, 1, 0, 0};
        bytes.replace(bytes.find(sync, bytes.find("trun")), 4, no_sync);
        bytes.replace(bytes.find("\x65vvv"), 1, "\x41");
    }
    show.replace_from("v", 33, "URI=\"108-0.m4s\",INDEPENDENT=YES", "URI=\"108-0.m4s\"");
}

/// The second rendition is one of video too, and a tenth of a second late.
void show_video_twice(Show& show) {
    for (Show::Step& step : show.steps) {
        if (!step.address.starts_with('a')) continue;
        step.text = (&step - 1)->text;
        show.replace(step, "../a/", "../v/");
    }
    for (auto& [address, bytes] : show.objects) {
        if (!address.starts_with('a')) continue;
        bytes = show.objects.at("v" + address.substr(1));
        for (std::size_t at = bytes.find("tfdt"); at != std::string::npos; at = bytes.find("tfdt", at + 1)) {
            constexpr std::uint64_t tenth = 9000;
            std::uint64_t time = 0;
            for (std::size_t i = 0; i < 8; ++i) time = time << 8 | static_cast<std::uint8_t>(bytes[at + 8 + i]);
            time += tenth;
            for (std::size_t i = 8; i-- > 0; time >>= 8) bytes[at + 8 + i] = static_cast<char>(time & 0xff);
        }
    }
}

const Case of_bytes[] = {
    {"a_segment_that_depends_on_another", Rule::independent_segments, begin_without_keyframe},
    {"pictures_that_are_not_the_same", Rule::pictures_differ, show_video_twice},
    {"a_segment_that_is_not_there", Rule::segment_available, without("v/108.m4s")},
    {"a_part_that_is_not_there", Rule::part_available, without("v/108-2.m4s")},
    {"a_map_that_is_not_there", Rule::map_readable, without("v/init-1.mp4")},
    {"a_map_that_is_none", Rule::map_readable, takes_bytes_from("v/init-1.mp4", "v/100.m4s")},
    {"another_map_without_a_discontinuity", Rule::map_changes,
     [](Show& show) {
         show.objects["v/init-2.mp4"] = show.objects["v/init-1.mp4"];
         show.replace_from("v", 37, "#EXT-X-MAP:URI=\"init-1.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2027-01-15T08:00:36",
                           "#EXT-X-MAP:URI=\"init-2.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:2027-01-15T08:00:36");
     }},
    {"a_part_of_which_some_is_missing", Rule::media_readable,
     [](Show& show) { show.objects["v/108-1.m4s"].pop_back(); }},
    {"independent_and_is_not", Rule::independent, from(34, "URI=\"108-1.m4s\"", "URI=\"108-1.m4s\",INDEPENDENT=YES")},
    {"not_independent_and_is", Rule::independent, from(33, "URI=\"108-0.m4s\",INDEPENDENT=YES", "URI=\"108-0.m4s\"")},
    {"a_segment_that_is_not_its_parts", Rule::segment_is_parts,
     [](Show& show) { show.objects["v/108.m4s"].back() ^= 1; }},
    {"a_part_that_comes_twice", Rule::time_continuous, takes_bytes_from("v/108-2.m4s", "v/108-1.m4s")},
    {"a_part_that_lasts_longer_than_is_said", Rule::duration_true,
     [](Show& show) { show.objects["v/108-3.m4s"] += show.objects["v/109-0.m4s"]; }},
};
INSTANTIATE_TEST_SUITE_P(Bytes, Broken, testing::ValuesIn(of_bytes), [](const auto& info) { return info.param.name; });

/// Below: they take a clock.
const std::set<Rule> elsewhere = {Rule::late_segment, Rule::late_part};

TEST(Rules, EachHasAStreamThatBreaksIt) {
    std::set<Rule> covered = elsewhere;
    for (const auto& table :
         {std::span<const Case>(of_one_text), std::span<const Case>(of_versions), std::span<const Case>(of_renditions),
          std::span<const Case>(of_variants), std::span<const Case>(of_bytes)})
        for (const Case& one : table) covered.insert(one.rule);
    for (std::size_t i = 0; i < static_cast<std::size_t>(Rule::count); ++i)
        EXPECT_TRUE(covered.contains(static_cast<Rule>(i))) << clause(static_cast<Rule>(i)).name;
}

TEST(Checker, KnowsThatCodecsAreThoseOfWhatComesNow) {
    Show show;
    Checker checker({}, [&](const std::string& address) { return std::optional(show.objects.at(address)); });
    std::string changed = show.multivariant;
    changed.replace(changed.find("avc1.64001f"), 11, "hvc1.1.6.L9");
    const auto see = [&](std::uint64_t parts) {
        const Show::Step& step = show.step("v", parts);
        (void)checker.see(step.address, step.text, {step.at, step.at});
        checker.see_multivariant(changed);
        return checker.broken().has_value();
    };
    EXPECT_FALSE(see(33));
    EXPECT_FALSE(see(36)) << "the next segment";
    for (std::uint64_t parts = 37; parts < 40; ++parts) EXPECT_FALSE(see(parts));
    EXPECT_TRUE(see(40)) << "and what follows it is of another codec";
}

TEST(Checker, KnowsThatTheOldestMayHaveLeftWhenBandwidthWasSaid) {
    Show show;
    show.multivariant.replace(show.multivariant.find("=200000"), 7, "=9000");
    Checker checker({}, [&](const std::string& address) { return std::optional(show.objects.at(address)); });
    const auto see = [&](const char* name) {
        const Show::Step& step = show.step(name, 33);
        (void)checker.see(step.address, step.text, {step.at, step.at});
        return checker.broken().has_value();
    };
    EXPECT_FALSE(see("v"));
    EXPECT_FALSE(see("a"));
    checker.see_multivariant(show.multivariant);
    EXPECT_FALSE(checker.broken()) << "the picture that it speaks of may be another by now";
    EXPECT_FALSE(see("v")) << "and the sound";
    EXPECT_TRUE(see("a"));
}

TEST(Checker, DoesNotHoldBandwidthAgainstWhatCameAfterIt) {
    Show show;
    show.multivariant.replace(show.multivariant.find("=200000"), 7, "=9000");
    Checker checker({}, [&](const std::string& address) { return std::optional(show.objects.at(address)); });
    checker.see_multivariant(show.multivariant, checker.last_everywhere());
    for (const char* name : {"v", "a"}) {
        const Show::Step& step = show.step(name, 33);
        (void)checker.see(step.address, step.text, {step.at, step.at});
    }
    EXPECT_FALSE(checker.broken()) << "all of it may have come since";
}

/// A server that stands still after its first version, while media flows.
Rule stand_still(Show& show, base::Duration time) {
    Checker checker({}, [&](const std::string& address) { return std::optional(show.objects.at(address)); });
    const Show::Step& step = show.step("v", 33);
    (void)checker.see(step.address, step.text, {step.at, step.at});
    checker.set_steady(true, step.at);
    (void)checker.see(step.address, step.text, {step.at + time, step.at + time});
    return checker.broken() ? checker.broken()->rule : Rule::count;
}

TEST(Checker, KnowsWhenPartsAndSegmentsAreLate) {
    Show show;
    EXPECT_EQ(stand_still(show, 1s), Rule::count);
    EXPECT_EQ(stand_still(show, 1001ms), Rule::late_part);
    show.replace(show.step("v", 33), "#EXT-X-PART:DURATION=1.00000,URI=\"108-0.m4s\",INDEPENDENT=YES\n", "");
    for (const char* line : {"#EXT-X-PART-INF:PART-TARGET=1.0\n", "PART-HOLD-BACK=3.0,"})
        show.replace(show.step("v", 33), line, "");
    for (std::uint64_t number = 105; number <= 107; ++number)
        for (std::uint64_t part = 0; part < 4; ++part)
            show.replace(show.step("v", 33),
                         fmt::format("#EXT-X-PART:DURATION=1.00000,URI=\"{}-{}.m4s\"{}\n", number, part,
                                     part == 0 ? ",INDEPENDENT=YES" : ""),
                         "");
    EXPECT_EQ(stand_still(show, 6s), Rule::count);
    EXPECT_EQ(stand_still(show, 6001ms), Rule::late_segment);
}

/// What is asked for when versions of 36 and of 40 parts follow each other, and then `after` passes.
std::vector<std::string> asked_for(base::Duration after, bool is_there, Findings& findings) {
    Show show;
    std::vector<std::string> asked;
    const auto fetch = [&](const std::string& address) {
        asked.push_back(address);
        return is_there ? std::optional<std::string>("bytes") : std::nullopt;
    };
    Lingering lingering("v/index.m3u8");
    const auto read = [&](std::uint64_t parts) { return read_playlist(show.step("v", parts).text, findings); };
    lingering.look(read(35), read(36), Show::start());  // segment 108 appears
    for (std::uint64_t parts : {40U, 44U}) lingering.look(read(parts - 4), read(parts), Show::start() + 1s);
    lingering.ask(Show::start() + after, fetch, findings);
    return asked;
}

TEST(Checker, AsksForWhatLeftThePlaylistAsLongAsItHasToBeThere) {
    Findings findings;
    EXPECT_TRUE(asked_for(10900ms, true, findings).empty());
    // Parts: three target durations after they left, those of 106 and 107.
    EXPECT_EQ(asked_for(12500ms, true, findings).size(), 8U);
    EXPECT_TRUE(findings.empty());
    (void)asked_for(12500ms, false, findings);
    ASSERT_FALSE(findings.empty());
    EXPECT_EQ(findings.found().front().first, Rule::part_available);
    EXPECT_TRUE(asked_for(13s, false, findings).empty());
}

TEST(Checker, FindsNothingAmissInAStreamWithoutFault) {
    const auto found = watch(Show());
    EXPECT_FALSE(found.has_value()) << print(*found);
}

TEST(Checker, LetsASourceBeginWithALead) {
    Show show;
    for (const char* rendition : {"v", "a"}) show.step(rendition, 33).at -= 1001ms;
    EXPECT_FALSE(watch(show).has_value()) << "segment 101 begins a source, 28 s ago";
}

TEST(Checker, TakesAGapWithoutPartsForTheAnswerToWhoAskedForItsFirst) {
    Show show;
    Show::Step& gap = show.step("v", 40);
    for (int part = 0; part < 4; ++part)
        show.replace(gap,
                     fmt::format("#EXT-X-PART:DURATION=1.00000,URI=\"109-{}.m4s\"{}\n", part,
                                 part == 0 ? ",INDEPENDENT=YES" : ""),
                     "");
    show.replace(gap, "#EXTINF:4.00000,\n109.m4s", "#EXT-X-GAP\n#EXTINF:4.00000,\n109.m4s");
    Checker checker({}, [&](const std::string& address) { return std::optional(show.objects.at(address)); });
    const Show::Step& before = show.step("v", 36);
    (void)checker.see(before.address, before.text, {before.at, before.at});
    (void)checker.see(gap.address, gap.text, {gap.at, gap.at}, Position{109, 0});
    EXPECT_FALSE(checker.broken().has_value()) << print(*checker.broken());
}

TEST(Checker, TakesDeltaUpdatesAsAPlayerDoes) {
    Show show;
    for (Show::Step& step : show.steps)
        if (step.at > Show::start() + 40s)
            step.text =
                show.playlist(step.address.substr(0, 1), static_cast<std::uint64_t>((step.at - Show::start()) / 1s), 1);
    const auto found = watch(show);
    EXPECT_FALSE(found.has_value()) << print(*found);
}

}  // namespace
}  // namespace weir::checker::test
