#include "app/demo.hpp"

#include "format/relay.hpp"
#include "net/process.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <utility>
#include <vector>

namespace weir::app {

namespace asio = boost::asio;
namespace relay = format::relay;
using base::ErrorKind;

namespace {

class DemoWorker final : public LiveSource {
  public:
    DemoWorker(asio::io_context& context, base::Log log)
        : log_(std::move(log)), ended_(context, asio::steady_timer::time_point::max()), buffer_(256U << 10) {}

    base::Result<void> start(asio::io_context& context, const std::string& program) {
        const std::array<std::string, 3> arguments{program, "demo", std::to_string(net::Process::child_descriptor)};
        process_ = TRY(net::Process::spawn(
            context, program, arguments,
            {.exited =
                 [this](std::string_view how) {
                     end_ = how;
                     ended_.cancel();
                 },
             .said =
                 [this](std::string_view line) { log_.warning("the demo's worker complains", {{"line", line}}); }}));
        return {};
    }

    asio::awaitable<Next> next() override {
        while (waiting_.empty()) {
            auto message = reader_.next();
            if (!message)
                co_return std::unexpected(PublishFailure{message.error().kind, std::string(message.error().text)});
            if (*message) {
                std::visit([&](auto& one) { take(one); }, **message);
                continue;
            }
            boost::system::error_code error;
            const std::size_t count = co_await process_->socket().async_read_some(
                asio::buffer(buffer_), asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return co_await failure();
            reader_.receive({buffer_.data(), count});
        }
        MediaEvent event = std::move(waiting_.front());
        waiting_.pop_front();
        co_return event;
    }

  private:
    void take(relay::Tracks& tracks) {
        waiting_.insert(waiting_.end(), tracks.tracks->tracks.begin(), tracks.tracks->tracks.end());
    }
    void take(relay::Media& media) { waiting_.emplace_back(std::move(media.packet)); }
    void take(relay::Remark& remark) { log_.write(remark.level, "the demo's worker", {{"says", remark.text}}); }
    // What a demo has no use for.
    void take(auto&) {}

    // The socket is closed; how the process ended is known a moment later.
    asio::awaitable<Next> failure() {
        boost::system::error_code ignored;
        if (end_.empty()) {
            ended_.expires_after(std::chrono::seconds(1));
            co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        co_return std::unexpected(
            PublishFailure{ErrorKind::closed, "the worker " + (end_.empty() ? "fell silent" : end_)});
    }

    base::Log log_;
    asio::steady_timer ended_;
    std::string end_;  ///< in words; empty while it runs
    std::unique_ptr<net::Process> process_;
    relay::Reader reader_;
    std::vector<std::uint8_t> buffer_;
    std::deque<MediaEvent> waiting_;
};

}  // namespace

base::Result<std::unique_ptr<LiveSource>> start_demo(asio::io_context& context, const std::string& program,
                                                     base::Log log) {
    auto worker = std::make_unique<DemoWorker>(context, std::move(log));
    TRY(worker->start(context, program));
    return worker;
}

}  // namespace weir::app
