// Which options hold for a stream: the defaults, then each matching pattern in the order of the file (of two that set the
// same option the last wins), then the rule of the exact name.
#pragma once

#include "config/config.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// `id` is `app/name`.
[[nodiscard]] StreamOptions options_for(const Config& config, std::string_view id);

/// Whether `*` of `pattern` can stand for what `id` has in its place.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view id) noexcept;

/// Sets one option from text, as the loader, hooks and the API do. The error says what is wrong and how to mend it; the
/// options are then unchanged.
[[nodiscard]] std::expected<void, std::string> set_option(StreamOptions& options, std::string_view key,
                                                          std::string_view text);

/// What a ladder is called that only the stream `id` has: a name that no file can give, another for each content.
[[nodiscard]] std::string own_ladder_name(std::string_view id, const Ladder& ladder);
[[nodiscard]] bool is_own_ladder(std::string_view name) noexcept;

/// One option of a stream that has another value than it had.
struct ChangedOption {
    std::string_view key;
    std::string to;  ///< as in a file; a secret is not shown
    Change change = Change::live;
    friend bool operator==(const ChangedOption&, const ChangedOption&) = default;
};
[[nodiscard]] std::vector<ChangedOption> changed_options(const StreamOptions& from, const StreamOptions& to);

/// Takes over those options that hold at once for a stream that runs.
void take_live_options(StreamOptions& into, const StreamOptions& from);

}  // namespace weir::config
