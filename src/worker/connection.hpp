// The worker's end of the socket pair: messages of the server in, our own out. Both wait. Reading belongs to one thread, writing to
// one at a time.
#pragma once

#include "base/result.hpp"
#include "format/relay.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace weir::worker {

class Connection {
  public:
    /// Takes over the descriptor.
    explicit Connection(int socket) noexcept : socket_(socket) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    [[nodiscard]] int descriptor() const noexcept { return socket_; }

    /// The next message; nothing once the server has gone.
    [[nodiscard]] base::Result<std::optional<format::relay::Message>> read();
    /// `closed` once the server has gone.
    [[nodiscard]] base::Result<void> write(const format::relay::Message& message);

  private:
    int socket_;
    format::relay::Reader reader_;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace weir::worker
