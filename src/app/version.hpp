// What `weir version` says and what the server tells its clients about itself.
#pragma once

#include <string>

namespace weir::app {

/// "weir 0.1.0"
[[nodiscard]] std::string version_text();

}  // namespace weir::app
