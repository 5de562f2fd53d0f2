#include "worker/demo_source.hpp"

#include "av/error.hpp"
#include "worker/connection.hpp"
#include "worker/demo_sound.hpp"
#include "worker/sandbox.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
}

namespace weir::worker {

namespace relay = format::relay;
using base::Result;
using media::Ticks;

namespace {

constexpr std::uint64_t video_bitrate = 2'500'000;
constexpr std::uint64_t audio_bitrate = 128'000;
constexpr std::int64_t samples_a_frame = sound_rate / DemoPicture::frame_rate;
/// Later than this a picture is left out.
constexpr std::chrono::milliseconds patience{150};
/// A wall clock that is off by more was set.
constexpr std::chrono::milliseconds clock_was_set{20};
/// After so long a pause (a laptop that slept) the time that was lost is not made up for.
constexpr std::chrono::seconds long_pause{2};

av::VideoSettings video_settings() {
    return {.width = canvas_width,
            .height = canvas_height,
            .frame_rate = DemoPicture::frame_rate,
            .bitrate = video_bitrate,
            .maximum_bitrate = video_bitrate,
            .preset = "veryfast",
            .profile = "main",
            .low_latency = true,
            .threads = 1};
}

base::Duration frame_moment(std::int64_t frame) {
    return std::chrono::nanoseconds(frame * 1'000'000'000 / DemoPicture::frame_rate);
}

// When each frame is due, and what the wall clock says then. The grid is even, and lies on the whole seconds of the wall clock as
// it was at the start.
class Pace {
  public:
    Pace() {
        const base::Now now = base::read_clocks();
        offset_ = now.wall.time_since_epoch() - now.instant.time_since_epoch();
        const auto second = std::chrono::floor<std::chrono::seconds>(now.wall);
        const auto passed = (now.wall - second).count() * DemoPicture::frame_rate / 1'000'000'000;
        start_ = now.instant + (second + frame_moment(passed + 1) - now.wall);
    }

    /// Waits until frame `number` is due.
    void wait_for(std::int64_t number) {
        due_ = start_ + frame_moment(number);
        std::this_thread::sleep_until(due_);
        const base::Now now = base::read_clocks();
        late_ = now.instant - due_;
        if (late_ > long_pause) {
            start_ += late_;
            due_ += late_;
            late_ = {};
        }
        const auto offset = now.wall.time_since_epoch() - now.instant.time_since_epoch();
        if (std::chrono::abs(offset - offset_) > clock_was_set) offset_ = offset;
    }
    [[nodiscard]] base::WallTime time() const noexcept { return base::WallTime(due_.time_since_epoch() + offset_); }
    [[nodiscard]] bool is_late() const noexcept { return late_ > patience; }

  private:
    base::Instant start_;
    base::Instant due_;
    base::Duration offset_{};  ///< of the wall clock from the other
    base::Duration late_{};
};

Result<void> run(Connection& connection, std::string_view program) {
    DemoSource source = TRY(DemoSource::create());
    TRY(connection.write(relay::Hello{.program = std::string(program)}));
    TRY(connection.write(relay::Tracks{relay::source, source.tracks()}));
    Pace pace;
    while (true) {
        pace.wait_for(source.frame());
        for (media::Packet& packet : TRY(source.next(pace.time(), !pace.is_late())))
            TRY(connection.write(relay::Media{relay::source, std::move(packet)}));
    }
}

}  // namespace

Result<av::Frame> paint(const DemoPicture& picture, av::PicturePool& pool, std::int64_t frame, base::WallTime time) {
    av::Frame painted = TRY(pool.take());
    const AVFrame& planes = *painted.get();
    const auto plane = [&](int index) { return Plane{planes.data[index], planes.linesize[index]}; };
    picture.paint({plane(0), plane(1), plane(2)}, frame, time);
    painted.set_pts(frame_time(frame));
    return painted;
}

Result<av::Frame> record(std::int64_t first_sample, std::uint32_t samples, base::WallTime time) {
    av::Frame frame = TRY(av::Frame::create());
    AVFrame& sound = *frame.get();
    sound.format = AV_SAMPLE_FMT_FLTP;
    sound.sample_rate = sound_rate;
    sound.nb_samples = static_cast<int>(samples);
    av_channel_layout_default(&sound.ch_layout, 2);
    if (const int error = av_frame_get_buffer(&sound, 0); error < 0) return av::av_fail(error, "no memory for sound");
    sound.pts = first_sample;
    const auto channel = [&](int index) {
        void* const data = sound.extended_data[index];
        return std::span(static_cast<float*>(data), samples);
    };
    play(first_sample, time, channel(0), channel(1));
    return frame;
}

Result<DemoSource> DemoSource::create() {
    av::PicturePool pool = TRY(av::PicturePool::create(canvas_width, canvas_height));
    av::VideoEncoder video = TRY(av::VideoEncoder::create(video_settings()));
    av::AudioEncoder audio = TRY(av::AudioEncoder::create({sound_rate, 2, audio_bitrate}, Ticks()));
    return DemoSource(std::move(pool), std::move(video), std::move(audio));
}

DemoSource::DemoSource(av::PicturePool pool, av::VideoEncoder video, av::AudioEncoder audio)
    : picture_(std::make_unique<DemoPicture>()),
      pool_(std::move(pool)),
      video_(std::move(video)),
      audio_(std::move(audio)) {
    auto tracks = std::make_shared<media::TrackSet>();
    tracks->tracks = {video_.track(), audio_.track()};
    tracks_ = std::move(tracks);
}

Result<std::vector<media::Packet>> DemoSource::next(base::WallTime time, bool with_picture) {
    std::vector<media::Packet> packets;
    TRY(listen(time, packets));
    if (with_picture || frame_ % keyframe_distance == 0) TRY(film(time, packets));
    ++frame_;
    std::ranges::sort(packets, {}, &media::Packet::dts);
    return packets;
}

Result<void> DemoSource::film(base::WallTime time, std::vector<media::Packet>& out) {
    const av::Frame picture = TRY(paint(*picture_, pool_, frame_, time));
    TRY(video_.send(picture, {.keyframe = frame_ % keyframe_distance == 0, .clock = time}));
    while (auto packet = TRY(video_.receive())) out.push_back(std::move(*packet));
    return {};
}

// What is heard during this frame, as far as it makes whole frames of sound.
Result<void> DemoSource::listen(base::WallTime time, std::vector<media::Packet>& out) {
    const std::int64_t until = (frame_ + 1) * samples_a_frame;
    while (samples_ + audio_.frame_size() <= until) {
        const auto since = std::chrono::nanoseconds((samples_ - frame_ * samples_a_frame) * 1'000'000'000 / sound_rate);
        const av::Frame sound = TRY(record(samples_, audio_.frame_size(), time + since));
        TRY(audio_.send(sound));
        samples_ += audio_.frame_size();
        while (auto packet = TRY(audio_.receive())) out.push_back(std::move(*packet));
    }
    return {};
}

int serve_demo(int socket, std::string_view program) {
    av::silence();
    Connection connection(socket);
    Result<void> ended = enter_sandbox({socket});
    if (ended) ended = run(connection, program);
    if (ended.error().kind == base::ErrorKind::closed) return EXIT_SUCCESS;
    // The server hears why, where it still listens.
    const auto heard = connection.write(relay::Remark{base::LogLevel::error, std::string(ended.error().text)});
    return heard ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace weir::worker
