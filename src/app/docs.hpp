// The reference pages in docs/ that are made from the code: `weir docs configuration`, `weir docs limits`, `weir docs matrix`, and the part of
// the README that is: `weir docs readme`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::app {

inline constexpr std::string_view docs_topics = "configuration, limits, matrix or readme";

/// Nothing when there is no such page.
[[nodiscard]] std::optional<std::string> docs_page(std::string_view topic);
/// The same for programs.
[[nodiscard]] std::optional<std::string> docs_json(std::string_view topic);

}  // namespace weir::app
