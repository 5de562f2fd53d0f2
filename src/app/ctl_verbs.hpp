// The verbs of `weir ctl`: what each takes, and which request it is.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace weir::app {

/// Adds them below `ctl`. A verb that was chosen leaves in `run` what is to be done. Everything is kept alive by the callbacks.
void add_ctl_verbs(CLI::App& ctl, std::function<int()>& run);

}  // namespace weir::app
