// What packaging costs a stream that nobody watches: 1.5 Mbit/s, 30 pictures and 47 sounds a second, a window of a minute.
// `streams_per_core` is how many of them one core would carry if it did nothing else.
#include "package/segmenter.hpp"

#include "media/track_config.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>

namespace {

using namespace weir;
using media::Ticks;
using namespace std::chrono_literals;

constexpr std::array<std::uint8_t, 2> aac_config = {0x11, 0x90};

media::TrackSetRef make_tracks() {
    auto tracks = std::make_shared<media::TrackSet>();
    media::Track video;
    video.id = media::video_track_id;
    video.config = base::Bytes::copy_of(std::string_view("avcC"));
    video.width = 1280;
    video.height = 720;
    video.frame_rate = 30;
    tracks->tracks = {video, media::track_from_config(media::Codec::aac, aac_config).value()};
    return tracks;
}

void segmenter_write(benchmark::State& state) {
    const media::TrackSetRef tracks = make_tracks();
    const base::Bytes picture = base::Bytes::copy_of(std::string(5700, 'v'));
    const base::Bytes sound = base::Bytes::copy_of(std::string(340, 'a'));
    const base::WallTime start(1'795'341'600s);
    package::Segmenter segmenter({}, base::Now{{}, start});
    std::int64_t pictures = 0;
    std::int64_t sounds = 0;
    const auto write = [&](std::uint32_t track, Ticks dts, Ticks duration, const base::Bytes& payload, bool keyframe) {
        auto packet = std::make_shared<media::Packet>();
        packet->track = track;
        packet->dts = packet->pts = dts;
        packet->duration = duration;
        packet->keyframe = keyframe;
        packet->segment_boundary = track == media::video_track_id && pictures % 180 == 0;
        packet->payload = payload;
        segmenter.write({.sequence = 0, .packet = std::move(packet), .tracks = tracks, .join = false},
                        start + dts.to_duration());
    };
    for (auto _ : state) {
        for (int i = 0; i < 30; ++i, ++pictures) {
            const Ticks at = Ticks::from(pictures, 30);
            for (; Ticks::from(sounds * 1024, 48'000) <= at; ++sounds)
                write(media::audio_track_id, Ticks::from(sounds * 1024, 48'000), Ticks::from(1024, 48'000), sound,
                      true);
            write(media::video_track_id, at, Ticks::from(1, 30), picture, pictures % 60 == 0);
        }
    }
    state.counters["streams_per_core"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
    state.counters["window_bytes"] = static_cast<double>(base::slab_bytes());
}
BENCHMARK(segmenter_write)->Unit(benchmark::kMicrosecond);

}  // namespace
