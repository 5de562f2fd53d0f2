// Many publishers in one process, to be measured beside other servers: publishers FILE URL COUNT sends the file in a loop to
// URL0, URL1 and so on. Says `ready` once all have been started; ends on SIGTERM, or with 1 when one of them is refused.
#include "app/file_source.hpp"
#include "app/publisher.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace asio = boost::asio;
using namespace weir;

namespace {

// Spread over two seconds, so that their keyframes do not all come at one moment.
constexpr std::chrono::milliseconds spread{2000};

struct Crowd {
    asio::io_context& context;
    std::string file;
    std::string url;
    int count;
    bool failed = false;

    void fail(const std::string& who, const std::string& text) {
        std::fprintf(stderr, "publishers: %s: %s\n", who.c_str(), text.c_str());
        failed = true;
        context.stop();
    }

    void start_one(int number) {
        const std::string name = url + std::to_string(number);
        const auto address = proto::rtmp::parse_url(name);
        auto media = app::MediaFile::open(file);
        if (!address || !media) return fail(name, std::string(!address ? address.error().text : media.error().text));
        auto source = app::play_file(context.get_executor(), std::move(*media), {.loop = true});
        asio::co_spawn(context, app::publish(std::move(source), *address),
                       [this, name](const std::exception_ptr& thrown, const auto& outcome) {
                           fail(name, thrown || outcome ? "it ended" : outcome.error().text);
                       });
    }

    asio::awaitable<void> start_all() {
        asio::steady_timer timer(context);
        for (int number = 0; number < count; ++number) {
            start_one(number);
            timer.expires_after(spread / count);
            co_await timer.async_wait(asio::use_awaitable);
        }
        std::puts("ready");
        std::fflush(stdout);
    }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4 || std::atoi(argv[3]) < 1) {
        std::fputs("publishers FILE rtmp://HOST:PORT/APP/PREFIX COUNT\n", stderr);
        return 2;
    }
    asio::io_context context(1);
    asio::signal_set stop(context, SIGINT, SIGTERM);
    stop.async_wait([&](auto error, int) {
        if (!error) context.stop();
    });
    Crowd crowd{.context = context, .file = argv[1], .url = argv[2], .count = std::atoi(argv[3])};
    asio::co_spawn(context, crowd.start_all(), [](const std::exception_ptr&) {});
    context.run();
    return crowd.failed ? 1 : 0;
}
