#include "worker/sandbox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::worker {
namespace {

constexpr int entered = 77;  // the child's status where nothing stopped it

struct End {
    int status = 0;
    std::string said;

    [[nodiscard]] bool was_killed() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }
    [[nodiscard]] bool went_well() const { return WIFEXITED(status) && WEXITSTATUS(status) == entered; }
};

// Runs `what` in a process of its own that has locked itself in, and returns how it ended and what it said.
End in_sandbox(const std::function<void(int socket)>& what) {
    std::array<int, 2> output{};
    std::array<int, 2> sockets{};
    EXPECT_EQ(::pipe(output.data()), 0);
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(output[1], STDERR_FILENO);
        if (!enter_sandbox({sockets[1]})) ::_exit(1);
        what(sockets[1]);
        ::_exit(entered);
    }
    ::close(output[1]);
    ::close(sockets[1]);
    End end;
    std::array<char, 256> piece{};
    for (ssize_t count = 0; (count = ::read(output[0], piece.data(), piece.size())) > 0;)
        end.said.append(piece.data(), static_cast<std::size_t>(count));
    ::waitpid(child, &end.status, 0);
    ::close(output[0]);
    ::close(sockets[0]);
    return end;
}

struct Forbidden {
    const char* name;
    const char* call;  ///< as it is named then
    void (*attempt)(int socket);
};

void PrintTo(const Forbidden& one, std::ostream* out) { *out << one.name; }

char* const no_arguments[] = {nullptr};

const Forbidden forbidden[] = {
    {"open", "openat", [](int) { (void)::open("/etc/passwd", O_RDONLY); }},
    {"create", "openat", [](int) { (void)::open("/tmp", O_TMPFILE | O_RDWR, 0600); }},
    {"remove", "unlink", [](int) { (void)::unlink("/nowhere/at/all"); }},
    {"socket", "socket", [](int) { (void)::socket(AF_INET, SOCK_STREAM, 0); }},
    {"connect", "connect",
     [](int socket) {
         sockaddr address{.sa_family = AF_INET, .sa_data = {}};
         (void)::connect(socket, &address, sizeof address);
     }},
    {"exec", "execve", [](int) { (void)::execve("/bin/true", no_arguments, no_arguments); }},
    {"fork", "clone", [](int) { (void)::fork(); }},
    // It blocks every signal meanwhile: killed all the same, and silent.
    {"spawn", "",
     [](int) {
         pid_t child = 0;
         (void)::posix_spawn(&child, "/bin/true", nullptr, nullptr, no_arguments, no_arguments);
     }},
    {"signal_to_others", "kill", [](int) { (void)::kill(1, 0); }},
    {"executable_memory", "mmap",
     [](int) { (void)::mmap(nullptr, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    {"more_limits", "prlimit64",
     [](int) {
         const rlimit limit{0, 0};
         (void)::setrlimit(RLIMIT_CORE, &limit);
     }},
};

class SandboxForbids : public testing::TestWithParam<Forbidden> {};

TEST_P(SandboxForbids, AWorkerThatTriesIsKilledAndSaysSo) {
    const End end = in_sandbox(GetParam().attempt);
    EXPECT_TRUE(end.was_killed()) << end.status;
    const std::string call = GetParam().call;
    EXPECT_EQ(end.said, call.empty() ? "" : "weir-worker: the sandbox does not allow " + call + "\n");
}

INSTANTIATE_TEST_SUITE_P(EveryWayOut, SandboxForbids, testing::ValuesIn(forbidden),
                         [](const auto& param) { return param.param.name; });

TEST(Sandbox, ThreadsMemoryAndTheOpenSocketGoOnWorking) {
    const End end = in_sandbox([](int socket) {
        std::vector<std::thread> threads;
        std::array<std::size_t, 4> sums{};
        for (std::size_t& sum : sums)
            threads.emplace_back([&sum] {
                std::vector<std::size_t> large(4 << 20, 1);
                sum = std::accumulate(large.begin(), large.end(), std::size_t{0});
            });
        for (std::thread& thread : threads) thread.join();
        if (sums[0] + sums[3] != 8U << 20) std::abort();
        if (::send(socket, "x", 1, MSG_NOSIGNAL) != 1) std::abort();
    });
    EXPECT_TRUE(end.went_well()) << end.said;
}

TEST(Sandbox, AThreadThatWasThereBeforeIsLockedInToo) {
    std::array<int, 2> start{};
    ASSERT_EQ(::pipe(start.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        std::thread early([&] {
            char byte = 0;
            if (::read(start[0], &byte, 1) == 1) (void)::open("/etc/passwd", O_RDONLY);
            ::_exit(entered);
        });
        if (!enter_sandbox({start[0], start[1]})) ::_exit(1);
        if (::write(start[1], "x", 1) != 1) ::_exit(1);
        early.join();
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
    ::close(start[0]);
    ::close(start[1]);
}

TEST(Sandbox, NothingThatWasOpenStaysOpenUnlessItIsNamed) {
    const int secret = ::open("/etc/passwd", O_RDONLY);
    const End end = in_sandbox([&](int) {
        char byte = 0;
        if (::read(secret, &byte, 1) != -1) std::abort();
        if (::prctl(PR_SET_NAME, "still-here") != 0) std::abort();
    });
    EXPECT_TRUE(end.went_well()) << end.said;
    ::close(secret);
}

}  // namespace
}  // namespace weir::worker
