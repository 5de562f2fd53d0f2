// Reading an HLS stream as a player does, its best variant and that one's sound, and writing down what came: segments of fragmented MP4 and of
// MPEG-TS, of a live stream for some seconds, of one that has ended from its beginning.
#include "app/http_client.hpp"
#include "app/probe.hpp"
#include "app/probe_reader.hpp"
#include "format/m3u8_parser.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>

namespace weir::app {

namespace asio = boost::asio;
namespace m3u8 = format::m3u8;

namespace {

constexpr std::size_t segments_from_the_end = 3;  // RFC 8216 6.3.3

/// One media playlist and the way of its segments into the findings.
struct Rendition {
    Rendition(HttpUrl at, ProbeFindings& findings) : url(std::move(at)), reader(findings) {}

    HttpUrl url;
    ProbeReader reader;
    std::optional<std::uint64_t> next;
    std::string map;
    media::Ticks read;  ///< of its segments
    bool ended = false;
};

class HlsProbe {
  public:
    HlsProbe(asio::io_context& context, HttpUrl url, base::Duration enough)
        : client_(context.get_executor()), timer_(context), url_(std::move(url)), enough_(enough) {}

    asio::awaitable<void> run() {
        if (!co_await find_renditions()) co_return;
        while (!is_over()) {
            for (Rendition& rendition : renditions_)
                if (!co_await advance(rendition)) co_return;
            if (is_over()) break;
            timer_.expires_after(pause_);
            co_await timer_.async_wait(asio::use_awaitable);
        }
        for (Rendition& rendition : renditions_) (void)rendition.reader.finish();
    }

    [[nodiscard]] ProbeReport report() const {
        ProbeReport report = findings_.report();
        report.container = "HLS of " + report.container;
        report.bytes = bytes_;
        report.sound_after_picture = {};  // renditions are joined at segments of their own
        report.apart = {};
        return report;
    }
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
    [[nodiscard]] media::Ticks probed() const noexcept { return findings_.duration(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    [[nodiscard]] bool is_over() const {
        return std::ranges::all_of(renditions_, [this](const Rendition& one) { return is_done(one); });
    }
    [[nodiscard]] bool is_done(const Rendition& rendition) const {
        return rendition.ended || rendition.read.to_duration() >= enough_;
    }

    asio::awaitable<bool> find_renditions() {
        const auto playlist = co_await read_playlist(url_);
        if (!playlist) co_return false;
        const auto* all = std::get_if<m3u8::MultivariantPlaylist>(&*playlist);
        if (all == nullptr) {
            renditions_.emplace_back(url_, findings_);
            co_return true;
        }
        if (all->variants.empty()) co_return fail("the playlist has no variants");
        const auto best = std::ranges::max_element(all->variants, {}, &m3u8::Variant::bandwidth);
        renditions_.emplace_back(resolve(url_, best->uri), findings_);
        for (const m3u8::Rendition& sound : all->renditions)
            if (sound.group == best->audio && !sound.uri.empty()) {
                renditions_.emplace_back(resolve(url_, sound.uri), findings_);
                break;
            }
        co_return true;
    }

    asio::awaitable<std::optional<m3u8::Playlist>> read_playlist(const HttpUrl& url) {
        const auto answer = co_await fetch(url);
        if (!answer) co_return std::nullopt;
        auto parsed = m3u8::parse(base::as_text(*answer));
        if (parsed) co_return *std::move(parsed);
        fail(parsed.error().text);
        co_return std::nullopt;
    }

    /// What is new in the playlist.
    asio::awaitable<bool> advance(Rendition& rendition) {
        const auto parsed = co_await read_playlist(rendition.url);
        const auto* playlist = parsed ? std::get_if<m3u8::MediaPlaylist>(&*parsed) : nullptr;
        if (playlist == nullptr) co_return fail("a playlist of segments was expected");
        const std::uint64_t first = playlist->media_sequence;
        const std::uint64_t end = first + playlist->segments.size();
        if (!rendition.next || *rendition.next < first || *rendition.next > end)
            rendition.next =
                playlist->ended ? first : std::max(first, end - std::min<std::uint64_t>(end, segments_from_the_end));
        pause_ = std::chrono::milliseconds(500) * std::max(1U, playlist->target_duration);
        for (; *rendition.next < end && !is_done(rendition); ++*rendition.next) {
            const m3u8::Segment& segment = playlist->segments[*rendition.next - first];
            if (!segment.gap && !co_await take(rendition, segment)) co_return false;
            rendition.read += segment.duration;
        }
        rendition.ended = playlist->ended && *rendition.next == end;
        co_return true;
    }

    asio::awaitable<bool> take(Rendition& rendition, const m3u8::Segment& segment) {
        if (segment.map != rendition.map) {
            rendition.map = segment.map;
            if (!co_await read(rendition, segment.map)) co_return false;
        }
        co_return co_await read(rendition, segment.uri);
    }

    asio::awaitable<bool> read(Rendition& rendition, const std::string& uri) {
        const auto answer = co_await fetch(resolve(rendition.url, uri));
        if (!answer) co_return false;
        const auto taken = rendition.reader.receive(*answer);
        co_return taken ? true : fail(taken.error().text);
    }

    asio::awaitable<std::optional<std::vector<std::uint8_t>>> fetch(const HttpUrl& url) {
        auto answer = co_await client_.get(url);
        if (answer && answer->status == 200) {
            bytes_ += answer->body.size();
            co_return std::move(answer->body);
        }
        if (answer) fail(fmt::format("the server answered with status {} for {}", answer->status, url.path));
        else fail(answer.error().text);
        co_return std::nullopt;
    }

    bool fail(std::string_view text) {
        if (failure_.empty()) failure_ = text;
        return false;
    }

    HttpClient client_;
    asio::steady_timer timer_;
    HttpUrl url_;
    base::Duration enough_;
    ProbeFindings findings_;
    std::deque<Rendition> renditions_;
    base::Duration pause_ = std::chrono::seconds(1);
    std::uint64_t bytes_ = 0;
    std::string failure_;
};

}  // namespace

std::expected<ProbeReport, std::string> probe_hls(const HttpUrl& url, const ProbeOptions& options) {
    const base::Duration enough = options.duration.value_or(usual_probe);
    asio::io_context context(1);
    HlsProbe probe(context, url, enough);
    asio::co_spawn(context, probe.run(), asio::detached);
    // Segments come in steps: a live stream takes a while longer than what is wanted of it, but not for ever.
    const base::Instant start = base::read_clocks().instant;
    const base::Duration patience = enough + std::chrono::seconds(20);
    for (base::Duration passed{}; passed < patience && !context.stopped();
         passed = base::read_clocks().instant - start) {
        context.run_for(std::chrono::seconds(1));
        if (options.progress) options.progress(probe.probed().to_duration(), probe.bytes());
    }
    ProbeReport report = probe.report();
    if (report.tracks.empty() && !probe.failure().empty()) return std::unexpected(probe.failure());
    report.ended = probe.failure();
    return report;
}

}  // namespace weir::app
