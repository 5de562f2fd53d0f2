// A blocking TLS client for tests: OpenSSL on a socket, as any client has it.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {

/// A connection to this port of the loopback, on which nothing is waited for longer than ten seconds.
[[nodiscard]] inline int connect_to(std::uint16_t port, int receive_buffer = 0) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0) ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* generic = &address;
    EXPECT_EQ(::connect(socket, static_cast<const sockaddr*>(generic), sizeof address), 0);
    return socket;
}

class TlsSocket {
  public:
    /// `protocols` as ALPN has them: each behind its length.
    explicit TlsSocket(std::uint16_t port, std::string_view protocols = {}, int receive_buffer = 0,
                       SSL_SESSION* session = nullptr)
        : socket_(connect_to(port, receive_buffer)),
          context_(SSL_CTX_new(TLS_client_method())),
          session_(SSL_new(context_)) {
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a server that has closed, and is to be told so
        const void* list = protocols.data();
        if (!protocols.empty())
            SSL_set_alpn_protos(session_, static_cast<const unsigned char*>(list),
                                static_cast<unsigned>(protocols.size()));
        if (session != nullptr) SSL_set_session(session_, session);
        SSL_set_fd(session_, socket_);
        is_open_ = SSL_connect(session_) == 1;
    }
    ~TlsSocket() {
        if (is_open_) SSL_shutdown(session_);  // else its ticket is worth nothing
        SSL_free(session_);
        SSL_CTX_free(context_);
        ::close(socket_);
    }
    TlsSocket(const TlsSocket&) = delete;
    TlsSocket& operator=(const TlsSocket&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return is_open_; }
    void say(std::string_view bytes) {
        if (!bytes.empty()) SSL_write(session_, bytes.data(), static_cast<int>(bytes.size()));
    }
    /// Some bytes as they come; empty at the end.
    std::string take(std::size_t most = 65536) {
        std::string bytes(most, '\0');
        const int size = SSL_read(session_, bytes.data(), static_cast<int>(most));
        bytes.resize(static_cast<std::size_t>(std::max(size, 0)));
        return bytes;
    }
    /// All that comes until there is this much of it, or the end.
    std::string take_all(std::size_t size) {
        std::string all;
        while (all.size() < size) {
            const std::string more = take();
            if (more.empty()) break;
            all += more;
        }
        return all;
    }
    [[nodiscard]] std::string protocol() const {
        const unsigned char* chosen = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(session_, &chosen, &size);
        const void* text = chosen;
        return {static_cast<const char*>(text), size};
    }
    /// Whose certificate it was shown.
    [[nodiscard]] std::string server_name() const {
        char name[64] = "";
        X509* certificate = SSL_get1_peer_certificate(session_);
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
        X509_free(certificate);
        return name;
    }
    [[nodiscard]] SSL* native() const noexcept { return session_; }

  private:
    int socket_;
    SSL_CTX* context_;
    SSL* session_;
    bool is_open_ = false;
};

}  // namespace weir::net
