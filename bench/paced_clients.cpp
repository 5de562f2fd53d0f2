// Many clients that fetch files at a steady rate, in bursts as players of LL-HLS do, for measuring servers: paced_clients PORT CLIENTS
// MILLISECONDS SECONDS PATH,PATH[,PATH...]... Each client has a connection for every list of paths and asks for all of a list, one after
// the other, each time that so many milliseconds have passed: everybody at once. Prints a line of JSON once all have joined, and one in
// the end: how many answers there were and how many failed, and in how many bursts a client had not come to the end of the one before.
#include "http_crowd.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using weir::base::read_clocks;
using weir::bench::HttpClient;
using Paths = std::vector<std::string>;

class Crowd final : public weir::bench::HttpCrowd {
  public:
    Crowd(std::uint16_t port, std::size_t clients, std::vector<Paths> lists)
        : HttpCrowd(port, clients * lists.size()), lists_(std::move(lists)), next_(size()) {
        for (std::size_t i = 0; i < next_.size(); ++i) {
            join(i);
            next_[i] = paths_of(i).size();
        }
    }

    void begin_burst() {
        for (std::size_t i = 0; i < next_.size(); ++i) {
            if (next_[i] != paths_of(i).size()) {
                ++late_;
                continue;
            }
            next_[i] = 0;
            ask_next(i);
        }
    }
    void measure() { answers_ = late_ = 0; }
    [[nodiscard]] std::size_t answers() const noexcept { return answers_; }
    [[nodiscard]] std::size_t late() const noexcept { return late_; }

  private:
    [[nodiscard]] const Paths& paths_of(std::size_t number) const { return lists_[number % lists_.size()]; }

    void ask_next(std::size_t number) { ask(number, paths_of(number)[next_[number]++], false); }

    void take(std::size_t number, const HttpClient&) override {
        ++answers_;
        if (next_[number] != paths_of(number).size()) ask_next(number);
    }

    std::vector<Paths> lists_;
    std::vector<std::size_t> next_;  ///< of its paths, by connection
    std::size_t answers_ = 0;
    std::size_t late_ = 0;
};

Paths split(std::string_view text) {
    Paths paths;
    for (; !text.empty(); text.remove_prefix(std::min(paths.back().size() + 1, text.size())))
        paths.emplace_back(text.substr(0, text.find(',')));
    return paths;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 6) return 2;
    std::vector<Paths> lists;
    for (int i = 5; i < count; ++i) lists.push_back(split(arguments[i]));
    const auto period = std::chrono::milliseconds(std::atoi(arguments[3]));
    Crowd crowd(static_cast<std::uint16_t>(std::atoi(arguments[1])), static_cast<std::size_t>(std::atoi(arguments[2])),
                std::move(lists));
    auto next = read_clocks().instant;
    const auto go_on = [&](std::chrono::seconds time) {
        for (const auto end = next + time; next < end;) {
            crowd.begin_burst();
            crowd.run_until(next += period);
        }
    };
    go_on(std::chrono::seconds(2));
    std::puts("{\"joined\": true}");
    std::fflush(stdout);
    crowd.measure();
    go_on(std::chrono::seconds(std::atoi(arguments[4])));
    std::printf("{\"answers\": %zu, \"failed\": %zu, \"late\": %zu}\n", crowd.answers(), crowd.failures(),
                crowd.late());
    return 0;
}
