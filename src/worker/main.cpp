// The program `weir-worker`: what runs codecs, one process per transcoded stream, started by the server and by nobody else.
#include "worker/serve.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <vector>

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
    std::fputs("weir-worker is started by weir: weir-worker relay DESCRIPTOR; by hand: weir-worker version\n", stderr);
    return 2;
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string_view> arguments(values + 1, values + count);
    if (arguments.size() == 1 && arguments[0] == "version") return print_version();
    if (arguments.size() != 2 || arguments[0] != "relay") return print_usage();
    const std::optional<int> socket = parse_descriptor(arguments[1]);
    if (!socket) return print_usage();
    if (!weir::worker::bind_to_parent()) return EXIT_FAILURE;
    return weir::worker::serve_relay(*socket, program);
}
