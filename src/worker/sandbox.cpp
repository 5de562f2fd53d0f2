#include "worker/sandbox.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

namespace weir::worker {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

// The names of the system calls by number, looked up before the lock: a signal handler may not ask for them.
constexpr std::size_t known_calls = 512;
std::array<std::array<char, 32>, known_calls> call_names;  // NOLINT: written once, before the handler is set

void learn_call_names() {
    for (std::size_t number = 0; number < known_calls; ++number) {
        const std::unique_ptr<char, decltype(&std::free)> name(
            seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number)), &std::free);
        const std::string_view text = name ? name.get() : "?";
        std::ranges::copy(text.substr(0, call_names[number].size() - 1), call_names[number].begin());
    }
}

void say(const char* text) {
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

// Says which call it was, and then makes one that is never allowed: now that SIGSYS is blocked, the kernel ends the process.
void on_refused(int, siginfo_t* info, void*) {
    const auto number = static_cast<std::size_t>(info->si_syscall);
    say("weir-worker: the sandbox does not allow ");
    say(number < known_calls ? call_names[number].data() : "an unknown system call");
    say("\n");
    ::syscall(SYS_ptrace, 0, 0, 0, 0);
    ::_exit(EXIT_FAILURE);
}

Result<void> answer_refusals() {
    learn_call_names();
    struct sigaction action{};
    action.sa_sigaction = on_refused;
    action.sa_flags = SA_SIGINFO;
    if (::sigaction(SIGSYS, &action, nullptr) != 0) return fail(ErrorKind::io, "SIGSYS cannot be handled");
    return {};
}

Result<void> close_all_but(std::vector<int> kept) {
    kept.push_back(STDERR_FILENO);
    std::ranges::sort(kept);
    unsigned next = 0;
    for (const int descriptor : kept) {
        const auto number = static_cast<unsigned>(descriptor);
        if (number > next && ::close_range(next, number - 1, 0) != 0)
            return fail(ErrorKind::io, "descriptors cannot be closed");
        next = std::max(next, number + 1);
    }
    if (::close_range(next, ~0U, 0) != 0) return fail(ErrorKind::io, "descriptors cannot be closed");
    return {};
}

// Always allowed, whatever the arguments.
constexpr int allowed[] = {
    // what is open already
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg), SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(fstat), SCMP_SYS(lseek),
    // memory
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    // threads
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu), SCMP_SYS(membarrier), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(getpid), SCMP_SYS(gettid),
    // time, chance and use of the machine
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(getrusage), SCMP_SYS(restart_syscall),
    // signals
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack)};

/// A call that is allowed where its arguments are harmless.
struct Condition {
    int call;
    std::vector<scmp_arg_cmp> arguments;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
scmp_arg_cmp has(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

/// In every profile.
std::vector<Condition> conditions() {
    return {
        {SCMP_SYS(mmap), {has(2, PROT_EXEC, 0)}},
        {SCMP_SYS(mprotect), {has(2, PROT_EXEC, 0)}},
        {SCMP_SYS(clone), {has(0, CLONE_THREAD, CLONE_THREAD)}},
        {SCMP_SYS(sendto), {equals(4, 0)}},     // to nobody but the peer
        {SCMP_SYS(prlimit64), {equals(2, 0)}},  // to read a limit
        {SCMP_SYS(getpriority), {equals(0, PRIO_PROCESS)}},
        {SCMP_SYS(setpriority), {equals(0, PRIO_PROCESS)}},                       // a thread yields to another
        {SCMP_SYS(prctl), {equals(0, PR_SET_NAME)}},                              // FFmpeg names its threads
        {SCMP_SYS(tgkill), {equals(0, static_cast<std::uint64_t>(::getpid()))}},  // abort
        {SCMP_SYS(fcntl), {equals(1, F_GETFL)}},
        {SCMP_SYS(fcntl), {equals(1, F_SETFL)}},
    };
}

/// What is allowed besides, and what is refused without an end.
struct Profile {
    std::vector<int> allowed;
    std::vector<Condition> conditions;
    std::vector<int> refused;  ///< answered with EACCES
};

Profile codec_profile() { return {.allowed = {SCMP_SYS(sendmsg)}, .conditions = {}, .refused = {}}; }

// With `sendmsg` an address may come along, behind a pointer: the two sockets that need it lead nowhere else, and who gives another
// one's number to a socket of TCP cannot begin a connection by it.
Profile ingest_profile(const IngestDescriptors& open, bool with_datagrams) {
    const auto sends = [](int descriptor) {
        return Condition{SCMP_SYS(sendmsg),
                         {equals(0, static_cast<std::uint64_t>(descriptor)), has(2, MSG_FASTOPEN, 0)}};
    };
    const auto makes = [](int family, int type) {
        constexpr std::uint64_t type_bits = 0xf;
        return Condition{
            SCMP_SYS(socket),
            {equals(0, static_cast<std::uint64_t>(family)), has(1, type_bits, static_cast<std::uint64_t>(type))}};
    };
    Profile profile{
        .allowed = {SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername)},
        .conditions = {sends(open.server), sends(open.broker), makes(AF_INET, SOCK_STREAM),
                       makes(AF_INET6, SOCK_STREAM)},
        .refused = {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(stat),
                    SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
                    SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(uname), SCMP_SYS(ioctl),
                    SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(unlink)}};
    if (!with_datagrams) return profile;
    profile.conditions.push_back(makes(AF_INET, SOCK_DGRAM));
    profile.conditions.push_back(makes(AF_INET6, SOCK_DGRAM));
    return profile;
}

void release_filter(void* filter) { seccomp_release(filter); }

Result<void> filter_system_calls(const Profile& profile) {
    const std::unique_ptr<void, decltype(&release_filter)> filter(seccomp_init(SCMP_ACT_TRAP), &release_filter);
    if (!filter) return fail(ErrorKind::io, "there is no filter of system calls");
    bool is_made = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&  // threads that there are, too
                   seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0;
    const auto allow = [&](int call, std::span<const scmp_arg_cmp> arguments = {}) {
        is_made = is_made && seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call,
                                                    static_cast<unsigned>(arguments.size()), arguments.data()) == 0;
    };
    for (const int call : allowed) allow(call);
    for (const int call : profile.allowed) allow(call);
    for (const auto& [call, arguments] : conditions()) allow(call, arguments);
    for (const auto& [call, arguments] : profile.conditions) allow(call, arguments);
    for (const int call : profile.refused)
        is_made = is_made && seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), call, 0) == 0;
    // Its flags are behind a pointer, where a filter cannot look. The C library falls back to clone.
    is_made = is_made && seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    if (!is_made || seccomp_load(filter.get()) != 0)
        return fail(ErrorKind::io, "the filter of system calls is refused");
    return {};
}

Result<void> lock(std::vector<int> keep, const Profile& profile) {
    TRY(close_all_but(std::move(keep)));
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(ErrorKind::io, "privileges cannot be given up");
    if constexpr (!sandbox_filters) return {};
    TRY(answer_refusals());
    return filter_system_calls(profile);
}

}  // namespace

Result<void> enter_sandbox(std::initializer_list<int> keep) { return lock(keep, codec_profile()); }

Result<void> enter_ingest_sandbox(const IngestDescriptors& open, bool with_datagrams) {
    std::vector<int> keep = open.files;
    for (const int descriptor : {open.server, open.broker, open.resident})
        if (descriptor >= 0) keep.push_back(descriptor);
    return lock(std::move(keep), ingest_profile(open, with_datagrams));
}

}  // namespace weir::worker
