#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace weir::net {

namespace {

// AES of 128 bits first: it costs the least where there are instructions for it. A client that says it has none gets ChaCha20.
constexpr const char* suites_of_1_3 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* suites_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* groups = "X25519:P-256:P-384";

constexpr std::string_view no_certificate =
    "there is no certificate in it; a PEM file has a line -----BEGIN CERTIFICATE-----";
constexpr std::string_view no_key = "there is no private key in it that needs no passphrase";

using Outcome = std::expected<void, std::string>;

std::unexpected<std::string> complain(const std::string& file, std::string_view what) {
    return std::unexpected(file + ": " + std::string(what));
}

/// What OpenSSL has against it, in its own words: the first that it found, which the others follow from.
std::string_view reason() {
    const char* text = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return text != nullptr ? text : "it is not what it should be";
}

bool is_about_pem() noexcept { return ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_PEM; }

Outcome check_readable(const std::string& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return complain(file, std::generic_category().message(errno));
    ::close(descriptor);
    return {};
}

// Never asks on the terminal.
int refuse_passphrase(char*, int, int, void*) { return 0; }

Outcome use_certificate(SSL_CTX* context, const std::string& file) {
    if (auto readable = check_readable(file); !readable) return readable;
    if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) == 1) return {};
    return complain(file, is_about_pem() ? no_certificate : reason());
}

Outcome use_key(SSL_CTX* context, const TlsFiles& files) {
    if (auto readable = check_readable(files.key); !readable) return readable;
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(context) == 1)
        return {};
    const bool is_of_another = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH;
    ERR_clear_error();
    if (is_of_another) return complain(files.key, "the key does not belong to " + files.certificate);
    return complain(files.key, no_key);
}

// The server's choice among what the client offers (RFC 7301). One that offers others alone is told so.
int select_protocol(SSL* session, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    const auto* ours = static_cast<const TlsProtocols*>(SSL_get_app_data(session));
    if (ours == nullptr || ours->empty()) return SSL_TLSEXT_ERR_NOACK;
    const std::span<const unsigned char> list(offered, offered_size);
    for (const std::string_view liked : *ours)
        for (std::size_t at = 0; at < list.size() && at + 1 + list[at] <= list.size(); at += 1 + list[at])
            if (std::ranges::equal(list.subspan(at + 1, list[at]), liked)) {
                *chosen = list.data() + at + 1;
                *size = list[at];
                return SSL_TLSEXT_ERR_OK;
            }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

std::expected<std::shared_ptr<TlsContext>, std::string> TlsContext::create(const void* method) {
    SSL_CTX* context = SSL_CTX_new(static_cast<const SSL_METHOD*>(method));
    if (context == nullptr) return std::unexpected("TLS: " + std::string(reason()));
    auto made = std::shared_ptr<TlsContext>(new TlsContext(context));
    const bool fits = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                      SSL_CTX_set_ciphersuites(context, suites_of_1_3) == 1 &&
                      SSL_CTX_set_cipher_list(context, suites_of_1_2) == 1 &&
                      SSL_CTX_set1_groups_list(context, groups) == 1;
    if (!fits) return std::unexpected("TLS: " + std::string(reason()));
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return made;
}

std::expected<TlsContextRef, std::string> TlsContext::server(const TlsFiles& files) {
    auto made = create(TLS_server_method());
    if (!made) return std::unexpected(made.error());
    SSL_CTX* context = (*made)->native();
    ERR_clear_error();
    SSL_CTX_set_default_passwd_cb(context, &refuse_passphrase);
    SSL_CTX_set_alpn_select_cb(context, &select_protocol, nullptr);
    if (auto used = use_certificate(context, files.certificate); !used) return std::unexpected(used.error());
    if (auto used = use_key(context, files); !used) return std::unexpected(used.error());
    return *std::move(made);
}

std::expected<TlsContextRef, std::string> TlsContext::client(const TlsTrust& trust) {
    auto made = create(TLS_client_method());
    if (!made) return std::unexpected(made.error());
    SSL_CTX* context = (*made)->native();
    SSL_CTX_set_verify(context, trust.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (!trust.verify) return *std::move(made);
    const bool found = trust.authorities.empty() ? SSL_CTX_set_default_verify_paths(context) == 1
                                                 : SSL_CTX_load_verify_file(context, trust.authorities.c_str()) == 1;
    if (!found) return complain(trust.authorities, reason());
    return *std::move(made);
}

std::string TlsContext::subject() const {
    const X509* certificate = SSL_CTX_get0_certificate(native());
    if (certificate == nullptr) return {};
    BIO* text = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    const long size = BIO_get_mem_data(text, &data);
    std::string out(data, static_cast<std::size_t>(std::max(size, 0L)));
    BIO_free(text);
    return out;
}

std::string TlsContext::valid_until() const {
    const X509* certificate = SSL_CTX_get0_certificate(native());
    if (certificate == nullptr) return {};
    BIO* text = BIO_new(BIO_s_mem());
    ASN1_TIME_print(text, X509_get0_notAfter(certificate));
    char* data = nullptr;
    const long size = BIO_get_mem_data(text, &data);
    std::string out(data, static_cast<std::size_t>(std::max(size, 0L)));
    BIO_free(text);
    return out;
}

}  // namespace weir::net
