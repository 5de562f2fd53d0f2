#include "base/units.hpp"

#include <array>
#include <limits>
#include <numeric>
#include <optional>
#include <span>

namespace weir::base {

namespace {

struct Unit {
    std::string_view suffix;
    std::uint64_t factor;
};

constexpr auto byte_units = std::to_array<Unit>({
    {"TiB", std::uint64_t{1} << 40},
    {"GiB", std::uint64_t{1} << 30},
    {"MiB", std::uint64_t{1} << 20},
    {"KiB", std::uint64_t{1} << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"kB", 1'000},
    {"B", 1},
});
constexpr auto bit_rate_units = std::to_array<Unit>({
    {"G", 1'000'000'000},
    {"M", 1'000'000},
    {"k", 1'000},
    {"K", 1'000},
    {"", 1},
});
constexpr auto duration_units = std::to_array<Unit>({
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
});

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Decimal digits at the front of `text`, which moves past them. Nothing when there is none, or when they overflow.
std::optional<std::uint64_t> take_digits(std::string_view& text) {
    if (text.empty() || !is_digit(text.front())) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, static_cast<std::uint64_t>(text.front() - '0'), &value)) {
            return std::nullopt;
        }
    }
    return value;
}

/// A number and what follows it up to the next digit.
struct Amount {
    std::uint64_t whole = 0;
    std::uint64_t fraction = 0;     ///< digits behind the point, as an integer
    std::uint64_t denominator = 1;  ///< ten to the power of how many there are
    std::string_view suffix;
};

std::optional<Amount> take_amount(std::string_view& text) {
    const auto whole = take_digits(text);
    if (!whole) {
        return std::nullopt;
    }
    Amount amount{.whole = *whole, .suffix = {}};
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const std::size_t before = text.size();
        const auto fraction = take_digits(text);
        if (!fraction || before - text.size() > 9) {
            return std::nullopt;
        }
        amount.fraction = *fraction;
        for (std::size_t i = text.size(); i < before; ++i) {
            amount.denominator *= 10;
        }
    }
    std::size_t length = 0;
    while (length < text.size() && !is_digit(text[length])) {
        ++length;
    }
    amount.suffix = text.substr(0, length);
    text.remove_prefix(length);
    return amount;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view suffix) {
    for (const Unit& unit : units) {
        if (unit.suffix == suffix) {
            return &unit;
        }
    }
    return nullptr;
}

/// The amount in the smallest unit; nothing when it is no whole number, or overflows.
std::optional<std::uint64_t> scale(const Amount& amount, std::uint64_t factor) {
    const std::uint64_t common = std::gcd(amount.denominator, factor);
    if (amount.fraction % (amount.denominator / common) != 0) {
        return std::nullopt;
    }
    const std::uint64_t rest = amount.fraction / (amount.denominator / common) * (factor / common);
    std::uint64_t value = 0;
    if (__builtin_mul_overflow(amount.whole, factor, &value) || __builtin_add_overflow(value, rest, &value)) {
        return std::nullopt;
    }
    return value;
}

/// One amount and nothing else.
std::optional<std::uint64_t> parse_single(std::string_view text, std::span<const Unit> units) {
    const auto amount = take_amount(text);
    if (!amount || !text.empty()) {
        return std::nullopt;
    }
    const Unit* unit = find_unit(units, amount->suffix);
    return unit == nullptr ? std::nullopt : scale(*amount, unit->factor);
}

/// In the first unit, largest first, that gives a whole number.
std::string print_exactly(std::uint64_t value, std::span<const Unit> units) {
    for (const Unit& unit : units) {
        if (value != 0 && value % unit.factor == 0) {
            return std::to_string(value / unit.factor) + std::string(unit.suffix);
        }
    }
    return "0" + std::string(units.back().suffix);
}

}  // namespace

Result<ByteCount> parse_byte_count(std::string_view text) {
    const auto bytes = parse_single(text, byte_units);
    if (!bytes) {
        return fail(ErrorKind::malformed, "is not a size; write a number and KiB, MiB or GiB, as in 2GiB");
    }
    return ByteCount(*bytes);
}

Result<BitRate> parse_bit_rate(std::string_view text) {
    const auto bits = parse_single(text, bit_rate_units);
    if (!bits) {
        return fail(ErrorKind::malformed, "is not a bit rate; write bits a second with k or M, as in 2500k or 5M");
    }
    return BitRate(*bits);
}

Result<Duration> parse_duration(std::string_view text) {
    constexpr std::string_view mend = "is not a duration; write a number and its unit, as in 30ms, 6s or 2h";
    if (text == "0") {
        return Duration::zero();
    }
    std::uint64_t sum = 0;
    std::uint64_t last_factor = std::numeric_limits<std::uint64_t>::max();
    do {
        const auto amount = take_amount(text);
        const Unit* unit = amount ? find_unit(duration_units, amount->suffix) : nullptr;
        if (unit == nullptr || unit->factor >= last_factor) {
            return fail(ErrorKind::malformed, mend);
        }
        last_factor = unit->factor;
        const auto part = scale(*amount, unit->factor);
        if (!part || __builtin_add_overflow(sum, *part, &sum)) {
            return fail(ErrorKind::malformed, mend);
        }
    } while (!text.empty());
    if (sum > static_cast<std::uint64_t>(std::numeric_limits<Duration::rep>::max())) {
        return fail(ErrorKind::too_large, "is longer than any duration can be; write less, as in 2h");
    }
    return Duration(static_cast<Duration::rep>(sum));
}

std::string print(ByteCount value) {
    static constexpr auto units =
        std::to_array<Unit>({byte_units[0], byte_units[1], byte_units[2], byte_units[3], {"B", 1}});
    return print_exactly(value.bytes(), units);
}

std::string print(BitRate value) {
    static constexpr auto units = std::to_array<Unit>({{"M", 1'000'000}, {"k", 1'000}, {"", 1}});
    return print_exactly(value.bits_per_second(), units);
}

std::string print(Duration value) {
    static constexpr auto units = std::to_array<Unit>(
        {{"h", 3'600'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}});
    if (value == Duration::zero()) {
        return "0s";
    }
    if (value < Duration::zero()) {
        return "-" + print_exactly(0 - static_cast<std::uint64_t>(value.count()), units);
    }
    return print_exactly(static_cast<std::uint64_t>(value.count()), units);
}

}  // namespace weir::base
