// A blocking HTTP client for tests: says exactly the bytes it is told to, and hears what comes back within a few seconds.
#pragma once

#include "proto/http/response_parser.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::net {

struct Heard {
    unsigned status = 0;  ///< 0: the connection ended without an answer
    proto::http::Response head;
    std::string body;

    [[nodiscard]] std::string field(std::string_view name) const { return std::string(head.field(name).value_or("")); }
};

class TestClient {
  public:
    explicit TestClient(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const void* generic = &address;
        EXPECT_EQ(::connect(socket_, static_cast<const sockaddr*>(generic), sizeof address), 0);
    }
    ~TestClient() { ::close(socket_); }
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;

    void say(std::string_view bytes) { (void)::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    /// How the next answers were asked for; GET unless said.
    void expect(proto::http::Method method) { parser_.expect(method); }

    /// The next answer, informational ones included.
    Heard hear() {
        Heard heard;
        for (;;) {
            while (auto event = parser_.next_event()) {
                if (auto* head = std::get_if<proto::http::Response>(&*event)) {
                    heard.head = std::move(*head);
                    heard.status = code(heard.head.status);
                } else if (const auto* data = std::get_if<proto::http::BodyData>(&*event)) {
                    heard.body += base::as_text(data->bytes);
                } else if (std::holds_alternative<proto::http::MessageEnd>(*event)) {
                    return heard;
                } else {
                    return {};
                }
            }
            if (!receive()) parser_.close();
        }
    }
    Heard ask(std::string_view request, proto::http::Method method = proto::http::Method::get) {
        expect(method);
        say(request);
        return hear();
    }
    Heard get(std::string_view path, std::string_view fields = {}) {
        return ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
    }
    /// Whether the server closes within the time.
    bool is_closed_within(std::chrono::milliseconds time) {
        pollfd waiting{socket_, POLLIN, 0};
        char byte = 0;
        return ::poll(&waiting, 1, static_cast<int>(time.count())) == 1 && ::recv(socket_, &byte, 1, MSG_PEEK) <= 0;
    }
    /// Some bytes as they come; empty at the end.
    std::string take(std::size_t most) {
        std::string bytes(most, '\0');
        const ssize_t size = wait() ? ::recv(socket_, bytes.data(), most, 0) : 0;
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return bytes;
    }

  private:
    bool wait() {
        pollfd waiting{socket_, POLLIN, 0};
        return ::poll(&waiting, 1, 10'000) == 1;
    }
    bool receive() {
        const std::string bytes = take(65536);
        parser_.receive(base::as_bytes(bytes));
        return !bytes.empty();
    }

    int socket_;
    proto::http::ResponseParser parser_;
};

}  // namespace weir::net
