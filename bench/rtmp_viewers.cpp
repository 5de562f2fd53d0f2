// Many RTMP players in one process, for measuring servers that play RTMP: rtmp_viewers PORT APP NAME VIEWERS SECONDS. Each does
// the plain handshake (RTMP 5.2) and sends connect, createStream and play as canned bytes without waiting for the answers; from
// then on what comes is thrown away inside the kernel. Prints one line of JSON.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t handshake_bytes = 1536;

// AMF0 (one byte of type, then the value), as much of it as three commands take.
std::string short_text(std::string_view text) {
    return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)} + std::string(text);
}
std::string amf_text(std::string_view text) { return '\x02' + short_text(text); }
std::string amf_number(char high, char low) { return std::string{'\x00', high, low} + std::string(6, '\x00'); }
const std::string amf_null(1, '\x05');
const std::string amf_one = amf_number('\x3f', '\xf0');
const std::string amf_two = amf_number('\x40', '\x00');

// A command on chunk stream 3 with a full header; it fits the default chunk size of 128 bytes.
std::string command(char message_stream, const std::string& body) {
    std::string header{'\x03', 0, 0, 0, 0, 0, static_cast<char>(body.size()), '\x14', message_stream, 0, 0, 0};
    return header + body;
}

std::string commands(const std::string& address, const std::string& app, const std::string& name) {
    const std::string object = '\x03' + short_text("app") + amf_text(app) + short_text("tcUrl") + amf_text(address) +
                               std::string{'\x00', '\x00', '\x09'};
    return command(0, amf_text("connect") + amf_one + object) +
           command(0, amf_text("createStream") + amf_two + amf_null) +
           command(1, amf_text("play") + amf_number(0, 0) + amf_null + amf_text(name));
}

struct Viewer {
    int socket = -1;
    std::size_t shaken = 0;  ///< bytes of S0 and S1 received
    bool playing = false;
};

class Audience {
  public:
    Audience(std::uint16_t port, std::string asks, std::size_t count)
        : asks_(std::move(asks)), poll_(::epoll_create1(EPOLL_CLOEXEC)), viewers_(count) {
        address_.sin_family = AF_INET;
        address_.sin_port = htons(port);
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }

    void run(Clock::duration duration) {
        const auto end = Clock::now() + duration;
        for (Viewer& viewer : viewers_) {
            connect(viewer);
            wait(0);
        }
        while (Clock::now() < end && closed_ < viewers_.size()) wait(20);
    }
    [[nodiscard]] std::size_t closed() const noexcept { return closed_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    void connect(Viewer& viewer) {
        viewer.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const void* place = &address_;
        std::string hello(1 + handshake_bytes, '\x00');
        hello[0] = '\x03';
        if (::connect(viewer.socket, static_cast<const sockaddr*>(place), sizeof address_) != 0 ||
            ::send(viewer.socket, hello.data(), hello.size(), MSG_NOSIGNAL) < 0)
            return leave(viewer);
        epoll_event interest{};
        interest.events = EPOLLIN;
        interest.data.ptr = &viewer;
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, viewer.socket, &interest);
    }

    void wait(int milliseconds) {
        std::array<epoll_event, 512> events;
        const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), milliseconds);
        for (int i = 0; i < count; ++i) read(*static_cast<Viewer*>(events[static_cast<std::size_t>(i)].data.ptr));
    }

    void read(Viewer& viewer) {
        std::array<char, 1 + handshake_bytes> input;
        const ssize_t count = viewer.playing
                                  ? ::recv(viewer.socket, nullptr, 4 << 20, MSG_TRUNC | MSG_DONTWAIT)
                                  : ::recv(viewer.socket, input.data(), input.size() - viewer.shaken, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count <= 0) return leave(viewer);
        bytes_ += static_cast<std::uint64_t>(count);
        if (viewer.playing) return;
        viewer.shaken += static_cast<std::size_t>(count);
        if (viewer.shaken < input.size()) return;
        // C2 has the same size as S1; servers that answer a plain handshake do not look at it.
        const std::string answer = std::string(handshake_bytes, '\x00') + asks_;
        if (::send(viewer.socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return leave(viewer);
        viewer.playing = true;
    }

    void leave(Viewer& viewer) {
        ::close(std::exchange(viewer.socket, -1));
        ++closed_;
    }

    std::string asks_;
    int poll_;
    sockaddr_in address_{};
    std::vector<Viewer> viewers_;
    std::size_t closed_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::fputs("rtmp_viewers PORT APP NAME VIEWERS SECONDS\n", stderr);
        return 2;
    }
    const std::string address = std::string("rtmp://127.0.0.1:") + argv[1] + '/' + argv[2];
    Audience audience(static_cast<std::uint16_t>(std::atoi(argv[1])), commands(address, argv[2], argv[3]),
                      std::strtoull(argv[4], nullptr, 10));
    audience.run(std::chrono::seconds(std::atoi(argv[5])));
    std::printf("{\"bytes\": %llu, \"closed\": %zu}\n", static_cast<unsigned long long>(audience.bytes()),
                audience.closed());
    return audience.closed() == 0 ? 0 : 1;
}
