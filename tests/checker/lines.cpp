#include "checker/lines.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace weir::checker {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_name_character(char c) noexcept { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-'; }

/// As many digits as the pattern has `0`, and its other characters as they are.
bool fits(std::string_view text, std::string_view pattern) noexcept {
    return std::ranges::equal(text, pattern,
                              [](char c, char wanted) { return wanted == '0' ? is_digit(c) : c == wanted; });
}

int number(std::string_view digits) noexcept {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}

}  // namespace

std::optional<std::uint64_t> parse_integer(std::string_view text) noexcept {
    std::uint64_t value = 0;
    if (text.empty() || text.size() > 20 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
}

std::optional<Time> parse_seconds(std::string_view text) noexcept {
    const std::size_t point = text.find('.');
    const auto whole = parse_integer(text.substr(0, point));
    if (!whole || *whole > 1'000'000'000) return std::nullopt;
    std::int64_t micros = static_cast<std::int64_t>(*whole) * 1'000'000;
    if (point == std::string_view::npos) return Time(micros);
    const std::string_view fraction = text.substr(point + 1);
    if (fraction.empty() || !std::ranges::all_of(fraction, is_digit)) return std::nullopt;
    std::int64_t unit = 100'000;
    for (std::size_t i = 0; i < fraction.size() && unit > 0; ++i, unit /= 10) micros += (fraction[i] - '0') * unit;
    return Time(micros);
}

std::optional<base::WallTime> parse_date(std::string_view text) noexcept {
    using namespace std::chrono;
    if (text.size() < 20 || !fits(text.substr(0, 19), "0000-00-00T00:00:00")) return std::nullopt;
    const year_month_day day{year(number(text.substr(0, 4))), month(static_cast<unsigned>(number(text.substr(5, 2)))),
                             std::chrono::day(static_cast<unsigned>(number(text.substr(8, 2))))};
    if (!day.ok() || !text.ends_with('Z')) return std::nullopt;
    const std::string_view fraction = text.substr(19, text.size() - 20);
    Time below{};
    if (!fraction.empty()) {
        const auto parsed =
            fraction.front() == '.' ? parse_seconds(text.substr(18, fraction.size() + 1)) : std::nullopt;
        if (!parsed) return std::nullopt;
        below = *parsed % std::chrono::seconds(1);
    }
    return base::WallTime(sys_days(day)) + hours(number(text.substr(11, 2))) + minutes(number(text.substr(14, 2))) +
           std::chrono::seconds(number(text.substr(17, 2))) + below;
}

std::optional<Attributes> Attributes::parse(std::string_view text) {
    Attributes list;
    while (true) {
        const std::size_t equals = text.find('=');
        if (equals == 0 || equals == std::string_view::npos) return std::nullopt;
        const std::string_view name = text.substr(0, equals);
        if (!std::ranges::all_of(name, is_name_character) || list.find(name)) return std::nullopt;
        text.remove_prefix(equals + 1);
        const bool is_quoted = text.starts_with('"');
        const std::size_t close = is_quoted ? text.find('"', 1) : std::string_view::npos;
        if (is_quoted && close == std::string_view::npos) return std::nullopt;
        const std::size_t end = is_quoted ? close + 1 : std::min(text.find(','), text.size());
        const std::string_view value = text.substr(0, end);
        if (value.empty() || (!is_quoted && value.find_first_of("\" \t") != std::string_view::npos))
            return std::nullopt;
        if (list.count_ == list.pairs_.size()) return std::nullopt;
        list.pairs_[list.count_++] = {name, value};
        text.remove_prefix(end);
        if (text.empty()) return list;
        if (!text.starts_with(',')) return std::nullopt;
        text.remove_prefix(1);
    }
}

std::optional<std::string_view> Attributes::find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < count_; ++i)
        if (pairs_[i].first == name) return pairs_[i].second;
    return std::nullopt;
}

std::optional<std::string_view> Attributes::quoted(std::string_view name) const noexcept {
    const auto value = find(name);
    if (!value || !value->starts_with('"')) return std::nullopt;
    return value->substr(1, value->size() - 2);
}

std::optional<std::string_view> Attributes::bare(std::string_view name) const noexcept {
    const auto value = find(name);
    if (!value || value->starts_with('"')) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> Attributes::integer(std::string_view name) const noexcept {
    const auto value = bare(name);
    return value ? parse_integer(*value) : std::nullopt;
}

std::optional<Time> Attributes::seconds(std::string_view name) const noexcept {
    const auto value = bare(name);
    return value ? parse_seconds(*value) : std::nullopt;
}

std::string resolve(std::string_view from, std::string_view reference) {
    reference = reference.substr(0, reference.find('?'));
    std::string folder(from.substr(0, from.rfind('/') == std::string_view::npos ? 0 : from.rfind('/') + 1));
    while (reference.starts_with("../") && !folder.empty()) {
        reference.remove_prefix(3);
        folder.pop_back();
        folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/') + 1);
    }
    return folder + std::string(reference);
}

}  // namespace weir::checker
