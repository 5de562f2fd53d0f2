// The source of `weir demo`: a worker that paints, plays and encodes (worker/demo_source), as a live source. The worker lives as
// long as this does.
#pragma once

#include "app/publisher.hpp"
#include "base/journal.hpp"
#include "base/result.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace weir::app {

/// `program` is the path of weir-worker. Everything runs on the thread of `context`, which outlives the source.
[[nodiscard]] base::Result<std::unique_ptr<LiveSource>> start_demo(boost::asio::io_context& context,
                                                                   const std::string& program, base::Log log);

}  // namespace weir::app
