#include "format/m3u8_values.hpp"

#include <algorithm>
#include <charconv>

namespace weir::format::m3u8 {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint64_t largest_integer = std::uint64_t{1} << 62;

/// Takes exactly `count` digits off the front.
Result<int> take_digits(std::string_view& text, std::size_t count) {
    const std::string_view digits = text.substr(0, count);
    if (digits.size() < count || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        return fail(ErrorKind::malformed, "a date of the playlist is none");
    text.remove_prefix(count);
    return static_cast<int>(TRY(parse_integer(digits)));
}

Result<void> take(std::string_view& text, char expected) {
    if (!text.starts_with(expected)) return fail(ErrorKind::malformed, "a date of the playlist is none");
    text.remove_prefix(1);
    return {};
}

/// What follows the seconds of a date: milliseconds out of any number of decimals.
int take_milliseconds(std::string_view& text) {
    int milliseconds = 0;
    if (!text.starts_with('.')) return milliseconds;
    text.remove_prefix(1);
    for (int unit = 100; !text.empty() && text.front() >= '0' && text.front() <= '9'; unit /= 10, text.remove_prefix(1))
        milliseconds += (text.front() - '0') * unit;
    return milliseconds;
}

/// "Z", "+hh:mm", "+hhmm", or nothing, which is taken for UTC.
Result<std::chrono::minutes> parse_zone(std::string_view text) {
    if (text.empty() || text == "Z") return std::chrono::minutes(0);
    const int sign = text.front() == '-' ? -1 : 1;
    TRY(take(text, sign < 0 ? '-' : '+'));
    const int hours = TRY(take_digits(text, 2));
    if (text.starts_with(':')) text.remove_prefix(1);
    const int minutes = TRY(take_digits(text, 2));
    if (!text.empty()) return fail(ErrorKind::malformed, "a date of the playlist is none");
    return std::chrono::minutes(sign * (hours * 60 + minutes));
}

}  // namespace

Result<std::uint64_t> parse_integer(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > largest_integer)
        return fail(ErrorKind::malformed, "a number of the playlist is none");
    return value;
}

Result<std::uint32_t> parse_small_integer(std::string_view text) {
    const std::uint64_t value = TRY(parse_integer(text));
    if (value > UINT32_MAX) return fail(ErrorKind::malformed, "a number of the playlist is too large");
    return static_cast<std::uint32_t>(value);
}

Result<media::Ticks> parse_seconds(std::string_view text) {
    constexpr std::uint64_t longest = 1'000'000;
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::uint64_t whole = TRY(parse_integer(text.substr(0, point)));
    if (whole > longest) return fail(ErrorKind::malformed, "a duration of the playlist is too long");
    std::uint64_t microseconds = 0;
    std::uint64_t unit = 100'000;
    for (const char digit : text.substr(std::min(point + 1, text.size()))) {
        if (digit < '0' || digit > '9') return fail(ErrorKind::malformed, "a duration of the playlist is none");
        microseconds += static_cast<std::uint64_t>(digit - '0') * unit;
        unit /= 10;
    }
    return media::Ticks::from(static_cast<std::int64_t>(whole * 1'000'000 + microseconds), 1'000'000);
}

Result<DateTime> parse_date_time(std::string_view text) {
    const int year = TRY(take_digits(text, 4));
    TRY(take(text, '-'));
    const int month = TRY(take_digits(text, 2));
    TRY(take(text, '-'));
    const int day = TRY(take_digits(text, 2));
    TRY(take(text, 'T'));
    const int hours = TRY(take_digits(text, 2));
    TRY(take(text, ':'));
    const int minutes = TRY(take_digits(text, 2));
    TRY(take(text, ':'));
    const int seconds = TRY(take_digits(text, 2));
    const int milliseconds = take_milliseconds(text);
    const auto zone = TRY(parse_zone(text));
    const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok() || hours > 24 || minutes > 59 || seconds > 60)
        return fail(ErrorKind::malformed, "a date of the playlist is none");
    const DateTime time = DateTime(std::chrono::sys_days(date)) + std::chrono::hours(hours) +
                          std::chrono::minutes(minutes) + std::chrono::seconds(seconds) +
                          std::chrono::milliseconds(milliseconds) - zone;
    constexpr DateTime latest = std::chrono::sys_days(std::chrono::year(2261) / 12 / 31);  // what nanoseconds can count
    if (time < DateTime() || time > latest) return fail(ErrorKind::malformed, "a date of the playlist makes no sense");
    return time;
}

Result<std::optional<Attribute>> AttributeReader::next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t equals = rest_.find('=');
    if (equals == 0 || equals == std::string_view::npos)
        return fail(ErrorKind::malformed, "an attribute of the playlist has no value");
    Attribute attribute{.name = rest_.substr(0, equals), .value = {}};
    rest_.remove_prefix(equals + 1);
    if (rest_.starts_with('"')) {
        const std::size_t quote = rest_.find('"', 1);
        if (quote == std::string_view::npos)
            return fail(ErrorKind::malformed, "a quoted string of the playlist has no end");
        attribute.value = rest_.substr(1, quote - 1);
        rest_.remove_prefix(quote + 1);
    } else {
        attribute.value = rest_.substr(0, rest_.find(','));
        rest_.remove_prefix(attribute.value.size());
    }
    if ((!rest_.empty() && !rest_.starts_with(',')) || attribute.value.contains('"'))
        return fail(ErrorKind::malformed, "an attribute list of the playlist is none");
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    return attribute;
}

}  // namespace weir::format::m3u8
