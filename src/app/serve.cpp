#include "app/serve.hpp"

#include "app/demo.hpp"
#include "app/publisher.hpp"
#include "app/server.hpp"
#include "app/version.hpp"
#include "base/journal.hpp"
#include "config/difference.hpp"
#include "config/load.hpp"
#include "net/process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <filesystem>
#include <optional>

namespace weir::app {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

std::expected<config::Config, config::Problems> load(const ServeOptions& options) {
    const auto sources = config::read_sources(options.config_file, options.settings);
    if (!sources) return std::unexpected(config::Problems{sources.error()});
    return config::load(*sources);
}

// The life of the process around the server: signals, the watch over the file, the demo's source. On the main thread.
class Supervisor {
  public:
    Supervisor(const ServeOptions& options, Server& server, base::Journal& journal)
        : options_(options), server_(server), log_(journal.log()), stamp_(stamp()) {}

    void run() {
        end_.async_wait([this](auto error, int signal) {
            if (error) return;
            log_.info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
            context_.stop();
        });
        wait_for_hangup();
        asio::co_spawn(context_, watch_files(), asio::detached);
        asio::co_spawn(context_, give_back_memory(), asio::detached);
        if (options_.demo) asio::co_spawn(context_, play_demo(), asio::detached);
        context_.run();
    }

  private:
    void wait_for_hangup() {
        hangup_.async_wait([this](auto error, int) {
            if (error) return;
            reload("SIGHUP");
            wait_for_hangup();
        });
    }

    // A file that is not there for a moment (an editor replaces it) is no change.
    std::optional<std::filesystem::file_time_type> stamp() const {
        std::error_code error;
        const auto time = std::filesystem::last_write_time(options_.config_file, error);
        return error ? std::nullopt : std::optional(time);
    }

    asio::awaitable<void> watch_files() {
        asio::steady_timer timer(context_);
        while (true) {
            timer.expires_after(1s);
            co_await timer.async_wait(asio::use_awaitable);
            server_.look_at_certificate();
            const auto now = stamp();
            if (!now || now == stamp_) continue;
            stamp_ = now;
            reload("the file changed");
        }
    }

    asio::awaitable<void> give_back_memory() {
        asio::steady_timer timer(context_);
        while (true) {
            timer.expires_after(5s);
            co_await timer.async_wait(asio::use_awaitable);
            server_.give_back_memory();
        }
    }

    void reload(std::string_view why) {
        auto config = load(options_);
        if (config) {
            log_.info("configuration loaded again", {{"because", why}});
            server_.reload(std::move(*config));
            return;
        }
        log_.error("the configuration has errors: the one in force stays", {{"because", why}});
        for (const config::Problem& problem : config.error()) log_.error(problem.text());
    }

    // Through the real door, so that the demo is what any publisher has. Comes back when it is thrown out.
    asio::awaitable<void> play_demo() {
        asio::steady_timer timer(context_);
        const std::string program = net::beside_this_program("weir-worker");
        while (true) {
            if (auto source = start_demo(context_, program, log_)) {
                const RtmpUrl url{.host = "127.0.0.1", .port = server_.rtmp_port(), .app = "live", .key = "demo"};
                const auto ended = co_await publish(std::move(*source), url);
                if (!ended) log_.warning("the demo's source ended; it comes back", {{"error", ended.error().text}});
            } else {
                log_.error("the demo has no source", {{"program", program}, {"error", source.error()}});
            }
            timer.expires_after(2s);
            co_await timer.async_wait(asio::use_awaitable);
        }
    }

    const ServeOptions& options_;
    Server& server_;
    base::Log log_;
    asio::io_context context_{1};
    asio::signal_set end_{context_, SIGINT, SIGTERM};
    asio::signal_set hangup_{context_, SIGHUP};
    std::optional<std::filesystem::file_time_type> stamp_;
};

}  // namespace

int serve(const ServeOptions& options) {
    (void)std::signal(SIGPIPE, SIG_IGN);
    auto config = load(options);
    if (!config) {
        base::Journal journal;
        for (const config::Problem& problem : config.error()) journal.log().error(problem.text());
        return 1;
    }
    base::Journal journal(config->log.level, config->log.format);
    journal.log().info("starting", {{"version", version_text()}});
    auto server = Server::create(std::move(*config), journal);
    if (!server) {
        journal.log().error(server.error());
        return 1;
    }
    (*server)->start();
    Supervisor(options, **server, journal).run();
    (*server)->stop();
    journal.log().info("stopped");
    return 0;
}

}  // namespace weir::app
