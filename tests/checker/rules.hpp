// What a live server of HLS is held to: RFC 8216bis (draft-pantos-hls-rfc8216bis-22), each rule in the words of its clause, and
// what Weir promises beyond it. `Findings` takes down what was broken.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::checker {

enum class Rule : std::uint8_t {
    // One text by itself.
    well_formed,
    first_line,
    version,
    tag_once,
    kind_of_tag,
    live_type,
    numbers_first,
    numbers_given,
    segment_longest,
    part_inf,
    hold_back,
    part_hold_back,
    skip_boundary,
    part_longest,
    part_shortest,
    parts_add_up,
    parts_at_edge,
    tags_before_parts,
    gap_parts,
    date_at_break,
    date_ambiguous,
    date_drift,
    date_future,
    hint_at_end,
    hint_once,
    reports_given,
    // Version after version.
    target_changes,
    header_changes,
    sequence_back,
    sequence_skips,
    end_goes_back,
    segment_changes,
    three_targets,
    discontinuity_numbers,
    part_changes,
    part_vanishes,
    hint_kept,
    ended,
    late_segment,
    late_part,
    reload,
    delta_given,
    delta_reach,
    delta_equal,
    // Renditions beside each other.
    target_differs,
    control_differs,
    discontinuity_differs,
    date_differs,
    boundary_differs,
    pictures_differ,
    report_ahead,
    report_behind,
    // The multivariant playlist.
    variant,
    group,
    bandwidth,
    codecs,
    independent_segments,
    // Bytes.
    segment_available,
    part_available,
    map_readable,
    map_changes,
    media_readable,
    independent,
    segment_is_parts,
    time_continuous,
    duration_true,
    count,
};

struct Clause {
    Rule rule;
    std::string_view name;
    std::string_view section;  ///< of RFC 8216bis; "Weir" for a promise of our own
    std::string_view text;
};
[[nodiscard]] const Clause& clause(Rule rule) noexcept;
/// Of a list of names ("late_part,hint_kept"); what is no rule is left out.
[[nodiscard]] std::set<Rule> rules_named(std::string_view names);

struct Violation {
    Rule rule = Rule::count;
    std::string rendition;  ///< the playlist's address; that of the multivariant playlist is ""
    std::string what;
    std::string before;  ///< the version before, where there was one
    std::string text;
};
/// For people: the rule with its clause, what broke it, and both versions.
[[nodiscard]] std::string print(const Violation& violation);

/// What one look at one playlist found.
class Findings {
  public:
    template <typename... Arguments>
    void require(bool holds, Rule rule, fmt::format_string<Arguments...> what, Arguments&&... arguments) {
        if (!holds) found_.emplace_back(rule, fmt::format(what, std::forward<Arguments>(arguments)...));
    }
    [[nodiscard]] bool empty() const noexcept { return found_.empty(); }
    [[nodiscard]] const std::vector<std::pair<Rule, std::string>>& found() const noexcept { return found_; }
    void clear() noexcept { found_.clear(); }

  private:
    std::vector<std::pair<Rule, std::string>> found_;
};

}  // namespace weir::checker
