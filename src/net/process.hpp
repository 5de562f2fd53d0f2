// A child process with one end of a stream socketpair as its descriptor 3, and nothing else of ours: every other descriptor is
// closed, standard input and output are /dev/null, standard error is a pipe that is read here line by line. Dropping it kills the
// child. Everything is called, and answers, on the thread of `context`.
#pragma once

#include "base/result.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace weir::net {

class Process {
  public:
    /// The descriptor that the child talks through.
    static constexpr int child_descriptor = 3;
    static constexpr std::size_t longest_line = 1024;  ///< of standard error; the rest of a longer one is dropped

    struct Listener {
        /// The child has ended and was reaped; `how` says in words how ("killed by signal 9 (Killed)"). Once, and last.
        std::function<void(std::string_view how)> exited;
        /// A line of its standard error, without its end.
        std::function<void(std::string_view line)> said;
    };

    /// `program` is a path; `arguments` begin with the name of the program.
    [[nodiscard]] static base::Result<std::unique_ptr<Process>> spawn(boost::asio::io_context& context,
                                                                      const std::string& program,
                                                                      std::span<const std::string> arguments,
                                                                      Listener listener);
    /// Kills the child and reaps it in the background; the listener hears no more.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const noexcept;
    /// Our end, non-blocking.
    [[nodiscard]] boost::asio::local::stream_protocol::socket& socket() noexcept;
    /// SIGKILL; `exited` follows.
    void kill() noexcept;

  private:
    struct Child;
    explicit Process(std::shared_ptr<Child> child) : child_(std::move(child)) {}
    std::shared_ptr<Child> child_;
};

/// The file `name` in the folder of the running program.
[[nodiscard]] std::string beside_this_program(std::string_view name);

}  // namespace weir::net
