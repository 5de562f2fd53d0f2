// One TLS session without a socket, on OpenSSL: what came from the peer in, what is to be sent to it out. It owns no buffer: what it
// makes goes to the end of the caller's, one of which may serve all the channels of a shard; and while nothing is under way OpenSSL keeps
// none either. What one call makes is bounded: `receive` by the bytes received and one record, and a flight of the handshake; `send`
// by the bytes sent and 22 for each record. Not thread safe.
#pragma once

#include "base/bytes.hpp"
#include "net/tls_context.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_st;

namespace weir::net {

using TlsBytes = std::vector<std::uint8_t>;

class TlsChannel {
  public:
    enum class State : std::uint8_t {
        handshake,
        open,
        ended,   ///< the peer sends no more; it may still be sent to
        failed,  ///< nothing more in either direction, once what `out` has was sent: the alert
    };
    /// The plaintext of one record.
    static constexpr std::size_t record_size = 16 << 10;

    /// The server's end of a connection that was accepted. `protocols` is what ALPN may choose; its texts are literals.
    [[nodiscard]] static std::unique_ptr<TlsChannel> accept(TlsContextRef context, TlsProtocols protocols = {});
    /// The client's end. `host` is a name or an address: the certificate has to be for it, where the context verifies. The first flight
    /// goes to `out`.
    [[nodiscard]] static std::unique_ptr<TlsChannel> connect(TlsContextRef context, const std::string& host,
                                                             TlsBytes& out, TlsProtocols protocols = {});
    ~TlsChannel();
    TlsChannel(const TlsChannel&) = delete;
    TlsChannel& operator=(const TlsChannel&) = delete;

    /// Takes all of `ciphertext`. Appends what it means to `plaintext`, and what it has to be answered with to `out`.
    State receive(base::ByteView ciphertext, TlsBytes& plaintext, TlsBytes& out);
    /// Appends `plaintext` in records to `out`. Only while the state is `open` or `ended`; false, and `failed`, where it does not work.
    bool send(base::ByteView plaintext, TlsBytes& out);
    /// Appends the word that this end sends no more.
    void close(TlsBytes& out);

    [[nodiscard]] State state() const noexcept { return state_; }
    /// What ALPN agreed on; empty where it did not.
    [[nodiscard]] std::string_view protocol() const noexcept;
    /// "TLSv1.3".
    [[nodiscard]] std::string_view version() const noexcept;
    /// An earlier session was taken up again.
    [[nodiscard]] bool is_resumed() const noexcept;
    /// Why it failed, for people.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  private:
    /// What the session reads and writes in the call under way.
    struct Ends {
        base::ByteView input;
        TlsBytes* out = nullptr;
    };
    struct Free {
        void operator()(ssl_st* session) const noexcept;
    };
    struct Io;  ///< what OpenSSL calls to read and write

    TlsChannel(TlsContextRef context, TlsProtocols protocols);
    void shake_hands();
    void read(TlsBytes& plaintext);
    void fail();

    TlsContextRef context_;
    TlsProtocols protocols_;
    Ends ends_;
    std::unique_ptr<ssl_st, Free> session_;
    std::string failure_;
    State state_ = State::handshake;
};

}  // namespace weir::net
