// Many connections of HTTP/1.1 in one process, each with one request at a time, that look no further than they must, so that what is
// measured is the server. Who derives from it says what is asked next.
#pragma once

#include "base/clock.hpp"
#include "proto/http/response_parser.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::bench {

struct HttpClient {
    int socket = -1;
    proto::http::ResponseParser parser{};
    bool keeps = false;  ///< has the body of what it asked for
    std::string body{};
    unsigned status = 0;
};

class HttpCrowd {
  public:
    HttpCrowd(std::uint16_t port, std::size_t clients)
        : port_(port), poll_(::epoll_create1(EPOLL_CLOEXEC)), clients_(clients) {}
    virtual ~HttpCrowd() {
        for (const HttpClient& client : clients_)
            if (client.socket >= 0) ::close(client.socket);
        ::close(poll_);
    }
    HttpCrowd(const HttpCrowd&) = delete;
    HttpCrowd& operator=(const HttpCrowd&) = delete;

    void run_until(base::Instant end) {
        using Milliseconds = std::chrono::duration<int, std::milli>;
        std::array<epoll_event, 512> events;
        for (base::Instant now = base::read_clocks().instant; now < end; now = base::read_clocks().instant) {
            const int wait = std::chrono::ceil<Milliseconds>(end - now).count();
            const int ready = ::epoll_wait(poll_, events.data(), events.size(), wait);
            for (int i = 0; i < ready; ++i) read(events[static_cast<std::size_t>(i)].data.u32);
        }
    }
    [[nodiscard]] std::size_t failures() const noexcept { return failures_; }

  protected:
    [[nodiscard]] std::size_t size() const noexcept { return clients_.size(); }

    void join(std::size_t number) {
        HttpClient& client = clients_[number];
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        client.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const void* place = &address;
        if (::connect(client.socket, static_cast<const sockaddr*>(place), sizeof address) != 0) return fail(client);
        ::fcntl(client.socket, F_SETFL, ::fcntl(client.socket, F_GETFL) | O_NONBLOCK);
        epoll_event interest{.events = EPOLLIN, .data = {.u32 = static_cast<std::uint32_t>(number)}};
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, client.socket, &interest);
    }

    void ask(std::size_t number, std::string_view path, bool keeps) {
        HttpClient& client = clients_[number];
        if (client.socket < 0) return;
        const std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        client.parser.expect(proto::http::Method::get);
        client.keeps = keeps;
        client.body.clear();
        if (::send(client.socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) fail(client);
    }

    /// All of what it asked for is there.
    virtual void take(std::size_t number, const HttpClient& client) = 0;

  private:
    void read(std::size_t number) {
        static std::array<std::uint8_t, 256 << 10> bytes;
        HttpClient& client = clients_[number];
        const ssize_t size = ::recv(client.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) return fail(client);
        client.parser.receive({bytes.data(), static_cast<std::size_t>(size)});
        while (auto event = client.parser.next_event()) {
            if (const auto* response = std::get_if<proto::http::Response>(&*event))
                client.status = code(response->status);
            if (const auto* data = std::get_if<proto::http::BodyData>(&*event); data != nullptr && client.keeps)
                client.body += base::as_text(data->bytes);
            if (std::holds_alternative<proto::http::Refusal>(*event)) return fail(client);
            if (!std::holds_alternative<proto::http::MessageEnd>(*event)) continue;
            if (client.status != 200) ++failures_;
            take(number, client);
        }
    }

    void fail(HttpClient& client) {
        ++failures_;
        ::close(std::exchange(client.socket, -1));
    }

    std::uint16_t port_;
    int poll_;
    std::vector<HttpClient> clients_;
    std::size_t failures_ = 0;
};

}  // namespace weir::bench
