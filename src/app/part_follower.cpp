#include "app/part_follower.hpp"

#include "format/m3u8_parser.hpp"

#include <fmt/format.h>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace weir::app {

namespace asio = boost::asio;
namespace m3u8 = format::m3u8;
using namespace std::chrono_literals;
using package::hls::Position;

namespace {

constexpr int patience = 5;  // answers in a row without what was asked for

/// The first number that is in the playlist itself, not skipped.
std::uint64_t first_listed(const m3u8::MediaPlaylist& playlist) {
    return playlist.media_sequence + (playlist.skip ? playlist.skip->segments : 0);
}

HttpUrl with_query(HttpUrl url, const std::string& query) {
    url.path += (url.path.contains('?') ? '&' : '?') + query;
    return url;
}

}  // namespace

asio::awaitable<bool> PartFollower::run() {
    for (int misses = 0; misses <= patience;) {
        const auto playlist = co_await read();
        if (!playlist) {
            ++misses;
            timer_.expires_after(200ms);
            co_await timer_.async_wait(asio::use_awaitable);
            continue;
        }
        misses = 0;
        if (!next_) start_from(*playlist);
        co_await take_new(*playlist);
        if (playlist->ended) co_return true;
        co_await take_hinted(*playlist);
    }
    co_return false;
}

asio::awaitable<std::optional<m3u8::MediaPlaylist>> PartFollower::read() {
    HttpUrl url = url_;
    if (asked_)
        url = with_query(std::move(url), fmt::format("_HLS_msn={}&_HLS_part={}&_HLS_skip=YES", asked_->sequence,
                                                     asked_->part.value_or(0)));
    const auto answer = co_await fetch(std::move(url));
    if (!answer) co_return std::nullopt;
    auto parsed = m3u8::parse(answer->text());
    auto* const playlist = parsed ? std::get_if<m3u8::MediaPlaylist>(&*parsed) : nullptr;
    if (playlist == nullptr) co_return std::nullopt;
    co_return std::move(*playlist);
}

/// The newest part that can be decoded by itself; without one the part to come.
void PartFollower::start_from(const m3u8::MediaPlaylist& playlist) {
    std::uint64_t sequence = first_listed(playlist);
    const auto look_at = [&](const m3u8::Segment& segment) {
        for (std::size_t part = 0; part < segment.parts.size(); ++part)
            if (segment.parts[part].independent)
                next_ = Position{.sequence = sequence, .part = static_cast<std::uint32_t>(part)};
        ++sequence;
    };
    for (const m3u8::Segment& segment : playlist.segments) look_at(segment);
    if (!next_) next_ = Position{.sequence = sequence, .part = 0};
    if (playlist.open) look_at(*playlist.open);
}

asio::awaitable<void> PartFollower::take_new(const m3u8::MediaPlaylist& playlist) {
    std::uint64_t sequence = first_listed(playlist);
    for (const m3u8::Segment& segment : playlist.segments) {
        co_await take_segment(segment, sequence++);
        if (next_->sequence < sequence) next_ = Position{.sequence = sequence, .part = 0};
    }
    if (playlist.open) co_await take_segment(*playlist.open, sequence);
    asked_ = next_;
}

asio::awaitable<void> PartFollower::take_segment(const m3u8::Segment& segment, std::uint64_t sequence) {
    if (sequence < next_->sequence) co_return;
    co_await take_header(segment.map);
    for (std::size_t part = sequence == next_->sequence ? *next_->part : 0; part < segment.parts.size(); ++part) {
        const m3u8::Part& one = segment.parts[part];
        if (one.gap) hooks_.buffered(one.duration.to_duration());
        else (void)co_await take(one.uri, one.duration.to_duration());
        next_ = Position{.sequence = sequence, .part = static_cast<std::uint32_t>(part + 1)};
    }
}

/// Waits for the part that is being made. Where the hint does not come true the next playlist tells.
asio::awaitable<void> PartFollower::take_hinted(const m3u8::MediaPlaylist& playlist) {
    const auto hinted = package::hls::parse_part_address(playlist.preload_hint);
    if (!hinted) co_return;
    if (!std::exchange(is_live_, true)) hooks_.live();
    if (!co_await take(playlist.preload_hint, playlist.part_target.to_duration())) co_return;
    asked_ = Position{.sequence = hinted->sequence, .part = hinted->part};
    next_ = Position{.sequence = hinted->sequence, .part = hinted->part + 1};
}

asio::awaitable<void> PartFollower::take_header(const std::string& map) {
    if (map == map_ || map.empty()) co_return;
    if (const auto header = co_await fetch(resolve(url_, map))) {
        map_ = map;
        hooks_.look(*header);
    }
}

asio::awaitable<bool> PartFollower::take(const std::string& uri, base::Duration duration) {
    const auto part = co_await fetch(resolve(url_, uri));
    if (!part) co_return false;
    hooks_.look(*part);
    hooks_.buffered(duration);
    co_return true;
}

asio::awaitable<base::Result<HttpAnswer>> PartFollower::fetch(HttpUrl url) {
    auto answer = co_await client_.get(std::move(url));
    if (!answer) {
        hooks_.complaint(answer.error().text);
        co_return answer;
    }
    hooks_.received(answer->body.size());
    if (answer->status == 200) co_return answer;
    if (answer->status != 404) hooks_.complaint(fmt::format("status {}", answer->status));
    co_return base::fail(base::ErrorKind::not_found, "the server has no such thing");
}

}  // namespace weir::app
