// The audience of an HLS stream: each viewer reads the multivariant playlist, then the best variant and its audio, as a player
// does: part by part where the playlist has parts (part_follower.hpp), else segment by segment from three segments before the
// end. It plays in real time, and stalls when it has run dry.
#include "app/http_client.hpp"
#include "app/part_follower.hpp"
#include "app/watch.hpp"
#include "format/m3u8_parser.hpp"
#include "format/mp4_reader.hpp"
#include "media/clock_sei.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <ranges>

namespace weir::app {

namespace asio = boost::asio;
namespace m3u8 = format::m3u8;
using base::ErrorKind;
using base::fail;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t segments_from_the_end = 3;  // RFC 8216 6.3.3
constexpr int patience = 5;                       // answers in a row that a viewer takes without what it asked for

// One media playlist being followed.
struct Follow {
    explicit Follow(HttpUrl at) : url(std::move(at)) {}

    HttpUrl url;
    std::optional<std::uint64_t> next;
    base::Duration buffered{};
    base::Duration target = 1s;
    std::string map;
    bool ended = false;
    bool is_live = false;  ///< what comes is the newest there is
    std::unique_ptr<format::mp4::Reader> probe{};
    std::optional<media::Codec> codec{};
};

class HlsViewer {
  public:
    HlsViewer(asio::io_context& context, const HttpUrl& url, bool probes, WatchReport& report)
        : client_(context.get_executor()), timer_(context), url_(url), probes_(probes), report_(report) {}

    asio::awaitable<void> run() {
        asked_ = base::read_clocks().instant;
        if (!co_await find_playlists()) {
            ++report_.failed;
            co_return;
        }
        if (co_await has_parts()) co_return follow_parts();
        int misses = 0;
        while (!std::ranges::all_of(follows_, &Follow::ended)) {
            bool news = false;
            bool reachable = true;
            for (Follow& follow : follows_) {
                const auto got = co_await advance(follow);
                reachable = reachable && got.has_value();
                news = news || got.value_or(false);
            }
            misses = reachable ? 0 : misses + 1;
            if (misses > patience) {
                ++report_.closed;
                co_return;
            }
            play();
            for (Follow& follow : follows_) follow.is_live = true;
            timer_.expires_after(news ? follows_.front().target : follows_.front().target / 2);
            co_await timer_.async_wait(asio::use_awaitable);
        }
    }

  private:
    asio::awaitable<bool> find_playlists() {
        const auto answer = co_await fetch(url_);
        if (!answer) co_return false;
        const auto parsed = m3u8::parse(answer->text());
        if (!parsed) co_return false;
        const auto* playlist = std::get_if<m3u8::MultivariantPlaylist>(&*parsed);
        if (playlist == nullptr) {
            follows_.emplace_back(url_);
            co_return true;
        }
        if (playlist->variants.empty()) co_return false;
        const auto best = std::ranges::max_element(playlist->variants, {}, &m3u8::Variant::bandwidth);
        follows_.emplace_back(resolve(url_, best->uri));
        for (const m3u8::Rendition& rendition : playlist->renditions)
            if (rendition.group == best->audio && !rendition.uri.empty()) {
                follows_.emplace_back(resolve(url_, rendition.uri));
                break;
            }
        if (probes_) follows_.front().probe = std::make_unique<format::mp4::Reader>();
        co_return true;
    }

    // Whether the stream is to be had part by part.
    asio::awaitable<bool> has_parts() {
        const auto answer = co_await fetch(follows_.front().url);
        const auto parsed = answer ? m3u8::parse(answer->text()) : fail(ErrorKind::not_found, "");
        const auto* playlist = parsed ? std::get_if<m3u8::MediaPlaylist>(&*parsed) : nullptr;
        if (playlist == nullptr || !playlist->server_control || !playlist->server_control->can_block_reload ||
            playlist->part_target == media::Ticks() || playlist->ended)
            co_return false;
        hold_back_ = playlist->server_control->part_hold_back.to_duration();
        co_return true;
    }

    // Each playlist on a connection of its own, since answers are waited for.
    void follow_parts() {
        for (Follow& follow : follows_) {
            auto follower = std::make_shared<PartFollower>(
                timer_.get_executor(), follow.url,
                PartFollower::Hooks{.look = [this, &follow](const HttpAnswer& answer) { look(follow, answer); },
                                    .live = [&follow] { follow.is_live = true; },
                                    .buffered =
                                        [this, &follow](base::Duration duration) {
                                            follow.buffered += duration;
                                            play();
                                        },
                                    .complaint = [this](std::string_view text) { complain(text); },
                                    .received = [this](std::size_t bytes) { report_.bytes += bytes; }});
            asio::co_spawn(timer_.get_executor(), follower->run(),
                           [this, follower](const std::exception_ptr&, bool has_ended) {
                               if (!has_ended) ++report_.closed;
                           });
        }
    }

    void complain(std::string_view text) {
        if (report_.refusal.empty()) report_.refusal = text;
    }

    // Reads the playlist and what is new in it: whether there was anything, or nothing when the server did not answer.
    asio::awaitable<std::optional<bool>> advance(Follow& follow) {
        const auto answer = co_await fetch(follow.url);
        if (!answer) co_return std::nullopt;
        const auto parsed = m3u8::parse(answer->text());
        const auto* playlist = parsed ? std::get_if<m3u8::MediaPlaylist>(&*parsed) : nullptr;
        if (playlist == nullptr) co_return std::nullopt;
        follow.target = std::chrono::seconds(std::max(1U, playlist->target_duration));
        const std::uint64_t first = playlist->media_sequence;
        const std::uint64_t end = first + playlist->segments.size();
        if (!follow.next || *follow.next < first || *follow.next > end)
            follow.next = std::max(first, end - std::min<std::uint64_t>(end, segments_from_the_end));
        bool news = false;
        for (; *follow.next < end; ++*follow.next) {
            const m3u8::Segment& segment = playlist->segments[*follow.next - first];
            if (!segment.gap && !co_await take(follow, segment)) co_return std::nullopt;
            follow.buffered += segment.duration.to_duration();
            news = true;
        }
        follow.ended = playlist->ended;
        co_return news;
    }

    asio::awaitable<bool> take(Follow& follow, const m3u8::Segment& segment) {
        if (segment.map != follow.map) {
            const auto header = co_await fetch(resolve(follow.url, segment.map));
            if (!header) co_return false;
            follow.map = segment.map;
            look(follow, *header);
        }
        const auto media = co_await fetch(resolve(follow.url, segment.uri));
        if (!media) co_return false;
        look(follow, *media);
        co_return true;
    }

    // What a probe sees in a header or a segment.
    void look(Follow& follow, const HttpAnswer& answer) {
        if (follow.probe == nullptr) return;
        const base::Now now = base::read_clocks();
        follow.probe->receive(answer.body);
        bool newest = true;
        std::optional<base::WallTime> clock;
        while (true) {
            const auto event = follow.probe->next();
            if (!event || !*event) break;
            if (const auto* tracks = std::get_if<media::TrackSetRef>(&**event)) {
                const media::Track* video = (*tracks)->first(media::Kind::video);
                follow.codec = video != nullptr ? std::optional(video->codec) : std::nullopt;
                continue;
            }
            const media::Packet& packet = std::get<media::Packet>(**event);
            ++report_.frames;
            if (std::exchange(newest, false) && !std::exchange(seen_, true))
                report_.first_frame.push_back(now.instant - asked_);
            if (follow.codec)
                if (const auto found = media::find_clock(*follow.codec, packet.payload)) clock = found;
        }
        // Of the newest frame in the segment: how old media is when a player can have it.
        if (clock && follow.is_live) report_.latency.push_back(now.wall - *clock);
    }

    // Plays what is buffered in real time; a viewer that has run dry waits until there is more.
    void play() {
        const base::Duration ready = std::ranges::min(follows_ | std::views::transform(&Follow::buffered));
        const base::Instant now = base::read_clocks().instant;
        if (ready == base::Duration{} || (!started_ && ready < hold_back_)) return;
        if (!started_) started_ = now;
        if (now - *started_ <= ready + stalled_) return;
        ++report_.stalls;
        stalled_ = now - *started_ - ready;
    }

    asio::awaitable<base::Result<HttpAnswer>> fetch(HttpUrl url) {
        auto answer = co_await client_.get(std::move(url));
        if (!answer) {
            complain(answer.error().text);
            co_return answer;
        }
        report_.bytes += answer->body.size();
        if (answer->status == 200) co_return answer;
        complain("status " + std::to_string(answer->status));
        co_return fail(ErrorKind::not_found, "the server has no such thing");
    }

    HttpClient client_;
    asio::steady_timer timer_;
    HttpUrl url_;
    bool probes_;
    WatchReport& report_;
    std::vector<Follow> follows_;
    base::Instant asked_;
    bool seen_ = false;
    base::Duration hold_back_{};  ///< how much a player has before it plays
    std::optional<base::Instant> started_;
    base::Duration stalled_{};
};

}  // namespace

base::Result<WatchReport> watch_hls(const HttpUrl& url, const WatchOptions& options) {
    asio::io_context context(1);
    WatchReport report;
    std::vector<std::unique_ptr<HlsViewer>> viewers;
    const std::size_t stride = std::max<std::size_t>(1, options.viewers / std::max<std::size_t>(1, options.probes));
    for (std::size_t i = 0; i < options.viewers; ++i) {
        viewers.push_back(std::make_unique<HlsViewer>(context, url, i % stride == 0, report));
        asio::co_spawn(context, viewers.back()->run(), asio::detached);
    }
    const base::Instant start = base::read_clocks().instant;
    for (base::Duration passed{}; passed < options.duration && !context.stopped();
         passed = base::read_clocks().instant - start) {
        context.run_for(std::min<base::Duration>(1s, options.duration - passed));
        if (options.progress) options.progress(base::read_clocks().instant - start, report.bytes);
    }
    report.viewers = viewers.size();
    report.seconds = std::chrono::duration<double>(base::read_clocks().instant - start).count();
    return report;
}

}  // namespace weir::app
