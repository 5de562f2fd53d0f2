// `weir serve` and `weir demo`: loads the configuration, runs the server until a signal ends it, and loads it again when
// the file changes or on SIGHUP.
#pragma once

#include <string>
#include <vector>

namespace weir::app {

struct ServeOptions {
    std::string config_file;  ///< empty: none
    std::vector<std::string> settings;
    bool demo = false;  ///< with a source of its own at live/demo
};

/// Returns the exit status.
int serve(const ServeOptions& options);

}  // namespace weir::app
