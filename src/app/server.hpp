// The running server, composed: shards, the registry, the hubs that fan out, the listeners and what answers on them, the
// clock that drives the streams. Made from a configuration, changed by a reload, ended by `stop`. Adding a protocol is a row in `listeners_`.
#pragma once

#include "base/journal.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weir::app {

class Server {
  public:
    /// Binds every listener; the text of the error names the key and the mend.
    [[nodiscard]] static std::expected<std::unique_ptr<Server>, std::string> create(config::Config config,
                                                                                    base::Journal& journal);
    ~Server();

    /// Takes connections from here on.
    void start();
    /// Applies what can change while streams run, and says of the rest what it waits for.
    void reload(config::Config config);
    /// Takes in what changed in the files of the certificate. Called now and then, by the thread that reloads.
    void look_at_certificate();
    /// Gives back to the system what is idle. Called once in some seconds, by the same thread.
    void give_back_memory();
    /// Closes the listeners and every connection; returns once all threads have ended.
    void stop();

    /// Where RTMP is taken in, when it is: for the demo's own source.
    [[nodiscard]] std::uint16_t rtmp_port() const noexcept;

  private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace weir::app
