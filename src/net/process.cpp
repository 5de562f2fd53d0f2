#include "net/process.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

namespace weir::net {

namespace asio = boost::asio;
using base::ErrorKind;
using base::fail;

namespace {

/// Closes what it still holds.
class Descriptor {
  public:
    Descriptor() noexcept = default;
    explicit Descriptor(int descriptor) noexcept : descriptor_(descriptor) {}
    Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    [[nodiscard]] int get() const noexcept { return descriptor_; }
    [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }

  private:
    int descriptor_ = -1;
};

struct Pair {
    Descriptor ours;
    Descriptor theirs;
};

base::Result<Pair> socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return fail(ErrorKind::io, "no socketpair for a worker: too many open files?");
    return Pair{Descriptor(ends[0]), Descriptor(ends[1])};
}

base::Result<Pair> error_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorKind::io, "no pipe for a worker: too many open files?");
    return Pair{Descriptor(ends[0]), Descriptor(ends[1])};
}

// What the child finds open. Descriptors above its own are closed whatever their flags: sockets of viewers have none.
class FileActions {
  public:
    FileActions() noexcept { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;

    void arrange(int socket, int error) noexcept {
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, error, STDERR_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, socket, Process::child_descriptor);
        posix_spawn_file_actions_addclosefrom_np(&actions_, Process::child_descriptor + 1);
    }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

// The child starts with the signals that a fresh program has, whatever the server blocks or ignores.
class SpawnAttributes {
  public:
    SpawnAttributes() noexcept {
        posix_spawnattr_init(&attributes_);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

base::Result<pid_t> start(const std::string& program, std::span<const std::string> arguments, int socket, int error) {
    FileActions actions;
    actions.arrange(socket, error);
    const SpawnAttributes attributes;
    std::vector<std::string> words(arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    if (::posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), argv.data(), environ) != 0)
        return fail(ErrorKind::io, "the program of a worker cannot be started: is it beside the server's?");
    return pid;
}

std::string describe(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) return fmt::format("exited with status {}", info.si_status);
    return fmt::format("killed by signal {} ({})", info.si_status, ::strsignal(info.si_status));
}

}  // namespace

// Lives as long as somebody waits for it: the operations in flight keep it, and the kernel keeps the child until it is reaped.
struct Process::Child : std::enable_shared_from_this<Process::Child> {
    Child(asio::io_context& context, pid_t its_pid, Listener to)
        : pid(its_pid), listener(std::move(to)), socket(context), error(context), exit(context) {}

    void wait_for_exit() {
        exit.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](auto failed) {
            if (!failed) self->reap();
        });
    }

    void reap() {
        siginfo_t info{};
        if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
        has_ended = true;
        exit.close();
        read_error();
        error.close();
        if (const auto tell = std::exchange(listener, {}).exited) tell(describe(info));
    }

    void wait_for_error() {
        error.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](auto failed) {
            if (!failed && self->error.is_open() && self->read_error()) self->wait_for_error();
        });
    }

    /// False at the end of the pipe.
    bool read_error() {
        std::array<char, 1024> buffer;
        while (true) {
            const ssize_t count = ::read(error.native_handle(), buffer.data(), buffer.size());
            if (count <= 0) return count != 0 && errno == EAGAIN;
            for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(count))) take(c);
        }
    }

    void take(char c) {
        if (c != '\n') {
            if (line.size() < longest_line) line += c;
            return;
        }
        const std::string whole = std::exchange(line, {});
        if (listener.said) listener.said(whole);
    }

    const pid_t pid;
    Listener listener;
    asio::local::stream_protocol::socket socket;
    asio::posix::stream_descriptor error;
    asio::posix::stream_descriptor exit;  ///< a pidfd: readable once the child has ended
    std::string line;
    bool has_ended = false;
};

base::Result<std::unique_ptr<Process>> Process::spawn(asio::io_context& context, const std::string& program,
                                                      std::span<const std::string> arguments, Listener listener) {
    Pair sockets = TRY(socket_pair());
    Pair errors = TRY(error_pipe());
    const pid_t pid = TRY(start(program, arguments, sockets.theirs.get(), errors.theirs.get()));
    auto child = std::make_shared<Child>(context, pid, std::move(listener));
    Descriptor exit(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (exit.get() < 0) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return fail(ErrorKind::io, "no descriptor for a worker's process: too many open files?");
    }
    ::fcntl(errors.ours.get(), F_SETFL, O_NONBLOCK);
    child->socket.assign(asio::local::stream_protocol(), sockets.ours.release());
    child->socket.non_blocking(true);
    child->error.assign(errors.ours.release());
    child->exit.assign(exit.release());
    child->wait_for_exit();
    child->wait_for_error();
    return std::unique_ptr<Process>(new Process(std::move(child)));
}

Process::~Process() {
    child_->listener = {};
    kill();
    boost::system::error_code ignored;
    child_->socket.close(ignored);
}

pid_t Process::pid() const noexcept { return child_->pid; }

asio::local::stream_protocol::socket& Process::socket() noexcept { return child_->socket; }

void Process::kill() noexcept {
    if (!child_->has_ended) ::kill(child_->pid, SIGKILL);
}

std::string beside_this_program(std::string_view name) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::string(name) : (self.parent_path() / name).string();
}

}  // namespace weir::net
