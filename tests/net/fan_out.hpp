// Viewers of one log before the broadcaster, each at the end of a socket pair, over each way that the kernel can be asked to send.
#pragma once

#include "net/broadcaster.hpp"

#include "net/certificates.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <array>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net::test {

/// How the kernel is asked to send, and whether it is encrypted.
struct Way {
    IoKind io;
    bool tls;
};

inline std::ostream& operator<<(std::ostream& out, const Way& way) {
    return out << (way.io == IoKind::epoll ? "epoll" : "uring") << (way.tls ? "_tls" : "");
}

inline TlsCounts tls_counts;  // outlives every link

/// One for all: making a certificate takes its time.
inline const TlsContextRef& server_context() {
    static const Certificates certificates;
    static const TlsContextRef context = *TlsContext::server(certificates.make("one", "localhost"));
    return context;
}

// A viewer's end of a connection: what it has received, as text.
class Peer {
  public:
    explicit Peer(int buffer_bytes = 0) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
        ours_ = ends[0];
        theirs = ends[1];
        if (buffer_bytes > 0) ::setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    }
    ~Peer() { hang_up(); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// Everything that has come, up to `most` bytes of it.
    std::string read(std::size_t most = SIZE_MAX) {
        std::string text;
        std::array<char, 4096> piece;
        while (text.size() < most) {
            const ssize_t count = ::recv(ours_, piece.data(), std::min(piece.size(), most - text.size()), MSG_DONTWAIT);
            closed = count == 0;
            if (count <= 0) break;
            hear(text, std::string_view(piece.data(), static_cast<std::size_t>(count)));
        }
        return text;
    }
    /// What the broadcaster is given: with TLS, once hands are shaken.
    Conduit conduit(bool tls) {
        if (!tls) return theirs;
        TlsBytes up;
        TlsBytes down;
        TlsBytes nothing;
        auto server = TlsChannel::accept(server_context());
        client_ = TlsChannel::connect(*TlsContext::client({.verify = false}), "localhost", up);
        while (!up.empty() || !down.empty()) {
            server->receive(std::exchange(up, {}), nothing, down);
            client_->receive(std::exchange(down, {}), nothing, up);
        }
        return {theirs, std::make_unique<TlsLink>(std::move(server), tls_counts)};
    }
    void say(std::string_view words) {
        TlsBytes sealed;
        if (client_ != nullptr) {
            EXPECT_TRUE(client_->send(base::as_bytes(words), sealed));
            words = base::as_text(sealed);
        }
        EXPECT_GT(::send(ours_, words.data(), words.size(), MSG_NOSIGNAL), 0);
    }
    void hang_up() {
        if (ours_ >= 0) ::close(std::exchange(ours_, -1));
    }

    int theirs = -1;  ///< for the broadcaster, which closes it
    bool closed = false;

  private:
    void hear(std::string& text, std::string_view said) {
        if (client_ == nullptr) {
            text += said;
            return;
        }
        TlsBytes plaintext;
        TlsBytes answer;
        EXPECT_NE(client_->receive(base::as_bytes(said), plaintext, answer), TlsChannel::State::failed);
        text += base::as_text(plaintext);
    }

    int ours_ = -1;
    std::unique_ptr<TlsChannel> client_;
};

// Writes a log of messages "<text>" as the stream would.
class Log {
  public:
    explicit Log(std::uint64_t retained = UINT64_MAX) : retained_(retained) {}

    stream::LogBatch message(const std::string& text, bool join = false) {
        stream::LogBatch batch;
        batch.offset = end_;
        batch.bytes.push_back(base::Bytes::copy_of('<' + text + '>'));
        stream::LogMark mark{.offset = end_, .time = {}, .join = join, .greeting = {}, .resume = {}};
        if (join) {
            mark.greeting = base::Bytes::copy_of("[hello " + text + "]");
            mark.resume = base::Bytes::copy_of("[again " + text + "]");
            newest_join_ = end_;
        }
        batch.marks.push_back(mark);
        end_ = batch.end();
        const std::uint64_t far = end_ > retained_ ? end_ - retained_ : 0;
        batch.begin = std::min(far, newest_join_);
        return batch;
    }
    stream::LogBatch end() const {
        stream::LogBatch batch;
        batch.offset = end_;
        batch.ended = true;
        return batch;
    }

  private:
    std::uint64_t retained_;
    std::uint64_t end_ = 0;
    std::uint64_t newest_join_ = 0;
};

class FanOut : public testing::TestWithParam<Way> {
  protected:
    void add(Peer& peer, std::string_view head = "head ") {
        broadcaster->add(peer.conduit(GetParam().tls), base::Bytes::copy_of(head), base::read_clocks().instant);
    }
    void settle() {
        context.restart();
        context.poll();
    }

    boost::asio::io_context context{1};
    std::unique_ptr<Sender> sender = create_sender(GetParam().io);
    std::uint32_t left = 0;
    std::uint64_t sent = 0;
    std::uint64_t jumps = 0;
    int first_frames = 0;
    base::MemoryLimit memory;
    std::optional<Broadcaster> broadcaster{std::in_place, context, *sender,
                                           Broadcaster::Observer{[this](std::uint32_t count) { left += count; },
                                                                 [this](std::uint64_t bytes, std::uint64_t jumped) {
                                                                     sent += bytes;
                                                                     jumps += jumped;
                                                                 },
                                                                 [this](base::Duration) { ++first_frames; }},
                                           &memory};
};

inline const auto every_way = testing::Values(Way{IoKind::epoll, false}, Way{IoKind::uring, false}, Way{IoKind::epoll, true},
                                              Way{IoKind::uring, true});

}  // namespace weir::net::test
