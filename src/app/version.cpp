#include "app/version.hpp"

namespace weir::app {

std::string version_text() { return "weir " WEIR_VERSION; }

}  // namespace weir::app
