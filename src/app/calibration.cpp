#include "app/calibration.hpp"

#include <boost/asio/buffer.hpp>

#include <fstream>
#include <iterator>
#include <utility>

namespace weir::app {

namespace asio = boost::asio;

namespace {

constexpr std::size_t longest_answer = 64U << 10;

}  // namespace

std::optional<format::CostModel> Calibration::kept() const {
    std::ifstream file(file_);
    if (!file) return std::nullopt;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto costs = format::parse_costs(text);
    if (costs) return std::move(*costs);
    log_.warning("the kept costs of transcoding are of no use: they are measured anew",
                 {{"file", file_.string()}, {"error", costs.error()}});
    return std::nullopt;
}

void Calibration::measure(Done done) {
    done_ = std::move(done);
    const std::array<std::string, 3> arguments{program_, "calibrate", std::to_string(net::Process::child_descriptor)};
    auto process = net::Process::spawn(
        context_, program_, arguments,
        {.exited = [this](std::string_view how) { finish(how); },
         .said = [this](std::string_view line) { log_.warning("the worker complains", {{"line", line}}); }});
    if (!process) {
        log_.warning("the costs of transcoding are not measured: those of an ordinary core hold",
                     {{"program", program_}, {"error", process.error()}});
        return;
    }
    process_ = std::move(*process);
    log_.info("measuring what transcoding costs on this machine");
    read();
}

// The answer is a line that fits the socket, so that all of it is there when the process has ended; it is read as it comes all
// the same, and no more of it than could be one.
void Calibration::read() {
    process_->socket().async_wait(asio::socket_base::wait_read, [this](boost::system::error_code error) {
        if (error) return;
        const std::size_t count = process_->socket().read_some(asio::buffer(input_), error);
        if (error && error != asio::error::would_block) return;
        said_.append(input_.data(), std::min(count, longest_answer - std::min(longest_answer, said_.size())));
        read();
    });
}

void Calibration::finish(std::string_view how) {
    boost::system::error_code error;
    while (const std::size_t count = process_->socket().read_some(asio::buffer(input_), error))
        if (said_.size() < longest_answer) said_.append(input_.data(), count);
    const auto costs = format::parse_costs(said_);
    if (!costs) {
        log_.warning("the costs of transcoding could not be measured: those of an ordinary core hold",
                     {{"worker", how}, {"error", costs.error()}});
        return;
    }
    keep(*costs);
    done_(*costs);
}

void Calibration::keep(const format::CostModel& costs) const {
    std::error_code error;
    std::filesystem::create_directories(file_.parent_path(), error);
    const std::filesystem::path fresh = file_.string() + ".new";
    {
        std::ofstream file(fresh);
        file << format::write(costs) << '\n';
        if (!file.flush()) error = std::make_error_code(std::errc::io_error);
    }
    if (!error) std::filesystem::rename(fresh, file_, error);
    if (error)
        log_.warning("the costs of transcoding cannot be kept: store.path is not writable",
                     {{"file", file_.string()}, {"error", error.message()}});
    else log_.info("measured what transcoding costs", {{"file", file_.string()}});
}

}  // namespace weir::app
