// Many viewers over TLS in one process, for measuring servers: tls_viewers PORT PATH VIEWERS SECONDS. Each makes a handshake, asks for the
// path over HTTP/1.1 and throws away what it decrypts. Prints one line of JSON: how many are there, and what suite they speak.
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Viewer {
    int socket = -1;
    SSL* session = nullptr;
};

int connect_to(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const void* place = &address;
    return ::connect(socket, static_cast<const sockaddr*>(place), sizeof address) == 0 ? socket : -1;
}

/// One after the other, blocking, so that no server has to take all handshakes at once.
Viewer join(SSL_CTX* context, std::uint16_t port, const std::string& request) {
    Viewer viewer{.socket = connect_to(port), .session = SSL_new(context)};
    SSL_set_fd(viewer.session, viewer.socket);
    if (viewer.socket < 0 || SSL_connect(viewer.session) != 1) return {};
    if (SSL_write(viewer.session, request.data(), static_cast<int>(request.size())) <= 0) return {};
    ::fcntl(viewer.socket, F_SETFL, ::fcntl(viewer.socket, F_GETFL) | O_NONBLOCK);
    return viewer;
}

/// Bytes of plaintext that were there; negative once it is over.
long drain(const Viewer& viewer) {
    static std::array<char, 64 << 10> bytes;
    long total = 0;
    for (;;) {
        const int size = SSL_read(viewer.session, bytes.data(), bytes.size());
        if (size > 0) total += size;
        else return SSL_get_error(viewer.session, size) == SSL_ERROR_WANT_READ ? total : -1;
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) return 2;
    const auto port = static_cast<std::uint16_t>(std::atoi(arguments[1]));
    const std::string request = "GET " + std::string(arguments[2]) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::vector<Viewer> viewers(static_cast<std::size_t>(std::atoi(arguments[3])));
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    std::array<epoll_event, 512> events;
    std::uint64_t bytes = 0;
    std::size_t closed = 0;
    const auto read_what_came = [&](int timeout) {
        const int ready = ::epoll_wait(poll, events.data(), events.size(), timeout);
        for (int i = 0; i < ready; ++i) {
            const Viewer& viewer = viewers[events[static_cast<std::size_t>(i)].data.u32];
            const long size = drain(viewer);
            if (size >= 0) bytes += static_cast<std::uint64_t>(size);
            else if (::epoll_ctl(poll, EPOLL_CTL_DEL, viewer.socket, nullptr) == 0) ++closed;
        }
    };
    for (std::uint32_t i = 0; i < viewers.size(); ++i) {
        viewers[i] = join(context, port, request);
        if (viewers[i].session == nullptr) {
            ++closed;
            continue;
        }
        epoll_event interest{.events = EPOLLIN, .data = {.u32 = i}};
        ::epoll_ctl(poll, EPOLL_CTL_ADD, viewers[i].socket, &interest);
        read_what_came(0);
    }
    std::printf("{\"joined\": %zu}\n", viewers.size() - closed);
    std::fflush(stdout);
    const auto end = Clock::now() + std::chrono::seconds(std::atoi(arguments[4]));
    while (Clock::now() < end) read_what_came(100);
    const char* suite = viewers.empty() || viewers[0].session == nullptr ? "" : SSL_get_cipher(viewers[0].session);
    std::printf("{\"viewers\": %zu, \"closed\": %zu, \"bytes\": %llu, \"suite\": \"%s\"}\n", viewers.size(), closed,
                static_cast<unsigned long long>(bytes), suite);
    return 0;
}
