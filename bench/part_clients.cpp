// Many clients of LL-HLS in one process, for measuring servers: part_clients PORT CLIENTS SECONDS PLAYLIST... Each follows every playlist
// on a connection of its own as a player does, hinted part, then playlist, and so on. How late a part is: the time at which a client has all of it, less the clock in its newest frame (an SEI
// message). Prints a line of JSON once all wait, and one in the end.
#include "http_crowd.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using weir::base::read_clocks;
using weir::base::WallTime;
using weir::bench::HttpClient;
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
    std::string playlist;  ///< path
    bool keeps = false;    ///< looks for the clock in parts
    bool counts = false;   ///< how late parts are
    std::string part{};    ///< that it asked for last
    bool asked_for_part = false;
};

class Crowd final : public weir::bench::HttpCrowd {
  public:
    Crowd(std::uint16_t port, std::size_t clients, std::vector<std::string> playlists)
        : HttpCrowd(port, clients * playlists.size()), followers_(size()) {
        for (std::size_t i = 0; i < followers_.size(); ++i) {
            Follower& one = followers_[i];
            one.playlist = playlists[i % playlists.size()];
            one.counts = i % playlists.size() == 0;
            one.keeps = i == 0;
            join(i);
            ask(i, one.playlist, true);
        }
    }

    void measure() { measures_ = true; }
    [[nodiscard]] std::vector<double>& lateness() noexcept { return lateness_.all; }

  private:
    void take(std::size_t number, const HttpClient& client) override {
        Follower& one = followers_[number];
        if (one.asked_for_part) {
            note(one, client);
            const std::string rest = one.part.substr(one.part.find('-') + 1);
            const auto dash = rest.find('-');
            const std::string part = rest.substr(dash + 1, rest.find('.') - dash - 1);
            one.asked_for_part = false;
            ask(number, one.playlist + "?_HLS_skip=YES&_HLS_msn=" + rest.substr(0, dash) + "&_HLS_part=" + part, true);
            return;
        }
        one.part = between(client.body, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"", '"');
        one.asked_for_part = !one.part.empty();
        if (!one.asked_for_part) ask(number, one.playlist, true);
        else ask(number, one.playlist.substr(0, one.playlist.rfind('/') + 1) + one.part, one.keeps);
    }

    void note(const Follower& one, const HttpClient& client) {
        if (!measures_ || !one.counts || client.status != 200) return;
        lateness_.arrived[one.part].push_back(read_clocks().wall);
        if (one.keeps)
            if (const auto clock = newest_clock(client.body)) lateness_.clocks[one.part] = *clock;
        lateness_.settle(one.part);
    }

    std::vector<Follower> followers_;
    Lateness lateness_;
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
    crowd.run_until(read_clocks().instant + std::chrono::seconds(3));
    std::puts("{\"joined\": true}");
    std::fflush(stdout);
    crowd.measure();
    crowd.run_until(read_clocks().instant + std::chrono::seconds(std::atoi(arguments[3])));
    std::vector<double>& late = crowd.lateness();
    std::ranges::sort(late);
    std::printf("{\"parts\": %zu, \"failed\": %zu, \"p50\": %.3f, \"p99\": %.3f}\n", late.size(), crowd.failures(),
                quantile(late, 0.5), quantile(late, 0.99));
    return 0;
}
