#include "hls_check/follower.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace weir::checker {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration between_variants = 2s;
constexpr base::Duration after_refusal = 500ms;
constexpr unsigned whole_every = 10;     // one in so many reloads is no delta update
constexpr std::size_t most_hinted = 64;  // that nobody took: plans change

/// What a client asks for next: the part behind the last one.
std::optional<Position> next_of(const Playlist& playlist) {
    const auto last = playlist.last();
    if (!last || playlist.ended || !playlist.control.value_or(Control()).can_block_reload) return std::nullopt;
    if (!playlist.part_target) return Position{playlist.next_complete(), std::nullopt};
    const Segment* segment = playlist.find(last->sequence);
    const bool is_whole = segment != nullptr && segment->is_complete();
    return is_whole ? Position{last->sequence + 1, 0} : Position{last->sequence, last->part.value_or(0) + 1};
}

std::string query_of(const Position& position, bool skips) {
    std::string query = fmt::format("?_HLS_msn={}", position.sequence);
    if (position.part) query += fmt::format("&_HLS_part={}", *position.part);
    return skips ? query + "&_HLS_skip=YES" : query;
}

}  // namespace

Follower::Follower(const app::HttpUrl& multivariant, const FollowOptions& options)
    : multivariant_(multivariant),
      options_(options),
      objects_(objects_context_.get_executor()),
      checker_(options.rules, [this](const std::string& address) { return fetch(address); }) {}

bool Follower::run() {
    end_ = base::read_clocks().instant + options_.duration;
    asio::co_spawn(context_, follow_variants(), asio::detached);
    while (!is_over() && !context_.stopped()) context_.run_for(100ms);
    return checker_.seen().versions > 0;
}

asio::awaitable<void> Follower::follow_variants() {
    app::HttpClient client(context_.get_executor());
    while (!is_over()) {
        const std::uint64_t whole = checker_.last_everywhere();
        const auto answer = co_await client.get(multivariant_);
        if (answer && answer->status == 200) {
            checker_.see_multivariant(answer->text(), whole);
            for (const std::string& address : checker_.multivariant().addresses())
                if (followed_.insert(address).second) asio::co_spawn(context_, follow(address), asio::detached);
        } else {
            count(answer ? answer->status : 0);
        }
        co_await wait(between_variants);
    }
}

asio::awaitable<void> Follower::follow(std::string address) {
    app::HttpClient client(context_.get_executor());
    const auto hints = std::make_shared<app::HttpClient>(context_.get_executor());
    bool needs_whole = true;
    for (unsigned turn = 1; !is_over(); ++turn) {
        const Playlist* known = checker_.playlist(address);
        const auto next = known != nullptr ? next_of(*known) : std::nullopt;
        const bool skips = !needs_whole && turn % whole_every != 0 && known->control.value_or(Control()).can_skip_until;
        if (next && !known->hints.empty())
            asio::co_spawn(context_, fetch_hint(resolve(address, known->hints.front().uri), hints), asio::detached);
        app::HttpUrl url = url_of(address);
        if (next) url.path += query_of(*next, skips);
        const base::WallTime asked = base::read_clocks().wall;
        const auto answer = co_await client.get(url);
        if (!answer || answer->status != 200) {
            count(answer ? answer->status : 0);
            if (answer && answer->status == 404 && is_gone(address)) co_return;
            needs_whole = true;
            co_await wait(after_refusal);
            continue;
        }
        const base::Now now = base::read_clocks();
        needs_whole = checker_.see(address, answer->text(), {asked, now.wall}, next) == Checker::Outcome::needs_whole;
        checker_.set_steady(options_.is_steady, now.wall);
        const Playlist* const read = checker_.playlist(address);
        if (read == nullptr || read->ended) co_return;  // null: its first version breaks a rule
        if (!next) co_await wait(std::chrono::duration_cast<base::Duration>(read->target) / 2);
    }
}

/// It is no longer there, nor in the multivariant playlist: a rendition that has nothing any more.
bool Follower::is_gone(const std::string& address) {
    const auto listed = checker_.multivariant().addresses();
    if (std::ranges::find(listed, address) != listed.end()) return false;
    checker_.forget(address);
    followed_.erase(address);
    return true;
}

/// The answer comes when the part is made; one such request at a time, as on a connection of HTTP/1.1.
asio::awaitable<void> Follower::fetch_hint(std::string address, std::shared_ptr<app::HttpClient> client) {
    if (hinted_.contains(address) || client.use_count() > 2) co_return;
    const auto answer = co_await client->get(url_of(address));
    if (!answer || answer->status != 200) {
        count(answer ? answer->status : 0);
        co_return;
    }
    if (hinted_.size() == most_hinted) hinted_.erase(hinted_.begin());
    hinted_.emplace(std::move(address), answer->text());
}

asio::awaitable<void> Follower::wait(base::Duration time) {
    asio::steady_timer timer(context_, time);
    co_await timer.async_wait(asio::use_awaitable);
}

std::optional<std::string> Follower::fetch(const std::string& address) {
    if (auto known = hinted_.extract(address)) return std::move(known.mapped());
    std::optional<std::string> found;
    const auto get = [&]() -> asio::awaitable<void> {
        const auto answer = co_await objects_.get(url_of(address));
        if (answer && answer->status == 200) found = answer->text();
    };
    objects_context_.restart();
    asio::co_spawn(objects_context_, get(), asio::detached);
    objects_context_.run();
    return found;
}

app::HttpUrl Follower::url_of(const std::string& address) const { return app::resolve(multivariant_, address); }

bool Follower::is_over() const noexcept {
    if (checker_.broken() || base::read_clocks().instant >= end_) return true;
    const auto has_ended = [&](const std::string& address) {
        const Playlist* playlist = checker_.playlist(address);
        return playlist != nullptr && playlist->ended;
    };
    return !followed_.empty() && std::ranges::all_of(followed_, has_ended);
}

void Follower::count(int status) { ++refusals_[status]; }

}  // namespace weir::checker
