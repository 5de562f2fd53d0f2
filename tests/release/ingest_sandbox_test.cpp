#include "worker/broker.hpp"
#include "worker/sandbox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::worker {
namespace {

constexpr int entered = 77;  // the child's status where nothing stopped it

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}
const sockaddr* generic(const sockaddr_in& address) {
    return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

// A listener on a port of its own: what a worker would reach if it could.
class Listener {
  public:
    Listener() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(socket_, generic(address), size), 0);
        EXPECT_EQ(::listen(socket_, 4), 0);
        ::getsockname(socket_, static_cast<sockaddr*>(static_cast<void*>(&address)), &size);
        port_ = ntohs(address.sin_port);
    }
    ~Listener() { ::close(socket_); }
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    int socket_;
    std::uint16_t port_ = 0;
};

// Runs `what` in a process that is locked in as one that reads sources; how it ended.
int locked_in(std::vector<std::string> networks, bool with_datagrams, const std::function<void()>& what) {
    const pid_t child = ::fork();
    if (child == 0) {
        const auto broker = Broker::start({base::AddressPolicy::of(networks), with_datagrams});
        if (!broker) ::_exit(1);
        route_network_through(*broker);
        std::array<int, 2> server{};
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, server.data()) != 0) ::_exit(1);
        if (!enter_ingest_sandbox({server[0], broker->descriptor(), -1, {}}, with_datagrams)) ::_exit(1);
        what();
        ::_exit(entered);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}
bool went_well(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == entered; }
bool was_killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }
void must(bool good) {
    if (!good) ::_exit(2);
}

TEST(IngestSandbox, ConnectsThroughItsBrokerWhereThePolicyAllowsIt) {
    const Listener listener;
    const auto attempt = [&] {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in there = loopback(listener.port());
        must(socket >= 0);
        must(::connect(socket, generic(there), sizeof there) == 0);
        must(network_trace().peer == "127.0.0.1:" + std::to_string(listener.port()));
    };
    EXPECT_TRUE(went_well(locked_in({"127.0.0.0/8"}, false, attempt)));
}

TEST(IngestSandbox, APrivateAddressThatIsNotConfiguredIsRefusedAndNamed) {
    const Listener listener;
    const auto attempt = [&] {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in there = loopback(listener.port());
        must(::connect(socket, generic(there), sizeof there) == -1 && errno == EACCES);
        must(network_trace().refused == "127.0.0.1:" + std::to_string(listener.port()));
    };
    EXPECT_TRUE(went_well(locked_in({"10.0.0.0/8"}, false, attempt)));
}

// Whoever has taken the process over does not ask the C library.
TEST(IngestSandbox, TheKernelItselfConnectsNothing) {
    const Listener listener;
    const auto attempt = [&] {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in there = loopback(listener.port());
        must(::syscall(SYS_connect, socket, &there, sizeof there) == -1 && errno == EACCES);
        must(::syscall(SYS_bind, socket, &there, sizeof there) == -1 && errno == EACCES);
    };
    EXPECT_TRUE(went_well(locked_in({"127.0.0.0/8"}, false, attempt)));
    // Data with an address, and a connection that begins with data.
    EXPECT_TRUE(was_killed(locked_in({"127.0.0.0/8"}, false, [&] {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in there = loopback(listener.port());
        (void)::sendto(socket, "x", 1, MSG_FASTOPEN, generic(there), sizeof there);
    })));
    EXPECT_TRUE(was_killed(locked_in({"127.0.0.0/8"}, false, [&] {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in there = loopback(listener.port());
        msghdr header{};
        header.msg_name = &there;
        header.msg_namelen = sizeof there;
        (void)::sendmsg(socket, &header, MSG_FASTOPEN);
    })));
}

TEST(IngestSandbox, NamesAreResolvedByTheBroker) {
    const auto attempt = [] {
        addrinfo* list = nullptr;
        must(::getaddrinfo("localhost", "80", nullptr, &list) == 0 && list != nullptr);
        bool is_loopback = false;
        for (const addrinfo* one = list; one != nullptr; one = one->ai_next) is_loopback |= one->ai_family == AF_INET;
        ::freeaddrinfo(list);
        must(is_loopback);
        must(::getaddrinfo("no.such.host.invalid", "80", nullptr, &list) != 0);
    };
    EXPECT_TRUE(went_well(locked_in({}, false, attempt)));
}

TEST(IngestSandbox, FilesAreRefusedAndDoNotEndIt) {
    const auto attempt = [] {
        must(::open("/etc/passwd", O_RDONLY) == -1 && errno == EACCES);
        must(std::fopen("/etc/passwd", "r") == nullptr);
    };
    EXPECT_TRUE(went_well(locked_in({}, false, attempt)));
    EXPECT_TRUE(was_killed(locked_in({}, false, [] { (void)::fork(); })));
}

TEST(IngestSandbox, OnlySourcesOverUdpHaveUdp) {
    const auto attempt = [] {
        const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
        sockaddr_in here = loopback(0);
        here.sin_addr.s_addr = INADDR_ANY;
        here.sin_port = htons(80);
        must(::bind(socket, generic(here), sizeof here) == -1 && errno == EACCES);
        here.sin_port = htons(static_cast<std::uint16_t>(20000 + ::getpid() % 20000));
        must(::bind(socket, generic(here), sizeof here) == 0);
    };
    EXPECT_TRUE(went_well(locked_in({}, true, attempt)));
    EXPECT_TRUE(was_killed(locked_in({}, false, [] { (void)::socket(AF_INET, SOCK_DGRAM, 0); })));
    EXPECT_TRUE(was_killed(locked_in({}, true, [] { (void)::socket(AF_UNIX, SOCK_STREAM, 0); })));
}

}  // namespace
}  // namespace weir::worker
