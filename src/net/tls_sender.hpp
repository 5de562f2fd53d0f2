// Encrypts what goes out over TLS and has another sender send it: as many records at once as fit one buffer, which all viewers of a
// shard share. So a live viewer over TLS holds no more than what the kernel did not take of its last record. Requests without TLS go
// straight through.
#pragma once

#include "net/sender.hpp"
#include "net/tls_channel.hpp"

#include <vector>

namespace weir::net {

class TlsSender final : public Sender {
  public:
    /// Ciphertext that is made before it is sent, and not kept afterwards.
    static constexpr std::size_t buffer_size = 1 << 20;

    explicit TlsSender(std::unique_ptr<Sender> sender) : sender_(std::move(sender)) {}

    void send(std::span<SendRequest> requests) override;
    [[nodiscard]] std::string_view name() const noexcept override { return sender_->name(); }

  private:
    /// One request as the sender below has it.
    struct Sealed {
        SendRequest* request;
        std::size_t offset;     ///< in `ciphertext_`
        std::size_t size;       ///< of it; zero: what the link had kept goes out
        std::size_t plaintext;  ///< that it is made of
    };

    void seal(SendRequest& request);
    void flush();
    void settle(const Sealed& sealed, std::int32_t sent);

    std::unique_ptr<Sender> sender_;
    TlsBytes ciphertext_;
    std::vector<Sealed> sealed_;
    std::vector<iovec> runs_;
    std::vector<SendRequest> requests_;
};

}  // namespace weir::net
