// A TLS channel and the socket under it: encrypts on demand what the socket is about to take, and keeps what it did not take after
// all. Nothing is encrypted before that is gone, so a link holds no more than that. It owns no socket: whoever has that, says so
// in each call; and so it moves with it, from a connection to a broadcaster. Not thread safe.
#pragma once

#include "base/memory.hpp"
#include "net/tls_channel.hpp"
#include "net/tls_limits.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include <sys/uio.h>

namespace weir::net {

/// What the connections of one shard use between two waits.
struct Scratch {
    explicit Scratch(std::size_t input_size) : input(input_size) {}

    std::vector<std::uint8_t> input;  ///< what is read at once
    TlsBytes plaintext;
    TlsBytes ciphertext;
};

/// What became of a send or a receive.
enum class Flow : std::uint8_t {
    going,    ///< there may be more
    blocked,  ///< not before the socket is ready again
    broken,   ///< the connection is over
};

class TlsLink {
  public:
    /// `counts` outlives it.
    TlsLink(std::unique_ptr<TlsChannel> channel, TlsCounts& counts, TlsLimits limits = {});
    ~TlsLink();
    TlsLink(const TlsLink&) = delete;
    TlsLink& operator=(const TlsLink&) = delete;

    struct Sent {
        std::size_t size = 0;  ///< bytes of plaintext that need not be given again
        Flow flow = Flow::going;
    };
    /// Sends what was kept, then encrypts and sends as much of `runs` as is made at once. `blocked` with all of it taken is possible.
    Sent send(int socket, std::span<const iovec> runs, Scratch& scratch);
    /// Decrypts what has come; what it means is at the end of `scratch.plaintext`. Sends what it has to be answered with.
    Flow receive(int socket, base::ByteView ciphertext, Scratch& scratch);
    /// Says that no more comes, if that can be said at once.
    void say_end(int socket);

    /// The two halves of `send`, for who sends for many at once. Encrypts at most `most` bytes of the front of `runs`; how many
    /// that were. Nothing where it does not work any more.
    [[nodiscard]] std::optional<std::size_t> seal(std::span<const iovec> runs, std::size_t most, TlsBytes& out);
    /// What the kernel did not take of that.
    void keep(base::ByteView ciphertext);
    /// The kernel has taken that much of what was kept.
    void release(std::size_t size);
    [[nodiscard]] base::ByteView kept() const noexcept { return base::ByteView(kept_).subspan(released_); }

    [[nodiscard]] const TlsChannel& channel() const noexcept { return *channel_; }

  private:
    Flow flush(int socket);
    Flow send_or_keep(int socket, base::ByteView ciphertext);
    void charge();

    std::unique_ptr<TlsChannel> channel_;
    TlsCounts& counts_;
    TlsLimits limits_;
    TlsBytes kept_;
    std::size_t released_ = 0;  ///< bytes at the front of `kept_` that are gone
    base::MemoryCharge charge_;
};

/// One end of a connection as it is handed on: a connected, non-blocking socket, which its owner closes, and TLS where there is some.
struct Conduit {
    Conduit(int its_socket = -1, std::unique_ptr<TlsLink> its_tls =
                                     nullptr) noexcept  // NOLINT(google-explicit-constructor): most are just that
        : socket(its_socket), tls(std::move(its_tls)) {}

    int socket;
    std::unique_ptr<TlsLink> tls;
};

}  // namespace weir::net
