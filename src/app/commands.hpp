// The command line: one verb, one function. Parsing is CLI11's; what the verbs do stands in the files of the same name.
#pragma once

namespace weir::app {

/// Parses, runs, and returns the exit status: 0, 1 when what was asked for failed, 2 when it was asked for wrongly.
int run_command(int argc, char** argv);

}  // namespace weir::app
