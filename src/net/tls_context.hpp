// Who this end of a TLS connection is, and whom it believes (TLS 1.2 and 1.3). Immutable once made, so that every shard and
// channel may share it: a certificate that changes is another context, for the connections that come afterwards. Sessions are resumed by
// tickets, which the client keeps: a context remembers nobody.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace weir::net {

/// What ALPN may agree on, the liked first; literals. Empty: ALPN is passed over.
using TlsProtocols = std::span<const std::string_view>;

/// Paths of PEM files.
struct TlsFiles {
    std::string certificate;  ///< the chain, the server's own first
    std::string key;          ///< without a passphrase

    friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

/// Whether and by what a client verifies the server.
struct TlsTrust {
    bool verify = true;
    std::string authorities{};  ///< a PEM file; empty: the system's
};

class TlsContext;
using TlsContextRef = std::shared_ptr<const TlsContext>;

class TlsContext {
  public:
    /// The error names the file and what is wrong with it, for people.
    [[nodiscard]] static std::expected<TlsContextRef, std::string> server(const TlsFiles& files);
    [[nodiscard]] static std::expected<TlsContextRef, std::string> client(const TlsTrust& trust = {});

    /// Of a server's certificate: whom it is for, and until when it holds, as in "CN = example.org", "Mar  1 12:00:00 2027 GMT".
    [[nodiscard]] std::string subject() const;
    [[nodiscard]] std::string valid_until() const;

    [[nodiscard]] ssl_ctx_st* native() const noexcept { return context_.get(); }

  private:
    struct Free {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    explicit TlsContext(ssl_ctx_st* adopted) noexcept : context_(adopted) {}
    static std::expected<std::shared_ptr<TlsContext>, std::string> create(const void* method);

    std::unique_ptr<ssl_ctx_st, Free> context_;
};

}  // namespace weir::net
