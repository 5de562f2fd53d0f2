#include "endpoint/pulls.hpp"

#include "base/clock.hpp"
#include "config/streams.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace weir::endpoint {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration between_ticks = 100ms;

void substitute(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
}

/// Whether the file has a rule for just this stream that gives it a source.
bool is_configured(const config::Config& config, const std::string& id) {
    for (const config::StreamRule& rule : config.streams.rules)
        if (rule.pattern == id)
            for (const auto& setting : rule.settings)
                if (setting.key == "source" && !setting.value.empty()) return true;
    return false;
}

}  // namespace

PullSource source_of(const config::Config& config, const base::StreamId& id) {
    const std::string name = id.text();
    const config::StreamOptions options = config::options_for(config, name);
    PullSource source{.addresses = options.source.addresses,
                      .on_demand = options.pull == config::Pull::on_demand || !is_configured(config, name),
                      .idle = options.pull_idle,
                      .silence = options.timeout};
    // A name is letters, digits, `.`, `_` and `-`: it cannot lead anywhere else.
    for (std::string& address : source.addresses) {
        substitute(address, "{app}", id.app);
        substitute(address, "{name}", id.name);
    }
    return source;
}

// The pulls of one shard.
struct Pulls::Home {
    Home(net::Shard& its_shard, const PullSurroundings& surroundings, PullsLimits with)
        : shard(its_shard), around(surroundings), limits(with), timer(shard.context()) {}

    static asio::awaitable<void> run(std::shared_ptr<Home> self, std::size_t count) {
        while (true) {
            self->tick(base::read_clocks(), count);
            self->timer.expires_after(between_ticks);
            co_await self->timer.async_wait(asio::use_awaitable);
        }
    }

    void tick(base::Now now, std::size_t count) {
        if (is_closed) return;
        if (const config::ConfigRef& config = around.contribution.config.get(shard); config != seen)
            follow(config, count, now);
        for (const auto& [id, pull] : pulls) pull->tick(now);
        std::erase_if(pulls, [&](const auto& each) {
            return each.second->state() == stream::PullState::idle && !is_configured(*seen, each.first.text()) &&
                   !paused.contains(each.first);
        });
    }

    // What is the same goes on.
    void follow(const config::ConfigRef& config, std::size_t count, base::Now now) {
        seen = config;
        std::erase_if(pulls, [&](const auto& each) {
            const PullSource source = source_of(*config, each.first);
            if (source == each.second->source()) return false;
            each.second->stop("the configuration has changed", source.addresses.empty(), now);
            return true;
        });
        for (const config::StreamRule& rule : config->streams.rules) {
            const auto id = base::parse_stream_id(rule.pattern);
            if (id && std::hash<base::StreamId>()(*id) % count == shard.index() && is_configured(*config, rule.pattern))
                begin(*id, now);
        }
    }

    Pull* begin(const base::StreamId& id, base::Now now) {
        if (const auto found = pulls.find(id); found != pulls.end()) return found->second.get();
        PullSource source = source_of(*seen, id);
        if (source.addresses.empty()) return nullptr;
        auto& pull = pulls[id] = std::make_unique<Pull>(around, id, std::move(source), shard, now);
        if (paused.contains(id)) pull->pause(paused[id], now);
        return pull.get();
    }

    void want(const base::StreamId& id) {
        const base::Now now = base::read_clocks();
        if (is_closed || seen == nullptr ||
            (!pulls.contains(id) && pulls.size() >= limits.asked_for + seen->streams.rules.size()))
            return;
        if (Pull* pull = begin(id, now)) pull->wanted(now);
    }

    void pause(const base::StreamId& id, std::string reason) {
        const base::Now now = base::read_clocks();
        if (const auto found = pulls.find(id); found != pulls.end()) found->second->pause(reason, now);
        paused[id] = std::move(reason);
    }
    void resume(const base::StreamId& id) {
        paused.erase(id);
        if (const auto found = pulls.find(id); found != pulls.end()) found->second->resume(base::read_clocks());
    }
    void close() {
        is_closed = true;
        pulls.clear();
    }

    net::Shard& shard;
    const PullSurroundings& around;
    const PullsLimits limits;
    asio::steady_timer timer;
    config::ConfigRef seen;
    std::map<base::StreamId, std::unique_ptr<Pull>> pulls;
    std::map<base::StreamId, std::string> paused;  ///< and why
    bool is_closed = false;
};

Pulls::Pulls(net::Shards& shards, PullSurroundings around, PullsLimits limits)
    : shards_(shards), around_(std::move(around)), limits_(limits) {
    for (std::size_t index = 0; index < shards_.count(); ++index) {
        net::Shard& shard = shards_.at(index);
        homes_.push_back(std::make_shared<Home>(shard, around_, limits_));
        asio::co_spawn(shard.context(), Home::run(homes_.back(), shards_.count()), asio::detached);
    }
}

Pulls::~Pulls() {
    for (const auto& home : homes_) home->close();
}

Pulls::Home& Pulls::home_of(const base::StreamId& id) const noexcept {
    return *homes_[std::hash<base::StreamId>()(id) % homes_.size()];
}

bool Pulls::expect(const base::StreamId& id, net::Shard& shard) {
    if (source_of(*around_.contribution.config.get(shard), id).addresses.empty()) return false;
    Home& home = home_of(id);
    home.shard.post([&home, id] { home.want(id); });
    return true;
}

void Pulls::pause(const base::StreamId& id, std::string reason) {
    Home& home = home_of(id);
    home.shard.post([&home, id, text = std::move(reason)]() mutable { home.pause(id, std::move(text)); });
}

void Pulls::resume(const base::StreamId& id) {
    Home& home = home_of(id);
    home.shard.post([&home, id] { home.resume(id); });
}

void Pulls::close() {
    for (const auto& home : homes_) home->shard.post([home] { home->close(); });
}

}  // namespace weir::endpoint
