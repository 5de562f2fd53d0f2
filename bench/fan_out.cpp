// One stream to many sockets, three ways, in one process: a bare loop of send(2), the same through batched io_uring, and the
// broadcaster fed with the same bytes at the same cadence. The sockets are read by a child on another core. Each way runs
// once per round, in turn, so that a noisy machine is noisy for all; the table has the medians and their spread.
//
//   fan_out [VIEWERS [SECONDS [ROUNDS]]]
//   fan_out --once WAY VIEWERS SECONDS      one way, once, as one line of JSON: for script/bench, which does the taking turns
#include "base/bytes.hpp"
#include "net/broadcaster.hpp"
#include "net/sender.hpp"

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace {

using namespace weir;
using namespace std::chrono_literals;

constexpr std::size_t bits_per_second = 1'500'000;
constexpr std::size_t sends_per_second = 30;
constexpr std::size_t batch_bytes = bits_per_second / 8 / sends_per_second;

void pin(unsigned core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    (void)::sched_setaffinity(0, sizeof cores, &cores);
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The reading side: `count` connections to `port`, thrown away without a copy until all are closed.
[[noreturn]] void read_all(std::uint16_t port, std::size_t count) {
    pin(1);
    const int poll = ::epoll_create1(0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (std::size_t i = 0; i < count; ++i) {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        const void* place = &address;
        if (::connect(socket, static_cast<const sockaddr*>(place), sizeof address) != 0) ::_exit(1);
        epoll_event interest{};
        interest.events = EPOLLIN;
        interest.data.fd = socket;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &interest);
    }
    std::array<epoll_event, 512> events;
    while (count > 0) {
        const int ready = ::epoll_wait(poll, events.data(), events.size(), -1);
        for (int i = 0; i < ready; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            if (::recv(socket, nullptr, 1 << 20, MSG_TRUNC | MSG_DONTWAIT) == 0) {
                ::close(socket);
                --count;
            }
        }
    }
    ::_exit(0);
}

struct Audience {
    std::vector<int> sockets;
    pid_t reader = -1;

    explicit Audience(std::size_t count) {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        void* place = &address;
        ::bind(listener, static_cast<sockaddr*>(place), size);
        ::listen(listener, 4096);
        ::getsockname(listener, static_cast<sockaddr*>(place), &size);
        reader = ::fork();
        if (reader == 0) read_all(ntohs(address.sin_port), count);
        for (std::size_t i = 0; i < count; ++i) {
            const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
            const int on = 1;
            ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            sockets.push_back(socket);
        }
        ::close(listener);
    }
    ~Audience() {
        for (const int socket : sockets) ::close(socket);
        ::waitpid(reader, nullptr, 0);
    }
};

/// Calls `send` at the cadence for `seconds`; CPU seconds per gigabit of what it says it sent.
double measure(std::size_t seconds, const std::function<std::size_t()>& send) {
    const double before = cpu_seconds();
    std::size_t bytes = 0;
    auto next = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < seconds * sends_per_second; ++i) {
        std::this_thread::sleep_until(next += 1'000'000us / sends_per_second);
        bytes += send();
    }
    return (cpu_seconds() - before) / (static_cast<double>(bytes) * 8 / 1e9);
}

double bare_loop(net::IoKind kind, std::size_t viewers, std::size_t seconds) {
    const Audience audience(viewers);
    const auto sender = net::create_sender(kind);
    std::vector<std::uint8_t> batch(batch_bytes, 0x55);
    const iovec run{batch.data(), batch.size()};
    std::vector<net::SendRequest> requests(viewers);
    return measure(seconds, [&] {
        for (std::size_t i = 0; i < viewers; ++i) requests[i] = {audience.sockets[i], &run, 1, 0};
        sender->send(requests);
        std::size_t sent = 0;
        for (const net::SendRequest& request : requests)
            sent += request.sent > 0 ? static_cast<std::size_t>(request.sent) : 0;
        return sent;
    });
}

double broadcaster(net::IoKind kind, std::size_t viewers, std::size_t seconds) {
    Audience audience(viewers);
    boost::asio::io_context context(1);
    const auto sender = net::create_sender(kind);
    net::Broadcaster broadcaster(context, *sender, {[](auto) {}, [](auto, auto) {}, [](auto) {}});
    base::SlabWriter slabs(64 << 10);
    const std::vector<std::uint8_t> payload(batch_bytes, 0x55);
    std::uint64_t end = 0;
    const auto batch = [&](bool join) {
        stream::LogBatch next;
        next.offset = end;
        slabs.append(payload);
        next.bytes = slabs.take();
        next.marks.push_back({end, media::Ticks(), join, {}, {}});
        end += payload.size();
        next.begin = end > 20 * batch_bytes ? end - 20 * batch_bytes : 0;
        return next;
    };
    broadcaster.receive(batch(true));
    for (int& socket : audience.sockets) broadcaster.add(std::exchange(socket, ::dup(socket)), {}, {});
    for (const int socket : audience.sockets) ::close(socket);
    audience.sockets.clear();
    std::uint64_t before = broadcaster.counts().bytes;
    const double cost = measure(seconds, [&] {
        broadcaster.receive(batch(false));
        context.poll();
        return static_cast<std::size_t>(broadcaster.counts().bytes - std::exchange(before, broadcaster.counts().bytes));
    });
    broadcaster.close_all();
    return cost;
}

}  // namespace

namespace {

struct Way {
    std::string_view name;
    std::string_view title;
    double (*run)(net::IoKind, std::size_t viewers, std::size_t seconds);
    net::IoKind io;
};
constexpr std::array<Way, 4> ways{{
    {"loop-send", "bare loop, send", &bare_loop, net::IoKind::epoll},
    {"loop-uring", "bare loop, io_uring", &bare_loop, net::IoKind::uring},
    {"broadcaster-send", "broadcaster, send", &broadcaster, net::IoKind::epoll},
    {"broadcaster-uring", "broadcaster, io_uring", &broadcaster, net::IoKind::uring},
}};

int run_once(std::string_view name, std::size_t viewers, std::size_t seconds) {
    const auto* way = std::ranges::find(ways, name, &Way::name);
    if (way == ways.end() || viewers == 0 || seconds == 0) {
        fmt::print(stderr,
                   "fan_out: --once WAY VIEWERS SECONDS; a way is loop-send, loop-uring, broadcaster-send or "
                   "broadcaster-uring\n");
        return 2;
    }
    fmt::print("{{\"way\": \"{}\", \"viewers\": {}, \"cpu_seconds_per_gigabit\": {:.6f}}}\n", name, viewers,
               way->run(way->io, viewers, seconds));
    return 0;
}

void run_table(std::size_t viewers, std::size_t seconds, std::size_t rounds) {
    std::array<std::vector<double>, ways.size()> costs;
    for (std::size_t round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < ways.size(); ++i) costs[i].push_back(ways[i].run(ways[i].io, viewers, seconds));
    fmt::print("{} viewers of {} bit/s at {} sends a second; CPU seconds per gigabit\n", viewers, bits_per_second,
               sends_per_second);
    for (std::size_t i = 0; i < ways.size(); ++i) {
        std::ranges::sort(costs[i]);
        fmt::print("{:24} median {:.4f}  min {:.4f}  max {:.4f}\n", ways[i].title, costs[i][costs[i].size() / 2],
                   costs[i].front(), costs[i].back());
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int index, std::size_t otherwise) {
        return argc > index ? static_cast<std::size_t>(std::strtoul(argv[index], nullptr, 10)) : otherwise;
    };
    pin(0);
    if (argc == 5 && std::string_view(argv[1]) == "--once") return run_once(argv[2], argument(3, 0), argument(4, 0));
    run_table(argument(1, 1000), argument(2, 5), argument(3, 5));
    return 0;
}
