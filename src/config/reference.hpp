// docs/configuration.md, made from `fields`: every key with its default, its meaning, its range, how a change takes effect,
// and whether this version serves it.
#pragma once

#include <string>

namespace weir::config {

[[nodiscard]] std::string reference_page();

}  // namespace weir::config
