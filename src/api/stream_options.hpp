// The options of a stream in JSON: those that hold, those that were set over the file, and what a change of them came to.
#pragma once

#include "api/stream_book.hpp"

#include <boost/json.hpp>

#include <string>

namespace weir::api {

/// `{"id", "options": {...}, "set": {...}, "changed": {...}}`: `set` is what the API has set, `changed` is only there after a change.
[[nodiscard]] boost::json::object describe_options(const std::string& stream, const config::Config& config,
                                                   const config::Overlay& overlay);
[[nodiscard]] boost::json::object describe_changes(const std::vector<config::ChangedOption>& changed);

}  // namespace weir::api
