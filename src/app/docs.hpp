// The reference pages in docs/ that are made from the code: `weir docs configuration`, `weir docs limits`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::app {

/// Nothing when there is no such page.
[[nodiscard]] std::optional<std::string> docs_page(std::string_view topic);

}  // namespace weir::app
