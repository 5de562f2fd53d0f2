// SRT over the loopback interface: the library itself at both ends, through what is ours.
#include "base/byte_writer.hpp"
#include "net/srt_listener.hpp"
#include "net/srt_poller.hpp"
#include "net/srt_socket.hpp"
#include "net/srt_udp.hpp"

#include <gtest/gtest.h>
#include <boost/asio/ip/address_v4.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::udp;

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds within = 5s) {
    const auto end = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

/// A listener on two shards that lets in whoever says "welcome", with a passphrase whoever says "secret".
class SrtTest : public testing::Test {
  protected:
    SrtTest()
        : poller_(SrtPoller::create(shards_).value()),
          listener_(SrtListener::create(
                        shards_, *poller_, {.host = "127.0.0.1", .port = 0, .enabled = true},
                        [](const SrtListener::Caller& caller) -> SrtListener::Verdict {
                            if (caller.stream_id == "welcome") return {.latency = 20ms};
                            if (caller.stream_id == "secret")
                                return {.passphrase = "a good long secret", .latency = 20ms};
                            return {.rejection = 1404};
                        },
                        [this](Shard& shard, SrtSocket socket) { take_in(shard, std::move(socket)); })
                        .value()) {
        listener_->start();
    }
    ~SrtTest() override {
        listener_->stop();
        for (std::size_t i = 0; i < shards_.count(); ++i) on(i, [this, i] { accepted_[i].clear(); });
        shards_.stop();
        listener_.reset();
    }

    struct Accepted {
        SrtPoller& poller;
        Shard& shard;
        SrtSocket socket;
        std::string got{};
        bool is_broken = false;

        ~Accepted() {
            if (socket.is_open()) poller.forget(shard, socket.id());
        }
        void read() {
            std::array<std::uint8_t, SrtSocket::longest_message> message{};
            SrtSocket::Received received;
            while (received.flow == Flow::going) {
                received = socket.receive(message);
                got += base::as_text(base::ByteView(message).first(received.size));
            }
            is_broken = received.flow == Flow::broken;
        }
    };

    void take_in(Shard& shard, SrtSocket socket) {
        auto& one = accepted_[shard.index()].emplace_back(
            new Accepted{.poller = *poller_, .shard = shard, .socket = std::move(socket)});
        poller_->watch(shard, one->socket.id(), [accepted = one.get()] { accepted->read(); });
        ++count_;
    }
    /// Runs there, and waits for it.
    void on(std::size_t shard, std::function<void()> task) {
        std::latch done(1);
        shards_.at(shard).post([&] {
            task();
            done.count_down();
        });
        done.wait();
    }
    /// Whether it comes true of one that was accepted.
    bool of_one(const std::function<bool(Accepted&)>& is_so) {
        return eventually([&] {
            bool found = false;
            for (std::size_t i = 0; i < shards_.count(); ++i)
                on(i, [&] {
                    for (const auto& one : accepted_[i]) found = found || is_so(*one);
                });
            return found;
        });
    }
    SrtSocket call(std::string stream_id, std::string passphrase = {}, std::chrono::milliseconds timeout = 3s) {
        const udp::endpoint to(boost::asio::ip::address_v4::loopback(), listener_->port());
        return SrtSocket::call({.to = to,
                                .stream_id = std::move(stream_id),
                                .passphrase = std::move(passphrase),
                                .latency = 20ms,
                                .timeout = timeout})
            .value();
    }
    static bool becomes(const SrtSocket& socket, SrtSocket::State state) {
        return eventually([&] { return socket.state() == state; });
    }

    Shards shards_{2};
    std::unique_ptr<SrtPoller> poller_;
    std::array<std::vector<std::unique_ptr<Accepted>>, 2> accepted_;
    std::atomic<int> count_{0};
    std::unique_ptr<SrtListener> listener_;
};

TEST_F(SrtTest, MessagesArriveWholeAndTheEndIsHeard) {
    SrtSocket caller = call("welcome");
    ASSERT_TRUE(becomes(caller, SrtSocket::State::connected));
    ASSERT_TRUE(of_one([](Accepted& one) { return one.socket.stream_id() == "welcome"; }));
    std::string all;
    for (int i = 0; i < 200; ++i) {
        const std::string message(SrtSocket::message_size, static_cast<char>('a' + i % 26));
        ASSERT_EQ(caller.send(base::as_bytes(message)), Flow::going);
        all += message;
    }
    EXPECT_TRUE(of_one([&](Accepted& one) { return one.got == all; }));
    EXPECT_TRUE(eventually([&] { return caller.unsent().bytes == 0; }));
    EXPECT_TRUE(of_one([](Accepted& one) {
        const auto figures = one.socket.measure();
        return figures && figures->received == 200 && figures->latency == 20ms && figures->received_dropped == 0;
    }));
    EXPECT_TRUE(of_one([](Accepted& one) { return one.socket.peer_version().starts_with("1."); }));
    caller.close();
    EXPECT_TRUE(of_one([](Accepted& one) { return one.is_broken; }));
}

TEST_F(SrtTest, WhoIsNotLetInIsToldTheCode) {
    const SrtSocket caller = call("stranger");
    ASSERT_TRUE(becomes(caller, SrtSocket::State::broken));
    EXPECT_EQ(caller.rejection(), 1404);
    EXPECT_EQ(caller.refusal(), "the other side has no such stream");
    EXPECT_EQ(count_, 0);
}

TEST_F(SrtTest, APassphraseIsAskedForAndComparedAndThenEncrypts) {
    SrtSocket caller = call("secret", "a good long secret");
    ASSERT_TRUE(becomes(caller, SrtSocket::State::connected));
    ASSERT_TRUE(of_one([](Accepted& one) { return one.socket.is_open(); }));
    ASSERT_EQ(caller.send(base::as_bytes("hello")), Flow::going);
    EXPECT_TRUE(of_one([](Accepted& one) { return one.got == "hello"; }));

    const SrtSocket wrong = call("secret", "another long secret");
    ASSERT_TRUE(becomes(wrong, SrtSocket::State::broken));
    EXPECT_TRUE(wrong.refusal().contains("passphrase")) << wrong.refusal();
    const SrtSocket none = call("secret");
    ASSERT_TRUE(becomes(none, SrtSocket::State::broken));
    EXPECT_TRUE(none.refusal().contains("passphrase")) << none.refusal();
    const SrtSocket needless = call("welcome", "a good long secret");
    EXPECT_TRUE(becomes(needless, SrtSocket::State::broken));
    EXPECT_EQ(count_, 1);
}

TEST_F(SrtTest, ALostListenerIsTimedOutAndWrongOptionsAreToldInWords) {
    listener_->stop();
    const SrtSocket caller = call("welcome", {}, 300ms);
    ASSERT_TRUE(becomes(caller, SrtSocket::State::broken));
    EXPECT_EQ(caller.refusal(), "nobody answers");
    const udp::endpoint to(boost::asio::ip::address_v4::loopback(), 9);
    const auto short_one = SrtSocket::call({.to = to, .stream_id = {}, .passphrase = "short"});
    ASSERT_FALSE(short_one);
    EXPECT_TRUE(short_one.error().text.contains("10 to 79"));
    EXPECT_FALSE(SrtSocket::call({.to = to, .stream_id = std::string(513, 'x'), .passphrase = {}}));
}

TEST_F(SrtTest, AnAddressInUseIsSaidInWords) {
    const auto second = SrtListener::create(
        shards_, *poller_, {.host = "127.0.0.1", .port = listener_->port(), .enabled = true}, nullptr, nullptr);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().text, "the address is in use by another program");
}

/// The first packet of a handshake, of a version 4 client, as the library's own would be but for two of its fields.
std::string handshake(std::uint32_t packet_size, std::uint32_t window) {
    base::ByteWriter out;
    for (const std::uint32_t word : {0x80000000U, 0U, 0U, 0U, 4U, 2U, 1U, packet_size, window, 1U, 77U, 0U})
        out.u32(word);
    out.u32_little_endian(0x7f000001);
    out.zeros(12);
    return std::string(base::as_text(out.view()));
}

/// A socket that has sent the packet there.
int send_to(std::uint16_t port, const std::string& packet) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* raw = &to;
    EXPECT_EQ(::sendto(socket, packet.data(), packet.size(), 0, static_cast<const sockaddr*>(raw), sizeof to),
              static_cast<ssize_t>(packet.size()));
    return socket;
}

bool has_input(int socket, std::chrono::milliseconds within) {
    pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
    return ::poll(&wanted, 1, static_cast<int>(within.count())) == 1;
}

/// Whether a listener answers it.
bool is_answered(std::uint16_t port, const std::string& packet, std::chrono::milliseconds within = 100ms) {
    const int socket = send_to(port, packet);
    const bool is_answer = has_input(socket, within);
    ::close(socket);
    return is_answer;
}

TEST_F(SrtTest, HandshakesThatWouldHaveTheLibraryReserveOrDivideBadlyAreNotHeard) {
    const std::uint16_t port = listener_->port();
    EXPECT_TRUE(is_answered(port, handshake(1500, 25'600), 3s));
    EXPECT_TRUE(is_answered(port, handshake(1500, 8192), 3s));
    EXPECT_FALSE(is_answered(port, handshake(1500, 0x3fffffff)));
    EXPECT_FALSE(is_answered(port, handshake(1500, 0xffffffff)));
    EXPECT_FALSE(is_answered(port, handshake(44, 8192)));
    EXPECT_FALSE(is_answered(port, handshake(0xffffffff, 8192)));
    EXPECT_FALSE(is_answered(port, handshake(1500, 8192).substr(0, 20)));
}

/// What a sender says of packets that it has given up.
std::string drop_request(std::uint32_t first, std::uint32_t last) {
    base::ByteWriter out;
    for (const std::uint32_t word : {0x80070000U, 1U, 0U, 77U, first, last}) out.u32(word);
    return std::string(base::as_text(out.view()));
}

TEST(SrtUdp, ARequestToDropTwoThousandMillionPacketsStopsNobody) {
    const SrtLimits limits;
    const auto under = SrtUdp::listen({.host = "127.0.0.1", .port = 0, .enabled = true}, limits);
    ASSERT_TRUE(under);
    const auto is_heard = [&](const std::string& packet) {
        ::close(send_to(under->port(), packet));
        std::array<char, 2048> heard{};
        return has_input(under->socket(), 100ms) && ::recv(under->socket(), heard.data(), heard.size(), 0) > 0;
    };
    EXPECT_TRUE(is_heard(drop_request(1000, 1000)));
    EXPECT_TRUE(is_heard(drop_request(1000, 1000 + limits.window)));
    EXPECT_TRUE(is_heard(drop_request(0x7ffffff0, 10))) << "sequence numbers begin anew";
    EXPECT_FALSE(is_heard(drop_request(1000, 1001 + limits.window)));
    EXPECT_FALSE(is_heard(drop_request(1000, 0x30000000)));
    EXPECT_FALSE(is_heard(drop_request(1000, 999)));
    EXPECT_FALSE(is_heard(drop_request(1000, 1000).substr(0, 20)));
    EXPECT_TRUE(is_heard(std::string(16, '\0'))) << "media";
}

}  // namespace
}  // namespace weir::net
