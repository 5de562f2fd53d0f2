#include "worker/serve.hpp"

#include "av/error.hpp"
#include "base/clock.hpp"
#include "worker/connection.hpp"
#include "worker/pipeline.hpp"
#include "worker/resident.hpp"
#include "worker/sandbox.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <variant>

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace weir::worker {

namespace relay = format::relay;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr int below_the_server = 5;  ///< niceness
/// Of the allocator: each keeps what its threads have freed, and all but the first read a file before they give it back.
constexpr int most_arenas = 1;
constexpr int status_exhausted = 3;  ///< uses more memory than it may
constexpr int status_forlorn = 4;    ///< the server went in the middle of a message

template <typename T>
Result<T> expect(Connection& connection, std::string_view otherwise) {
    auto message = TRY(connection.read());
    if (!message) return fail(ErrorKind::closed, "the server has gone");
    auto* wanted = std::get_if<T>(&*message);
    if (wanted == nullptr) return fail(ErrorKind::malformed, otherwise);
    return std::move(*wanted);
}

Result<relay::Setup> greet(Connection& connection, std::string_view program) {
    TRY(connection.write(relay::Hello{.program = std::string(program)}));
    TRY(expect<relay::Hello>(connection, "the server does not begin with Hello"));
    return expect<relay::Setup>(connection, "the server does not say what to make");
}

Result<void> work(Connection& connection, std::string_view program) {
    const ResidentSize resident;
    relay::Setup setup = TRY(greet(connection, program));
    // The number of processors is in a file, too.
    if (setup.cores == 0) setup.cores = std::max(std::thread::hardware_concurrency(), 1U);
    limit_memory(setup.memory);
    TRY(enter_sandbox({connection.descriptor(), resident.descriptor()}));
    const auto sink = [&](const relay::Message& message) {
        if (!connection.write(message)) ::_exit(status_forlorn);
    };
    Pipeline pipeline(setup, resident, sink, [] { ::_exit(status_exhausted); });
    while (const auto message = TRY(connection.read())) pipeline.receive(*message);
    return {};
}

}  // namespace

// The watch on resident size is to be faster.
void limit_memory(std::uint64_t bytes) noexcept {
    if (bytes == 0) return;
    const rlimit limit{2 * bytes, 2 * bytes};
    ::setrlimit(RLIMIT_DATA, &limit);
}

bool bind_to_parent() noexcept {
    const pid_t parent = ::getppid();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    return ::getppid() == parent;
}

void yield_to_the_server() noexcept {
    ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + below_the_server);
}

int serve_relay(int socket, std::string_view program) {
    av::silence();
    ::mallopt(M_ARENA_MAX, most_arenas);
    // Huge pages round every picture up to them, and make nothing faster here.
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    Connection connection(socket);
    const Result<void> done = work(connection, program);
    if (done) return EXIT_SUCCESS;
    // The server hears why, where it still listens.
    const relay::Remark why{base::LogLevel::error, std::string(done.error().text)};
    return connection.write(why) ? EXIT_FAILURE : status_forlorn;
}

}  // namespace weir::worker
