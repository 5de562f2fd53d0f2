#include "endpoint/pulls.hpp"

#include "base/clock.hpp"
#include "config/streams.hpp"
#include "endpoint/stream_pulls.hpp"
#include "stream/backup_wish.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
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

/// A name is letters, digits, `.`, `_` and `-`: it cannot lead anywhere else.
std::vector<std::string> addresses_for(const base::StreamId& id, std::vector<std::string> addresses) {
    for (std::string& address : addresses) {
        substitute(address, "{app}", id.app);
        substitute(address, "{name}", id.name);
    }
    return addresses;
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
    return {.addresses = addresses_for(id, options.source.addresses),
            .on_demand = options.pull == config::Pull::on_demand || !is_configured(config, name),
            .idle = options.pull_idle,
            .silence = options.timeout};
}

PullSource backup_of(const config::Config& config, const base::StreamId& id) {
    const config::StreamOptions options = config::options_for(config, id.text());
    return {.addresses = addresses_for(id, options.backup.fetched.addresses),
            .on_demand = true,
            .idle = stream::BackupWish::validity,
            .silence = options.timeout,
            .rank = stream::Rank::backup};
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
        for (const auto& [id, pulls] : streams) pulls->tick(now);
        std::erase_if(streams, [&](const auto& each) {
            return each.second->is_idle() && !is_configured(*seen, each.first.text());
        });
    }

    // What is the same goes on.
    void follow(const config::ConfigRef& config, std::size_t count, base::Now now) {
        seen = config;
        for (const auto& [id, pulls] : streams) pulls->follow(source_of(*config, id), backup_of(*config, id), now);
        for (const config::StreamRule& rule : config->streams.rules) {
            const auto id = base::parse_stream_id(rule.pattern);
            if (id && std::hash<base::StreamId>()(*id) % count == shard.index() && is_configured(*config, rule.pattern))
                at(*id).begin(now);
        }
    }

    StreamPulls& at(const base::StreamId& id) {
        auto& pulls = streams[id];
        if (pulls == nullptr)
            pulls = std::make_unique<StreamPulls>(around, id, shard, source_of(*seen, id), backup_of(*seen, id));
        return *pulls;
    }

    [[nodiscard]] bool has_source(const base::StreamId& id) const {
        const auto found = streams.find(id);
        return found != streams.end() && found->second->has_source();
    }

    void want(const base::StreamId& id) {
        if (is_closed || seen == nullptr) return;
        const auto fetched = std::ranges::count_if(streams, [](const auto& each) { return each.second->has_source(); });
        const bool is_full = static_cast<std::size_t>(fetched) >= limits.asked_for + seen->streams.rules.size();
        if (has_source(id) || !is_full) at(id).wanted(base::read_clocks());
    }

    // There are no more of these than streams.
    void want_backup(const base::StreamId& id) {
        if (!is_closed && seen != nullptr) at(id).backup_wanted(base::read_clocks());
    }

    void close() {
        is_closed = true;
        streams.clear();
    }

    net::Shard& shard;
    const PullSurroundings& around;
    const PullsLimits limits;
    asio::steady_timer timer;
    config::ConfigRef seen;
    std::map<base::StreamId, std::unique_ptr<StreamPulls>> streams;
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

void Pulls::want_backup(const base::StreamId& id) {
    Home& home = home_of(id);
    home.shard.post([&home, id] { home.want_backup(id); });
}

void Pulls::close() {
    for (const auto& home : homes_) home->shard.post([home] { home->close(); });
}

}  // namespace weir::endpoint
