// What transcoding costs on this machine. Measured once by a worker (`weir-worker calibrate`), kept in the store, and read from
// there ever after; until it is known the costs of an ordinary core hold. Deleting the file has it measured anew.
#pragma once

#include "base/journal.hpp"
#include "format/costs.hpp"
#include "net/process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weir::app {

class Calibration {
  public:
    using Done = std::function<void(const format::CostModel&)>;

    /// `store` is `store.path`. Everything runs, and `done` is called, on the thread of `context`, which outlives it.
    Calibration(boost::asio::io_context& context, std::string program, const std::filesystem::path& store,
                base::Log log)
        : context_(context), program_(std::move(program)), file_(store / "costs.json"), log_(std::move(log)) {}

    /// What is kept; nothing where there is none that this version understands.
    [[nodiscard]] std::optional<format::CostModel> kept() const;
    /// Measures in a process of its own, which takes some seconds, and keeps the result. At most once.
    void measure(Done done);

  private:
    void read();
    void finish(std::string_view how);
    void keep(const format::CostModel& costs) const;

    boost::asio::io_context& context_;
    std::string program_;
    std::filesystem::path file_;
    base::Log log_;
    std::unique_ptr<net::Process> process_;
    std::array<char, 4096> input_{};
    std::string said_;
    Done done_;
};

}  // namespace weir::app
