// The program `weir-worker`: what runs codecs, one process per transcoded stream, started by the server and by nobody else.
#include <cstdio>
#include <span>
#include <string_view>

int main(int count, char** values) {
    const std::span arguments(values, static_cast<std::size_t>(count));
    if (arguments.size() == 2 && std::string_view(arguments[1]) == "version") {
        std::puts("weir-worker " WEIR_VERSION);
        return 0;
    }
    std::fputs("weir-worker is started by weir; by hand: weir-worker version\n", stderr);
    return 2;
}
