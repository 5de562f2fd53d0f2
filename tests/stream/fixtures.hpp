// Streams in miniature: tracks, packets and a wire format whose bytes a person can read. A video packet is "v<ms>", a keyframe
// "V<ms>", audio "a<ms>", each with its payload's size where it has one; tracks are "<width,rate>", the header of a log "#".
#pragma once

#include <cassert>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/executor.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"
#include "stream/wire_log.hpp"

namespace weir::stream::test {

using namespace std::chrono_literals;
using media::Ticks;

inline Ticks ms(std::int64_t value) { return Ticks::milliseconds(value); }

/// A moment on both clocks, `since` after an arbitrary start (a whole Unix second).
inline base::Now at(base::Duration since) {
    return {base::Instant(1000s + since), base::WallTime(1'800'000'000s + since)};
}

inline media::Track video_track(std::uint32_t width = 1280, double frame_rate = 0) {
    return {.id = media::video_track_id,
            .kind = media::Kind::video,
            .codec = media::Codec::h264,
            .config = base::Bytes::copy_of("avcC" + std::to_string(width)),
            .codec_string = "avc1.64001f",
            .width = width,
            .height = width * 9 / 16,
            .frame_rate = frame_rate,
            .language = {}};
}

inline media::Track audio_track(std::uint32_t sample_rate = 48000) {
    // AudioSpecificConfig: AAC-LC, the rate by its index, two channels.
    const std::uint8_t index = sample_rate == 48000 ? 3 : sample_rate == 44100 ? 4 : 8;
    const std::uint8_t config[] = {static_cast<std::uint8_t>(2 << 3 | index >> 1),
                                   static_cast<std::uint8_t>((index & 1) << 7 | 2 << 3)};
    return {.id = media::audio_track_id,
            .kind = media::Kind::audio,
            .codec = media::Codec::aac,
            .config = base::Bytes::copy_of(base::ByteView(config)),
            .codec_string = "mp4a.40.2",
            .sample_rate = sample_rate,
            .channels = 2,
            .language = {}};
}

inline media::TrackSetRef both(std::uint32_t width = 1280) {
    return std::make_shared<media::TrackSet>(std::vector{video_track(width), audio_track()});
}
inline media::TrackSetRef audio_only() { return std::make_shared<media::TrackSet>(std::vector{audio_track()}); }

inline media::Packet video(std::int64_t dts, bool keyframe = false, std::size_t size = 0) {
    return {.track = media::video_track_id,
            .dts = ms(dts),
            .pts = ms(dts),
            .duration = ms(40),
            .keyframe = keyframe,
            .payload = base::Bytes::copy_of(std::string(size, 'x'))};
}
inline media::Packet key(std::int64_t dts, std::size_t size = 0) { return video(dts, true, size); }
inline media::Packet audio(std::int64_t dts, std::size_t size = 0) {
    return {.track = media::audio_track_id,
            .dts = ms(dts),
            .pts = ms(dts),
            .duration = ms(20),
            .keyframe = true,
            .payload = base::Bytes::copy_of(std::string(size, 'x'))};
}

inline media::PacketRef shared(media::Packet packet) { return std::make_shared<media::Packet>(std::move(packet)); }

class ReadableSerializer final : public Serializer {
  public:
    explicit ReadableSerializer(Ticks origin) : origin_(origin) {}
    void begin(const media::TrackSet&, base::SlabWriter& out) override { put(out, "#"); }
    void tracks(const media::TrackSet& tracks, Ticks at, base::SlabWriter& out) override {
        std::string text = "<";
        for (const media::Track& track : tracks.tracks)
            text += std::to_string(track.kind == media::Kind::video ? track.width : track.sample_rate) + ",";
        put(out, text + std::to_string((at - origin_).to_milliseconds()) + ">");
    }
    void write(const media::Packet& packet, const media::Track& track, base::SlabWriter& out) override {
        put(out, (track.kind == media::Kind::audio ? "a"
                  : packet.keyframe                ? "V"
                                                   : "v") +
                     std::to_string((packet.dts - origin_).to_milliseconds()));
        out.append(packet.payload);
    }

  private:
    static void put(base::SlabWriter& out, const std::string& text) { out.append(base::as_bytes(text)); }
    Ticks origin_;
};

/// Runs for an hour of wire time.
inline const WireFormat readable{
    "readable",
    [](Ticks origin) -> std::unique_ptr<Serializer> { return std::make_unique<ReadableSerializer>(origin); },
    ms(3'600'000)};

/// A viewer that is never slow: it joins at the newest join point of its first batch and reads everything. It asserts what the
/// contract of batches promises: no byte is missing or given twice.
class Follower {
  public:
    explicit Follower(base::Executor& executor) : executor_(&executor) {}

    [[nodiscard]] LogSubscriber subscriber() {
        return {executor_, std::make_shared<std::function<void(LogBatchRef)>>(
                               [this](const LogBatchRef& batch) { receive(*batch); })};
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] std::string take() { return std::exchange(text_, {}); }
    [[nodiscard]] const std::vector<LogMark>& marks() const noexcept { return marks_; }
    [[nodiscard]] std::uint64_t begin() const noexcept { return begin_; }
    [[nodiscard]] std::uint64_t end() const noexcept { return end_.value_or(0); }
    [[nodiscard]] std::size_t batches() const noexcept { return batches_; }
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] bool broken() const noexcept { return broken_; }
    [[nodiscard]] std::uint64_t retained() const noexcept { return end() - begin_; }

  private:
    void receive(const LogBatch& batch) {
        broken_ =
            broken_ || ended_ || (end_ && *end_ != batch.offset) || batch.begin > batch.end() || batch.begin < begin_;
        ++batches_;
        std::string bytes;
        for (const base::Bytes& run : batch.bytes) bytes += base::as_text(run);
        std::size_t from = 0;
        for (const LogMark& mark : batch.marks) {
            broken_ = broken_ || mark.offset < batch.offset || mark.offset > batch.end();
            marks_.push_back(mark);
        }
        if (!joined_)
            for (auto mark = batch.marks.rbegin(); !joined_ && mark != batch.marks.rend(); ++mark)
                if (mark->join) {
                    joined_ = true;
                    text_ += base::as_text(mark->greeting);
                    from = mark->offset - batch.offset;
                }
        if (joined_) text_ += bytes.substr(from);
        end_ = batch.end();
        begin_ = batch.begin;
        ended_ = batch.ended;
    }

    base::Executor* executor_;
    std::string text_;
    std::vector<LogMark> marks_;
    std::optional<std::uint64_t> end_;
    std::uint64_t begin_ = 0;
    std::size_t batches_ = 0;
    bool joined_ = false;
    bool ended_ = false;
    bool broken_ = false;
};

}  // namespace weir::stream::test
