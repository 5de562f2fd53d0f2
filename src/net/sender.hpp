// Many sends at once: what a broadcaster asks of the kernel after each batch. Two ways to do it: one system call a socket,
// or one io_uring submission for hundreds of them, which saves a third where system calls are dear. No send ever waits.
// What goes out over TLS is encrypted right before, some at a time, into a buffer that all of them share.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <sys/uio.h>

namespace weir::net {

class TlsLink;

struct SendRequest {
    int socket = -1;
    const iovec* runs = nullptr;  ///< lives until `send` returns
    std::uint32_t run_count = 0;
    std::int32_t sent = 0;  ///< out: bytes taken by the kernel, or by the link, or a negative errno
    TlsLink* tls =
        nullptr;  ///< what is sent is encrypted by it; it takes one record at a time, and keeps what the kernel does not take of that
    bool blocked = false;  ///< out, with TLS: no more before the socket is ready
};

class Sender {
  public:
    virtual ~Sender() = default;
    /// Carries out every request; not thread safe, and always called by the thread that made the sender.
    virtual void send(std::span<SendRequest> requests) = 0;
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;
};

enum class IoKind : std::uint8_t { epoll, uring };

/// What `WEIR_IO` forces, else io_uring where this kernel allows it. Probes once with a real ring.
[[nodiscard]] IoKind choose_io();
/// Falls back to system calls when the ring cannot be made (too little locked memory, for one). It does TLS as well.
[[nodiscard]] std::unique_ptr<Sender> create_sender(IoKind kind);

}  // namespace weir::net
