#include "net/tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

namespace weir::net {

// A BIO on the ends of a channel, instead of OpenSSL's own in memory, which copies once more and keeps what it grew to.
struct TlsChannel::Io {
    static int read(BIO* bio, char* to, int size) {
        Ends& ends = *static_cast<Ends*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        if (ends.input.empty()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        const std::size_t count = std::min(ends.input.size(), static_cast<std::size_t>(size));
        std::memcpy(to, ends.input.data(), count);
        ends.input = ends.input.subspan(count);
        return static_cast<int>(count);
    }
    static int write(BIO* bio, const char* from, int size) {
        const base::ByteView bytes = base::as_bytes({from, static_cast<std::size_t>(size)});
        TlsBytes& out = *static_cast<Ends*>(BIO_get_data(bio))->out;
        out.insert(out.end(), bytes.begin(), bytes.end());
        return size;
    }
    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

    static BIO_METHOD* create_method() {
        BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "channel");
        BIO_meth_set_read(method, &read);
        BIO_meth_set_write(method, &write);
        BIO_meth_set_ctrl(method, &control);
        return method;
    }
    static BIO* create(Ends& ends) {
        static BIO_METHOD* const method = create_method();
        BIO* bio = BIO_new(method);
        if (bio == nullptr) throw std::bad_alloc();
        BIO_set_data(bio, &ends);
        BIO_set_init(bio, 1);
        return bio;
    }
};

void TlsChannel::Free::operator()(ssl_st* session) const noexcept { SSL_free(session); }

TlsChannel::TlsChannel(TlsContextRef context, TlsProtocols protocols)
    : context_(std::move(context)), protocols_(protocols), session_(SSL_new(context_->native())) {
    if (session_ == nullptr) throw std::bad_alloc();
    BIO* io = Io::create(ends_);
    SSL_set_bio(session_.get(), io, io);
    SSL_set_app_data(session_.get(), &protocols_);
}

TlsChannel::~TlsChannel() = default;

std::unique_ptr<TlsChannel> TlsChannel::accept(TlsContextRef context, TlsProtocols protocols) {
    auto channel = std::unique_ptr<TlsChannel>(new TlsChannel(std::move(context), protocols));
    SSL_set_accept_state(channel->session_.get());
    return channel;
}

std::unique_ptr<TlsChannel> TlsChannel::connect(TlsContextRef context, const std::string& host, TlsBytes& out,
                                                TlsProtocols protocols) {
    auto channel = std::unique_ptr<TlsChannel>(new TlsChannel(std::move(context), protocols));
    SSL* session = channel->session_.get();
    SSL_set_connect_state(session);
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) != 1) {
        SSL_set1_host(session, host.c_str());
        SSL_set_tlsext_host_name(session, host.c_str());
    }
    std::vector<std::uint8_t> offer;
    for (const std::string_view protocol : protocols) {
        offer.push_back(static_cast<std::uint8_t>(protocol.size()));
        offer.insert(offer.end(), protocol.begin(), protocol.end());
    }
    if (!offer.empty()) SSL_set_alpn_protos(session, offer.data(), static_cast<unsigned>(offer.size()));
    channel->ends_.out = &out;
    channel->shake_hands();
    channel->ends_ = {};
    return channel;
}

TlsChannel::State TlsChannel::receive(base::ByteView ciphertext, TlsBytes& plaintext, TlsBytes& out) {
    ends_ = {ciphertext, &out};
    if (state_ == State::handshake) shake_hands();
    if (state_ == State::open) read(plaintext);
    ends_ = {};
    return state_;
}

void TlsChannel::shake_hands() {
    ERR_clear_error();
    const int done = SSL_do_handshake(session_.get());
    if (done == 1) state_ = State::open;
    else if (SSL_get_error(session_.get(), done) != SSL_ERROR_WANT_READ) fail();
}

void TlsChannel::read(TlsBytes& plaintext) {
    std::array<std::uint8_t, record_size> record;
    for (;;) {
        ERR_clear_error();
        std::size_t size = 0;
        const int done = SSL_read_ex(session_.get(), record.data(), record.size(), &size);
        if (done == 1) {
            plaintext.insert(plaintext.end(), record.begin(), record.begin() + static_cast<std::ptrdiff_t>(size));
            continue;
        }
        const int error = SSL_get_error(session_.get(), done);
        if (error == SSL_ERROR_ZERO_RETURN) state_ = State::ended;
        else if (error != SSL_ERROR_WANT_READ) fail();
        return;
    }
}

bool TlsChannel::send(base::ByteView plaintext, TlsBytes& out) {
    if (state_ != State::open && state_ != State::ended) return false;
    ends_ = {{}, &out};
    ERR_clear_error();
    std::size_t written = 0;
    if (!plaintext.empty() && SSL_write_ex(session_.get(), plaintext.data(), plaintext.size(), &written) != 1) fail();
    ends_ = {};
    return state_ != State::failed;
}

void TlsChannel::close(TlsBytes& out) {
    if (state_ != State::open && state_ != State::ended) return;
    ends_ = {{}, &out};
    ERR_clear_error();
    (void)SSL_shutdown(session_.get());
    ERR_clear_error();
    ends_ = {};
}

void TlsChannel::fail() {
    state_ = State::failed;
    const long verified = SSL_get_verify_result(session_.get());
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    if (verified != X509_V_OK) reason = X509_verify_cert_error_string(verified);
    failure_ = reason != nullptr ? reason : "the peer broke the rules of TLS";
    ERR_clear_error();
}

std::string_view TlsChannel::protocol() const noexcept {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(session_.get(), &chosen, &size);
    return size > 0 ? base::as_text({chosen, size}) : std::string_view();
}

std::string_view TlsChannel::version() const noexcept { return SSL_get_version(session_.get()); }

bool TlsChannel::is_resumed() const noexcept { return SSL_session_reused(session_.get()) == 1; }

}  // namespace weir::net
