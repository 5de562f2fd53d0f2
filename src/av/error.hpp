// From the error numbers of FFmpeg to the kinds of errors that we have.
#pragma once

#include "base/result.hpp"

#include <source_location>
#include <string>
#include <string_view>

namespace weir::av {

/// `number` is negative: an AVERROR.
[[nodiscard]] base::ErrorKind kind_of(int number) noexcept;

/// `return av_fail(number, "the decoder does not open");`
[[nodiscard]] inline std::unexpected<base::Error> av_fail(
    int number, std::string_view text, std::source_location where = std::source_location::current()) noexcept {
    return base::fail(kind_of(number), text, where);
}

/// What FFmpeg says of it: "Connection refused".
[[nodiscard]] std::string describe(int number);

/// FFmpeg and its codecs say nothing on standard error any more: what matters comes back as an error.
void silence() noexcept;

}  // namespace weir::av
