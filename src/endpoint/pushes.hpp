// Restreaming: every target of every stream, what is being done about it, and what is told of it. It is given the targets that there
// are to be, whenever they change, and sees to it: a plan for each (stream/push_plan), an attempt where the plan says so. Lives on a
// desk, a thread that handles no media; attempts live on shards.
#pragma once

#include "base/metrics.hpp"
#include "config/overlay.hpp"
#include "endpoint/pusher.hpp"
#include "stream/push_plan.hpp"
#include "stream/registry.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <expected>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::endpoint {

class PushAttempt;

struct PushCounts {
    base::Counter attempts;
    base::Counter refused;
    base::Gauge targets;
    base::Gauge running;

    void fields(this auto& self, auto&& visit) {
        visit("attempts", self.attempts, "Attempts to reach a target that a stream is sent to.");
        visit("refused", self.refused, "Targets refused at a limit.");
        visit("targets", self.targets, "Targets that streams are sent to.");
        visit("running", self.running, "Those of them that media goes out to.");
    }
};

class Pushes {
  public:
    /// Everything that is referred to outlives it.
    struct Surroundings {
        net::Shards& shards;
        net::Shard& desk;
        stream::Registry& registry;
        std::vector<PushScheme> schemes;
        base::Log log;
        stream::PushLimits limits{};
    };

    explicit Pushes(Surroundings around);
    /// Once desk and shards have stopped.
    ~Pushes();
    Pushes(const Pushes&) = delete;
    Pushes& operator=(const Pushes&) = delete;

    /// Whether one more target at that address may be; the error says why not. On the desk.
    [[nodiscard]] std::expected<void, std::string> check(std::string_view stream, std::string_view url);
    /// The targets that `stream` is sent to from now on: others end, new ones begin. On the desk.
    void set(const std::string& stream, const std::vector<config::PushTarget>& targets);
    /// In the order of their ids. On the desk.
    [[nodiscard]] std::vector<stream::PushStatus> list(const std::string& stream) const;
    [[nodiscard]] const PushCounts& counts() const noexcept { return counts_; }  ///< any thread

  private:
    struct Target {
        Target(const config::PushTarget& its_address, const stream::PushLimits& limits, base::Now now)
            : address(its_address), plan(limits, now) {}
        config::PushTarget address;
        stream::PushPlan plan;
        std::shared_ptr<PushAttempt> attempt{};  ///< null while there is none
        std::uint64_t attempt_number = 0;
        std::uint64_t bytes_before = 0;  ///< of attempts that are over
        std::uint64_t retransmitted_before = 0;
    };
    /// Stream and id.
    using Key = std::pair<std::string, std::string>;

    static boost::asio::awaitable<void> watch(Pushes& self);
    void look(base::Now now);
    [[nodiscard]] stream::PushSource source_of(const Key& key, const Target& target) const;
    void begin(const Key& key, Target& target);
    void runs(const Key& key, std::uint64_t attempt);
    void ended(const Key& key, std::uint64_t attempt, PushEnd how, const std::string& reason);
    void let_go(Target& target);
    [[nodiscard]] Target* find(const Key& key, std::uint64_t attempt);
    [[nodiscard]] static stream::PushStatus describe(const Target& target, base::Instant now);

    const Surroundings around_;
    std::map<Key, Target> targets_;
    PushCounts counts_;
    std::mt19937_64 random_{std::random_device{}()};
    std::uint64_t next_attempt_ = 1;
    boost::asio::steady_timer timer_;
};

}  // namespace weir::endpoint
