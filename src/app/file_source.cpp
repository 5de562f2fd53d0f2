#include "app/file_source.hpp"

#include "base/clock.hpp"
#include "media/clock_sei.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace weir::app {

namespace asio = boost::asio;

namespace {

// The times of a file that is sent again and again: each round starts where the last one ended.
class LoopClock {
  public:
    media::Ticks place(const media::Packet& packet) {
        Seen& seen = seen_[packet.track];
        if (seen.count++ == 0) seen.first = packet.dts;
        seen.last = packet.dts;
        if (!start_) start_ = packet.dts;
        return packet.dts - *start_ + offset_;
    }
    void start_again() {
        media::Ticks length;
        for (auto& [track, seen] : seen_) {
            const auto frame = seen.count > 1 ? (seen.last - seen.first) / (seen.count - 1) : media::Ticks();
            length = std::max(length, seen.last + frame - seen.first);
            seen = {};
        }
        offset_ += length;
        start_.reset();
    }

  private:
    struct Seen {
        media::Ticks first;
        media::Ticks last;
        std::int64_t count = 0;
    };
    std::map<std::uint32_t, Seen> seen_;
    std::optional<media::Ticks> start_;
    media::Ticks offset_;
};

class FileSource final : public LiveSource {
  public:
    FileSource(const asio::any_io_executor& executor, MediaFile file, FilePlayback playback)
        : file_(std::move(file)), playback_(playback), due_(executor) {}

    asio::awaitable<Next> next() override {
        while (true) {
            auto event = file_.next();
            if (!event) co_return failure(event.error());
            if (!*event) {
                if (!playback_.loop) co_return std::nullopt;
                clock_.start_again();
                if (const auto again = file_.rewind(); !again) co_return failure(again.error());
                continue;
            }
            if (const auto* track = std::get_if<media::Track>(&**event)) note(*track);
            else co_await prepare(std::get<media::Packet>(**event));
            co_return std::move(**event);
        }
    }

  private:
    static Next failure(const base::Error& error) {
        return std::unexpected(PublishFailure{error.kind, std::string(error.text)});
    }

    void note(const media::Track& track) {
        if (track.kind == media::Kind::video) video_ = {track.id, track.codec};
    }

    asio::awaitable<void> prepare(media::Packet& packet) {
        const media::Ticks offset = packet.pts - packet.dts;
        packet.dts = clock_.place(packet);
        packet.pts = packet.dts + offset;
        const base::Instant now = base::read_clocks().instant;
        const base::Instant due = started_.value_or(now) + packet.dts.to_duration();
        if (!started_) started_ = now;
        if (due > now) {
            due_.expires_at(due);
            co_await due_.async_wait(asio::use_awaitable);
        }
        if (!playback_.clock || !video_ || video_->track != packet.track) co_return;
        if (auto marked = media::with_clock(video_->codec, packet.payload, base::read_clocks().wall))
            packet.payload = std::move(*marked);
    }

    struct Video {
        std::uint32_t track;
        media::Codec codec;
    };

    MediaFile file_;
    FilePlayback playback_;
    asio::steady_timer due_;
    std::optional<base::Instant> started_;
    LoopClock clock_;
    std::optional<Video> video_;
};

}  // namespace

std::unique_ptr<LiveSource> play_file(const asio::any_io_executor& executor, MediaFile file, FilePlayback playback) {
    return std::make_unique<FileSource>(executor, std::move(file), playback);
}

}  // namespace weir::app
