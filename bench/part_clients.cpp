// Many clients of LL-HLS in one process, for measuring servers: part_clients PORT CLIENTS SECONDS PLAYLIST... Each follows every playlist
// on a connection of its own as a player does, hinted part, then playlist, and so on, but looks no further than it must, so that what is
// measured is the server. How late a part is: the time at which a client has all of it, less the clock in its newest frame (an SEI
// message). Prints a line of JSON once all wait, and one in the end.
#include "base/clock.hpp"
#include "proto/http/response_parser.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
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

namespace {

namespace http = weir::proto::http;
using weir::base::read_clocks;
using weir::base::WallTime;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::string_view uuid = "\x8b\x51\xd6\x2e\x7c\x0f\x4a\x93\xb4\x6e\x21\xf7\x95\x3a\xc8\x1d";

/// Who has which part when, until its clock is known.
struct Lateness {
    std::map<std::string, std::vector<WallTime>> arrived;
    std::map<std::string, WallTime> clocks;
    std::vector<double> all;  ///< milliseconds

    void settle(const std::string& part) {
        const auto clock = clocks.find(part);
        if (clock == clocks.end()) return;
        for (const WallTime at : arrived[part]) all.push_back(Milliseconds(at - clock->second).count());
        arrived.erase(part);
    }
};

std::optional<WallTime> newest_clock(std::string_view body) {
    std::optional<WallTime> newest;
    for (auto at = body.find(uuid); at != std::string_view::npos; at = body.find(uuid, at + 1)) {
        std::uint64_t value = 0;
        if (at + uuid.size() + 8 > body.size()) break;
        for (std::size_t i = 0; i < 8; ++i) value = value << 8 | static_cast<std::uint8_t>(body[at + uuid.size() + i]);
        const WallTime clock{std::chrono::nanoseconds(value)};
        const bool is_whole = clock <= read_clocks().wall;  // no byte was put into it (H.264 7.4.1.1)
        if (is_whole) newest = std::max(newest.value_or(clock), clock);
    }
    return newest;
}

std::string between(std::string_view text, std::string_view before, char after) {
    const auto at = text.rfind(before);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = text.substr(at + before.size());
    return std::string(rest.substr(0, rest.find(after)));
}

struct Follower {
    int socket = -1;
    std::string playlist;  ///< path
    bool keeps = false;    ///< looks for the clock in parts
    bool counts = false;   ///< how late parts are
    http::ResponseParser parser{};
    std::string part{};  ///< that it asked for last
    bool asked_for_part = false;
    std::string body{};
    unsigned status = 0;
};

class Crowd {
  public:
    Crowd(std::uint16_t port, std::size_t clients, std::vector<std::string> playlists)
        : poll_(::epoll_create1(EPOLL_CLOEXEC)), followers_(clients * playlists.size()) {
        for (std::size_t i = 0; i < followers_.size(); ++i) {
            Follower& one = followers_[i];
            one.playlist = playlists[i % playlists.size()];
            one.counts = i % playlists.size() == 0;
            one.keeps = i == 0;
            join(one, port, static_cast<std::uint32_t>(i));
        }
    }

    void run(std::chrono::seconds time) {
        const auto end = read_clocks().instant + time;
        std::array<epoll_event, 512> events;
        while (read_clocks().instant < end) {
            const int ready = ::epoll_wait(poll_, events.data(), events.size(), 100);
            for (int i = 0; i < ready; ++i) read(followers_[events[static_cast<std::size_t>(i)].data.u32]);
        }
    }

    void measure() { measures_ = true; }
    [[nodiscard]] std::size_t failures() const noexcept { return failures_; }
    [[nodiscard]] std::vector<double>& lateness() noexcept { return lateness_.all; }

  private:
    void join(Follower& one, std::uint16_t port, std::uint32_t number) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        one.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const void* place = &address;
        if (::connect(one.socket, static_cast<const sockaddr*>(place), sizeof address) != 0) return fail(one);
        ::fcntl(one.socket, F_SETFL, ::fcntl(one.socket, F_GETFL) | O_NONBLOCK);
        epoll_event interest{.events = EPOLLIN, .data = {.u32 = number}};
        ::epoll_ctl(poll_, EPOLL_CTL_ADD, one.socket, &interest);
        ask(one, one.playlist, false);
    }

    void ask(Follower& one, const std::string& path, bool is_part) {
        const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        one.parser.expect(http::Method::get);
        one.asked_for_part = is_part;
        one.body.clear();
        if (::send(one.socket, request.data(), request.size(), MSG_NOSIGNAL) < 0) fail(one);
    }

    void read(Follower& one) {
        static std::array<std::uint8_t, 256 << 10> bytes;
        const ssize_t size = ::recv(one.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) return fail(one);
        one.parser.receive({bytes.data(), static_cast<std::size_t>(size)});
        while (auto event = one.parser.next_event()) {
            if (const auto* response = std::get_if<http::Response>(&*event)) one.status = code(response->status);
            if (const auto* data = std::get_if<http::BodyData>(&*event);
                data != nullptr && (!one.asked_for_part || one.keeps))
                one.body += weir::base::as_text(data->bytes);
            if (std::holds_alternative<http::Refusal>(*event)) return fail(one);
            if (std::holds_alternative<http::MessageEnd>(*event)) take(one);
        }
    }

    void take(Follower& one) {
        if (one.status != 200) ++failures_;
        if (one.asked_for_part) {
            note(one);
            const std::string rest = one.part.substr(one.part.find('-') + 1);
            const auto dash = rest.find('-');
            const std::string number = rest.substr(dash + 1, rest.find('.') - dash - 1);
            ask(one, one.playlist + "?_HLS_skip=YES&_HLS_msn=" + rest.substr(0, dash) + "&_HLS_part=" + number, false);
            return;
        }
        one.part = between(one.body, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"", '"');
        if (one.part.empty()) ask(one, one.playlist, false);
        else ask(one, one.playlist.substr(0, one.playlist.rfind('/') + 1) + one.part, true);
    }

    void note(const Follower& one) {
        if (!measures_ || !one.counts || one.status != 200) return;
        lateness_.arrived[one.part].push_back(read_clocks().wall);
        if (one.keeps)
            if (const auto clock = newest_clock(one.body)) lateness_.clocks[one.part] = *clock;
        lateness_.settle(one.part);
    }

    void fail(Follower& one) {
        ++failures_;
        ::close(std::exchange(one.socket, -1));
    }

    int poll_;
    std::vector<Follower> followers_;
    Lateness lateness_;
    std::size_t failures_ = 0;
    bool measures_ = false;
};

double quantile(const std::vector<double>& sorted, double part) {
    return sorted.empty() ? -1
                          : sorted[std::min(sorted.size() - 1,
                                            static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 5) return 2;
    Crowd crowd(static_cast<std::uint16_t>(std::atoi(arguments[1])), static_cast<std::size_t>(std::atoi(arguments[2])),
                {arguments + 4, arguments + count});
    crowd.run(std::chrono::seconds(3));
    std::puts("{\"joined\": true}");
    std::fflush(stdout);
    crowd.measure();
    crowd.run(std::chrono::seconds(std::atoi(arguments[3])));
    std::vector<double>& late = crowd.lateness();
    std::ranges::sort(late);
    std::printf("{\"parts\": %zu, \"failed\": %zu, \"p50\": %.3f, \"p99\": %.3f}\n", late.size(), crowd.failures(),
                quantile(late, 0.5), quantile(late, 0.99));
    return 0;
}
