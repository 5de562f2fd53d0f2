// What a connection reads from and writes to: a socket, with or without TLS between. Nothing in it waits but the socket, and that only
// where its owner says so. Lives on its shard.
#pragma once

#include "net/tls_link.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <span>

namespace weir::net {

class Transport {
  public:
    explicit Transport(boost::asio::ip::tcp::socket socket, std::unique_ptr<TlsLink> tls = nullptr);

    struct Received {
        base::ByteView bytes;  ///< plaintext, in the scratch
        std::size_t size = 0;  ///< as they came
        bool is_over = false;  ///< no more comes, or the connection is broken
    };
    /// Reads once.
    Received receive(Scratch& scratch);

    /// Sends what the socket takes of `runs`, in one call for which nothing is copied but by TLS.
    TlsLink::Sent send(std::span<const iovec> runs, Scratch& scratch);
    /// Sends all of it, or keeps the rest and sends that first at the next call.
    Flow put(base::ByteView bytes, Scratch& scratch);
    /// Sends what was kept.
    Flow flush(Scratch& scratch) { return send({}, scratch).flow; }
    [[nodiscard]] bool has_kept() const noexcept {
        return !kept_.empty() || (tls_ != nullptr && !tls_->kept().empty());
    }

    /// Bytes that were taken from the owner and that the peer has not acknowledged.
    [[nodiscard]] std::uint64_t unacknowledged();
    /// Says that no more is sent. False where the peer is gone.
    bool shut_down();
    /// The next close throws away what the peer has not taken.
    void forget_unsent();
    void cancel();
    void close();
    /// Gives the socket away; its number is -1 where that does not work.
    [[nodiscard]] Conduit release();

    [[nodiscard]] boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
    /// Null without TLS.
    [[nodiscard]] const TlsChannel* tls() const noexcept { return tls_ ? &tls_->channel() : nullptr; }

  private:
    TlsLink::Sent send_now(std::span<const iovec> runs, Scratch& scratch);
    TlsLink::Sent send_plain(std::span<const iovec> runs);

    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<TlsLink> tls_;
    std::vector<std::uint8_t> kept_;  ///< by `put`: plaintext that was not sent
};

}  // namespace weir::net
