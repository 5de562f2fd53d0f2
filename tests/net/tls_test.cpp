#include "net/tls_channel.hpp"

#include "net/certificates.hpp"
#include "net/tls_link.hpp"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <array>
#include <random>

#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {

namespace {

using State = TlsChannel::State;
using testing::HasSubstr;

constexpr std::string_view http2_and_1[] = {"h2", "http/1.1"};
constexpr std::string_view http1[] = {"http/1.1"};
constexpr std::string_view other[] = {"spdy/3"};

/// Of a key that serves nothing: a passphrase would be asked for.
constexpr const char* encrypted_key =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-128-CBC,6102A256913CDAA361B94BFA7F3AD9A4\n"
    "\n"
    "yLm1xq4wDJByOS42IbQROXGLrvS7vwqUaKBtoqis8k1B03qmvE0NPox/Wde2bxj1\n"
    "AuvB1nrqeZAeFki/TV9roi7kCv1mc09n4BwopoH5N9saEnFCdkdgdXgbQ3VRLrXq\n"
    "cTt73lXjJ+HWfLhVoGStNAXIKADzW4EgSU1+UVK11oM=\n"
    "-----END EC PRIVATE KEY-----\n";

TlsContextRef server_of(const TlsFiles& files) {
    auto context = TlsContext::server(files);
    EXPECT_TRUE(context) << context.error();
    return *context;
}

/// Two ends and the wire between them: whatever one has said is given to the other in pieces of at most `piece` bytes.
struct Ends {
    Ends(const TlsContextRef& server_context, const TlsTrust& trust, const std::string& host, TlsProtocols served = {},
         TlsProtocols wanted = {})
        : server(TlsChannel::accept(server_context, served)),
          client(TlsChannel::connect(*TlsContext::client(trust), host, to_server, wanted)) {}

    void run(std::size_t piece = SIZE_MAX) {
        while (!to_server.empty() || !to_client.empty()) {
            const TlsBytes up = std::exchange(to_server, {});
            const TlsBytes down = std::exchange(to_client, {});
            for (std::size_t at = 0; at < up.size(); at += std::min(piece, up.size() - at))
                server->receive(base::ByteView(up).subspan(at, std::min(piece, up.size() - at)), heard_by_server,
                                to_client);
            for (std::size_t at = 0; at < down.size(); at += std::min(piece, down.size() - at))
                client->receive(base::ByteView(down).subspan(at, std::min(piece, down.size() - at)), heard_by_client,
                                to_server);
        }
    }

    TlsBytes to_server;
    TlsBytes to_client;
    TlsBytes heard_by_server;
    TlsBytes heard_by_client;
    std::unique_ptr<TlsChannel> server;
    std::unique_ptr<TlsChannel> client;
};

class TlsTest : public testing::Test {
  protected:
    Certificates certificates_;
    TlsFiles files_ = certificates_.make("one", "localhost");
    TlsTrust trust_{.authorities = files_.certificate};
};

TEST_F(TlsTest, WhatIsSaidIsHeardWhereverTheBytesAreCut) {
    const auto context = server_of(files_);
    TlsBytes text(100'000);
    std::minstd_rand random(7);
    for (auto& byte : text) byte = static_cast<std::uint8_t>(random());
    for (const std::size_t piece : {std::size_t{1}, std::size_t{700}, SIZE_MAX}) {
        Ends ends(context, trust_, "localhost");
        ends.run(piece);
        ASSERT_EQ(ends.client->state(), State::open) << ends.client->failure();
        ASSERT_EQ(ends.server->state(), State::open) << ends.server->failure();
        EXPECT_EQ(ends.client->version(), "TLSv1.3");
        ASSERT_TRUE(ends.server->send(text, ends.to_client));
        EXPECT_LE(ends.to_client.size(), text.size() + 7 * 22) << "what is made is bounded by what is sent";
        ASSERT_TRUE(ends.client->send(base::as_bytes("hello"), ends.to_server));
        ends.run(piece);
        EXPECT_TRUE(ends.heard_by_client == text);
        EXPECT_EQ(base::as_text(ends.heard_by_server), "hello");
        ends.client->close(ends.to_server);
        ends.run(piece);
        EXPECT_EQ(ends.server->state(), State::ended);
        ASSERT_TRUE(ends.server->send(base::as_bytes("bye"), ends.to_client)) << "the other direction goes on";
    }
}

TEST_F(TlsTest, TheServerChoosesTheProtocolThatItLikesBest) {
    const auto context = server_of(files_);
    const auto chosen = [&](TlsProtocols served, TlsProtocols wanted) {
        Ends ends(context, trust_, "localhost", served, wanted);
        ends.run();
        return ends.client->state() == State::open ? std::string(ends.client->protocol()) : ends.client->failure();
    };
    EXPECT_EQ(chosen(http2_and_1, http2_and_1), "h2");
    EXPECT_EQ(chosen(http2_and_1, http1), "http/1.1");
    EXPECT_EQ(chosen(http2_and_1, {}), "");
    EXPECT_EQ(chosen({}, http1), "");
    EXPECT_THAT(chosen(http2_and_1, other), HasSubstr("no application protocol"));
}

TEST_F(TlsTest, AClientBelievesNobodyWhomItCannotVerify) {
    const auto failure = [&](const TlsFiles& files, const TlsTrust& trust, const std::string& host) {
        Ends ends(server_of(files), trust, host);
        ends.run();
        return ends.client->state() == State::open ? "" : ends.client->failure();
    };
    const TlsFiles address = certificates_.make("address", "127.0.0.1");
    EXPECT_EQ(failure(files_, trust_, "localhost"), "");
    EXPECT_EQ(failure(files_, {.verify = false}, "elsewhere"), "");
    EXPECT_EQ(failure(address, {.authorities = address.certificate}, "127.0.0.1"), "");
    EXPECT_THAT(failure(files_, trust_, "elsewhere"), HasSubstr("ostname mismatch"));
    EXPECT_THAT(failure(files_, trust_, "127.0.0.1"), HasSubstr("IP address mismatch"));
    EXPECT_THAT(failure(files_, {}, "localhost"), HasSubstr("self-signed certificate"));
    EXPECT_THAT(failure(certificates_.make("two", "localhost"), trust_, "localhost"), HasSubstr("certificate"));
}

TEST_F(TlsTest, WhatIsNoTlsIsRefused) {
    const auto channel = TlsChannel::accept(server_of(files_));
    TlsBytes plaintext;
    TlsBytes out;
    EXPECT_EQ(channel->receive(base::as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), plaintext, out), State::failed);
    EXPECT_EQ(channel->failure(), "http request");
    EXPECT_FALSE(channel->send(base::as_bytes("x"), out));
    EXPECT_TRUE(plaintext.empty());
}

TEST_F(TlsTest, ARecordThatWasTamperedWithEndsTheSession) {
    Ends ends(server_of(files_), trust_, "localhost");
    ends.run();
    ASSERT_TRUE(ends.client->send(base::as_bytes("hello"), ends.to_server));
    ends.to_server.back() ^= 1;
    ends.run();
    EXPECT_EQ(ends.server->state(), State::failed);
    EXPECT_TRUE(ends.heard_by_server.empty());
}

/// OpenSSL's client by itself, for what a channel would never do.
class RawClient {
  public:
    RawClient() : context_(SSL_CTX_new(TLS_client_method())), session_(SSL_new(context_)) {
        SSL_set_bio(session_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(session_);
    }
    ~RawClient() {
        SSL_free(session_);
        SSL_CTX_free(context_);
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void hear(const TlsBytes& bytes) {
        BIO_write(SSL_get_rbio(session_), bytes.data(), static_cast<int>(bytes.size()));
    }
    TlsBytes say() {
        SSL_do_handshake(session_);
        TlsBytes bytes(BIO_ctrl_pending(SSL_get_wbio(session_)));
        BIO_read(SSL_get_wbio(session_), bytes.data(), static_cast<int>(bytes.size()));
        return bytes;
    }
    void ask_for_new_keys() { SSL_key_update(session_, SSL_KEY_UPDATE_REQUESTED); }

  private:
    SSL_CTX* context_;
    SSL* session_;
};

TEST_F(TlsTest, AClientThatAsksForKeysWithoutEndAndReadsNothingIsCut) {
    RawClient client;
    auto channel = TlsChannel::accept(server_of(files_));
    for (TlsBytes said = client.say(); !said.empty(); said = client.say()) {
        TlsBytes plaintext;
        TlsBytes answer;
        channel->receive(said, plaintext, answer);
        client.hear(answer);
    }
    ASSERT_EQ(channel->state(), State::open);
    TlsCounts counts;
    TlsLink link(std::move(channel), counts);
    Scratch scratch(8192);
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    Flow flow = Flow::going;
    for (int i = 0; i < 100'000 && flow != Flow::broken; ++i) {
        client.ask_for_new_keys();
        flow = link.receive(ends[0], client.say(), scratch);
    }
    EXPECT_EQ(flow, Flow::broken);
    EXPECT_LE(link.kept().size(), 2 * TlsLimits().ahead.bytes() + 100);
    EXPECT_EQ(counts.failed.value(), 1U);
    for (const int end : ends) ::close(end);
}

TEST_F(TlsTest, AConnectionKeepsTheCertificateThatItBeganWith) {
    auto context = server_of(files_);
    Ends ends(context, trust_, "localhost");
    ends.run();
    context = server_of(certificates_.make("two", "localhost"));
    EXPECT_THAT(context->subject(), HasSubstr("two"));
    EXPECT_FALSE(context->valid_until().empty());
    ASSERT_TRUE(ends.server->send(base::as_bytes("still here"), ends.to_client));
    ends.run();
    EXPECT_EQ(base::as_text(ends.heard_by_client), "still here");
}

TEST_F(TlsTest, WhatIsWrongWithAFileIsSaidWithItsName) {
    const TlsFiles two = certificates_.make("two", "localhost");
    const std::string nowhere = certificates_.path("nowhere.pem");
    const std::string text = certificates_.write_text("text.pem", "not a certificate\n");
    const std::string locked = certificates_.write_text("locked.key", encrypted_key);
    const struct {
        TlsFiles files;
        std::string error;
    } rows[] = {
        {{nowhere, files_.key}, nowhere + ": No such file or directory"},
        {{files_.certificate, nowhere}, nowhere + ": No such file or directory"},
        {{text, files_.key},
         text + ": there is no certificate in it; a PEM file has a line -----BEGIN CERTIFICATE-----"},
        {{files_.certificate, text}, text + ": there is no private key in it that needs no passphrase"},
        {{files_.certificate, locked}, locked + ": there is no private key in it that needs no passphrase"},
        {{files_.certificate, two.key}, two.key + ": the key does not belong to " + files_.certificate},
    };
    for (const auto& row : rows) {
        const auto context = TlsContext::server(row.files);
        ASSERT_FALSE(context);
        EXPECT_EQ(context.error(), row.error);
    }
}

}  // namespace

}  // namespace weir::net
