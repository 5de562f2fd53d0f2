// How functions fail: `Result<T>` carries a value or an `Error`, and neither allocates. Needing more input and the end of
// a stream are not errors: parsers return `Result<std::optional<T>>`. Exceptions are for bugs and exhausted memory only.
#pragma once

#include <cstdint>
#include <expected>
#include <source_location>
#include <string_view>
#include <utility>

namespace weir::base {

/// What went wrong, as far as the caller has to choose an answer (a status, a retry, a reason label).
enum class ErrorKind : std::uint8_t {
    malformed,    ///< the bytes break their specification
    unsupported,  ///< well formed, and something this server does not do
    too_large,    ///< a limit was reached
    refused,      ///< not allowed, or already taken
    not_found,
    timed_out,
    closed,  ///< the peer went away
    io,      ///< the operating system said no
    internal,
};

/// What a supervisor does about an error. Decided once, by kind, where the error arises.
enum class Severity : std::uint8_t { transient, end_of_input, fatal };

[[nodiscard]] constexpr std::string_view name(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::malformed: return "malformed";
        case ErrorKind::unsupported: return "unsupported";
        case ErrorKind::too_large: return "too_large";
        case ErrorKind::refused: return "refused";
        case ErrorKind::not_found: return "not_found";
        case ErrorKind::timed_out: return "timed_out";
        case ErrorKind::closed: return "closed";
        case ErrorKind::io: return "io";
        case ErrorKind::internal: return "internal";
    }
    return "internal";
}

[[nodiscard]] constexpr Severity severity(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::timed_out:
        case ErrorKind::io: return Severity::transient;
        case ErrorKind::closed: return Severity::end_of_input;
        default: return Severity::fatal;
    }
}

/// A failure: its kind, a sentence for people (a string literal: never freed, never formatted), and where it arose.
struct Error {
    ErrorKind kind;
    std::string_view text;
    std::source_location where;
};

template <typename T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorKind::malformed, "the SPS is cut short");` The text must be a string literal.
[[nodiscard]] constexpr std::unexpected<Error> fail(
    ErrorKind kind, std::string_view text, std::source_location where = std::source_location::current()) noexcept {
    return std::unexpected(Error{kind, text, where});
}

}  // namespace weir::base

/// The value of a `Result`, or return its error from the enclosing function.
#define TRY(...)                                        \
    ({                                                  \
        auto&& try_result = (__VA_ARGS__);              \
        if (!try_result.has_value()) [[unlikely]]       \
            return std::unexpected(try_result.error()); \
        *std::move(try_result);                         \
    })

/// The same inside a coroutine. The operand must not contain a `co_await` that another operand depends on.
#define CO_TRY(...)                                        \
    ({                                                     \
        auto&& try_result = (__VA_ARGS__);                 \
        if (!try_result.has_value()) [[unlikely]]          \
            co_return std::unexpected(try_result.error()); \
        *std::move(try_result);                            \
    })
