#include "worker/ingest.hpp"

#include "av/error.hpp"
#include "base/address_policy.hpp"
#include "base/clock.hpp"
#include "worker/broker.hpp"
#include "worker/connection.hpp"
#include "worker/ingest_input.hpp"
#include "worker/resident.hpp"
#include "worker/sandbox.hpp"
#include "worker/schedule.hpp"
#include "worker/source_reader.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <linux/openat2.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weir::worker {

namespace relay = format::relay;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t most_files = 200;

template <typename T>
Result<T> expect(Connection& connection, std::string_view otherwise) {
    auto message = TRY(connection.read());
    if (!message) return fail(ErrorKind::closed, "the server has gone");
    auto* wanted = std::get_if<T>(&*message);
    if (wanted == nullptr) return fail(ErrorKind::malformed, otherwise);
    return std::move(*wanted);
}

/// A file of the folder, whatever links and dots its name has: nothing outside can be meant.
int open_below(int folder, const std::string& name) {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return static_cast<int>(::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how));
}

struct OpenFile {
    std::string name;
    std::optional<std::chrono::seconds> at;  ///< of the day
    int descriptor = -1;
};

Result<std::vector<OpenFile>> open_files(const relay::Fetch& fetch) {
    if (fetch.folder.empty()) return fail(ErrorKind::refused, "no folder of files is configured: set pull.files");
    if (fetch.files.size() > most_files) return fail(ErrorKind::too_large, "a source names too many files");
    const int folder = ::open(fetch.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fail(ErrorKind::not_found, "the folder of files (pull.files) is not there");
    std::vector<OpenFile> files;
    for (const std::string& entry : fetch.files) {
        const ScheduledFile scheduled = parse_scheduled_file(entry);
        std::string name(scheduled.name);
        const int file = open_below(folder, name);
        if (file < 0) return fail(ErrorKind::not_found, "a file of the source is not in the folder of files");
        files.push_back({std::move(name), scheduled.at, file});
    }
    return files;
}

void limit_memory(std::uint64_t memory) {
    if (memory == 0) return;
    const rlimit limit{memory, memory};
    ::setrlimit(RLIMIT_DATA, &limit);
}

/// A whole conversation but for its greeting.
class Ingest {
  public:
    Ingest(Connection& connection, relay::Fetch fetch) : connection_(connection), fetch_(std::move(fetch)) {}

    Result<void> run() {
        limit_memory(fetch_.memory);
        return fetch_.url.empty() ? run_files() : run_address();
    }

    /// Why it is over, in words.
    [[nodiscard]] relay::Over over(const base::Error& error) const {
        relay::Over over{.kind = error.kind, .text = std::string(error.text)};
        const std::string refused = network_trace().refused;
        if (!refused.empty()) {
            over.kind = ErrorKind::refused;
            over.text = refused + " is no public address, and not among pull.addresses";
        } else if (error.kind == ErrorKind::timed_out) {
            over.text += ": it sends nothing";
        } else if (!reader_.trouble().empty()) {
            over.text += ": " + reader_.trouble();
        }
        return over;
    }

  private:
    Result<void> run_address() {
        IngestInput input = TRY(input_of(fetch_.url, fetch_.silence));
        const Broker broker = TRY(Broker::start({base::AddressPolicy::of(fetch_.networks), input.is_sent_to_us}));
        route_network_through(broker);
        TRY(enter_ingest_sandbox({connection_.descriptor(), broker.descriptor(), resident_.descriptor(), {}},
                                 input.is_sent_to_us));
        TRY(reader_.read(std::move(input.settings), input.scheme, ""));
        return fail(ErrorKind::closed, "the source has ended");
    }

    // Again and again. A file that is broken is passed over, as long as another is not.
    Result<void> run_files() {
        const std::vector<OpenFile> files = TRY(open_files(fetch_));
        std::vector<int> descriptors;
        std::vector<std::optional<std::chrono::seconds>> times;
        for (const OpenFile& file : files) {
            descriptors.push_back(file.descriptor);
            times.push_back(file.at);
        }
        TRY(enter_ingest_sandbox({connection_.descriptor(), -1, resident_.descriptor(), std::move(descriptors)},
                                 false));
        schedule_.emplace(std::move(times), base::read_clocks().wall);
        std::size_t broken = 0;  // in a row
        while (broken < files.size()) {
            const OpenFile& file = files[schedule_->next(base::read_clocks().wall)];
            const std::uint64_t before = reader_.packets();
            const auto played = play(file);
            if (!played && (files.size() == 1 || played.error().kind == ErrorKind::closed)) return played;
            broken = reader_.packets() == before ? broken + 1 : 0;
        }
        return fail(ErrorKind::malformed, "there is nothing in the files to play");
    }

    Result<void> play(const OpenFile& file) {
        ::lseek(file.descriptor, 0, SEEK_SET);
        gives_way_ = false;
        const auto played = reader_.play(input_of_file(file.name, file.descriptor), file.name);
        if (played || gives_way_) return {};
        TRY(say(relay::Remark{base::LogLevel::warning,
                              fmt::format("{}: {} {}", file.name, played.error().text, reader_.trouble())}));
        return played;
    }

    Result<void> say(const relay::Message& message) { return connection_.write(message); }

    Result<void> check() {
        if (schedule_ && schedule_->is_due(base::read_clocks().wall)) {
            gives_way_ = true;
            return fail(ErrorKind::internal, "another file is due");
        }
        if (fetch_.memory != 0 && ++checks_ % 64 == 0 && resident_.read() > fetch_.memory)
            return fail(ErrorKind::too_large, "the source takes more memory than limits.worker_memory");
        return {};
    }

    Connection& connection_;
    const relay::Fetch fetch_;
    const ResidentSize resident_;
    std::optional<Schedule> schedule_;  ///< of files
    bool gives_way_ = false;            ///< the file under way, to one that is due
    std::uint64_t checks_ = 0;
    SourceReader reader_{{.connect = fetch_.connect,
                          .silence = fetch_.silence,
                          .say = [this](const relay::Message& message) { return say(message); },
                          .check = [this] { return check(); }}};
};

Result<relay::Fetch> greet(Connection& connection, std::string_view program) {
    TRY(connection.write(relay::Hello{.program = std::string(program)}));
    TRY(expect<relay::Hello>(connection, "the server does not begin with Hello"));
    return expect<relay::Fetch>(connection, "the server does not say what to fetch");
}

relay::Over serve(Connection& connection, std::string_view program) {
    auto fetch = greet(connection, program);
    if (!fetch) return {fetch.error().kind, std::string(fetch.error().text)};
    Ingest ingest(connection, std::move(*fetch));
    const auto ran = ingest.run();
    return ran ? relay::Over{} : ingest.over(ran.error());
}

}  // namespace

int serve_ingest(int socket, std::string_view program) {
    av::silence();
    ::mallopt(M_ARENA_MAX, 1);
    // What a proxy would be asked for is connected to directly, and looked at.
    for (const char* variable : {"http_proxy", "HTTP_PROXY", "no_proxy"}) ::unsetenv(variable);
    Connection connection(socket);
    const relay::Over over = serve(connection, program);
    return connection.write(over) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace weir::worker
