// The vocabulary of limits. Each unit that queues, caches or parses has a `Limits` struct whose `fields` say what happens
// when a limit is reached and which metric counts it:
//   visit("message", self.message, Limit{.what = "bytes of one RTMP message", .at_limit = "the connection is closed",
//                                        .metric = "weir_rtmp_closed_total"});
// docs/limits.md is made from these structs and from nothing else. A limit without a metric does not pass review.
#pragma once

#include "base/fields.hpp"
#include "base/units.hpp"

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace weir::base {

/// What a `fields(visitor)` of a `Limits` struct says about one member.
struct Limit {
    std::string_view what;      ///< what is counted, with its unit where the type does not say it
    std::string_view at_limit;  ///< what happens when it is reached
    std::string_view metric;    ///< the metric that counts it
};

/// One line of the table, as text.
struct LimitRow {
    std::string name;
    std::string what;
    std::string value;
    std::string at_limit;
    std::string metric;

    friend bool operator==(const LimitRow&, const LimitRow&) = default;
};

/// The limits of one unit.
struct LimitTable {
    std::string unit;  ///< as in "proto/rtmp"
    std::vector<LimitRow> rows;
};

/// A limit as people write it: `16MiB`, `10s`, `64`.
template <typename T>
[[nodiscard]] std::string print_limit(const T& value) {
    if constexpr (std::integral<T>) return std::to_string(value);
    else if constexpr (std::convertible_to<T, Duration>) return print(Duration(value));
    else return print(value);
}

/// The table of one unit, from its defaults: `limit_table("proto/rtmp", proto::rtmp::Limits{})`.
template <HasFields Limits>
[[nodiscard]] LimitTable limit_table(std::string_view unit, const Limits& limits) {
    LimitTable table{.unit = std::string(unit), .rows = {}};
    limits.fields([&](std::string_view name, const auto& value, const Limit& about) {
        table.rows.push_back({.name = std::string(name),
                              .what = std::string(about.what),
                              .value = print_limit(value),
                              .at_limit = std::string(about.at_limit),
                              .metric = std::string(about.metric)});
    });
    return table;
}

/// The text of docs/limits.md.
[[nodiscard]] std::string limits_page(std::span<const LimitTable> tables);

}  // namespace weir::base
