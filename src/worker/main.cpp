// The program `weir-worker`: what runs codecs and foreign containers, a process per transcoded and per fetched stream, started by the server and by nobody else.
#include "worker/calibrate.hpp"
#include "worker/demo_source.hpp"
#include "worker/ingest.hpp"
#include "worker/serve.hpp"
#include "worker/slate.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

constexpr const char* program = "weir-worker " WEIR_VERSION;

std::optional<int> parse_descriptor(std::string_view text) {
    int descriptor = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), descriptor);
    if (error != std::errc() || end != text.data() + text.size() || descriptor < 0) return std::nullopt;
    return descriptor;
}

int print_version() {
    std::puts(program);
    return EXIT_SUCCESS;
}

int print_usage() {
    std::fputs(
        "weir-worker is started by weir: weir-worker relay|ingest|demo|calibrate DESCRIPTOR, or slate DESCRIPTOR FILE; "
        "by hand: weir-worker calibrate, or version\n",
        stderr);
    return 2;
}

int calibrate(int descriptor) { return weir::worker::calibrate(descriptor); }
int demo(int socket) { return weir::worker::serve_demo(socket, program); }
int ingest(int socket) { return weir::worker::serve_ingest(socket, program); }
int relay(int socket) { return weir::worker::serve_relay(socket, program); }
int slate(int socket, const char* file) {
    return weir::worker::bind_to_parent() ? weir::worker::serve_slate(socket, file, program) : EXIT_FAILURE;
}

struct Verb {
    std::string_view name;
    int (*run)(int descriptor);
    bool yields;  ///< a source does not: it is as much in real time as the server
};
constexpr Verb verbs[] = {
    {"relay", relay, true}, {"ingest", ingest, false}, {"demo", demo, false}, {"calibrate", calibrate, true}};

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string_view> arguments(values + 1, values + count);
    if (arguments.size() == 1 && arguments[0] == "version") return print_version();
    if (arguments.size() == 1 && arguments[0] == "calibrate") return calibrate(STDOUT_FILENO);
    if (arguments.size() < 2) return print_usage();
    const std::optional<int> descriptor = parse_descriptor(arguments[1]);
    if (arguments.size() == 3 && arguments[0] == "slate" && descriptor) return slate(*descriptor, values[3]);
    if (arguments.size() != 2) return print_usage();
    for (const Verb& verb : verbs) {
        if (verb.name != arguments[0] || !descriptor) continue;
        if (!weir::worker::bind_to_parent()) return EXIT_FAILURE;
        if (verb.yields) weir::worker::yield_to_the_server();
        return verb.run(*descriptor);
    }
    return print_usage();
}
