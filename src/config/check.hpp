// Whether a text is a legal value for a key: of the right type, in its range, and served by this version. The one place
// where these rules are; the loader adds where the text stands, `set_option` has nothing to add.
#pragma once

#include "config/key.hpp"

#include <algorithm>
#include <expected>
#include <string>
#include <string_view>

namespace weir::config {

/// What is wrong, and the mend ("write 6s"), for people.
struct Complaint {
    std::string what;
    std::string mend;
    std::string unknown{};  ///< the key that there is not, where that is it
};

/// "is not a size; write 2GiB" taken apart.
[[nodiscard]] Complaint complaint_of(std::string_view sentence);

/// `text` between quotes, escaped and cut to what fits a line.
[[nodiscard]] std::string quoted(std::string_view text);

/// `text` as YAML has it: quoted where it is empty.
[[nodiscard]] std::string written(std::string text);

[[nodiscard]] Complaint not_served(std::string_view default_text, std::optional<std::string_view> also);
/// Of one value of several.
[[nodiscard]] Complaint not_served(std::span<const std::string_view> values,
                                   std::span<const std::string_view> unserved);

template <typename T>
[[nodiscard]] std::expected<void, Complaint> check_range(const T& value, const Range<T>& range) {
    if (range.least <= value && value <= range.most) {
        return {};
    }
    return std::unexpected(
        Complaint{.what = "is out of range",
                  .mend = "write a value from " + print_value(range.least) + " to " + print_value(range.most)});
}

/// The value that `text` stands for, as far as the key allows it. `fallback` is the default of the key.
template <Scalar T>
[[nodiscard]] std::expected<T, Complaint> check_text(std::string_view text, const T& fallback, const Key& key,
                                                     const auto&... range) {
    const Parsed<T> parsed = parse_value<T>(text);
    if (!parsed) {
        return std::unexpected(complaint_of(parsed.error()));
    }
    if (*parsed == fallback) {
        return *parsed;
    }
    std::expected<void, Complaint> in_range;
    ((in_range = check_range(*parsed, range)), ...);
    if (!in_range) {
        return std::unexpected(in_range.error());
    }
    if (key.served == Served::no && (!key.also || print_value(*parsed) != *key.also)) {
        return std::unexpected(not_served(print_value(fallback), key.also));
    }
    if constexpr (NamedEnum<T>) {
        static constexpr auto names = enumerator_names(T{});
        if (std::ranges::find(key.unserved, text) != key.unserved.end()) {
            return std::unexpected(not_served(names, key.unserved));
        }
    }
    return *parsed;
}

/// The default of the member `name` of `Owner`. The member is one of `Owner`'s, of type `T`.
template <typename Owner, typename T>
[[nodiscard]] T default_of(std::string_view name) {
    T found{};
    const Owner fresh;
    fresh.fields([&](std::string_view each, const auto& member, const auto&...) {
        if constexpr (std::same_as<std::decay_t<decltype(member)>, T>) {
            if (each == name) {
                found = member;
            }
        }
    });
    return found;
}

/// The one of `names` that `word` was probably meant to be; empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> names);

/// "did you mean `listen`?", or which names there are.
[[nodiscard]] std::string suggest(std::string_view word, std::span<const std::string_view> names);

}  // namespace weir::config
