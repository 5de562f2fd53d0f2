// What no single key can tell: values that are each legal and do not go together.
#pragma once

#include "config/reader.hpp"

namespace weir::config {

/// Adds a problem for each, at the place of the key to change. Keys that have a problem already are left alone.
void check_consistency(const Config& config, const Origins& origins, Problems& problems);

/// The same for the options that one rule of `config` ends in.
void check_rule_consistency(const Config& config, const StreamRule& rule, const Origins& origins, Problems& problems);

}  // namespace weir::config
