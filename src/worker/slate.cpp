#include "worker/slate.hpp"

#include "av/error.hpp"
#include "worker/connection.hpp"
#include "worker/sandbox.hpp"
#include "worker/serve.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
}

namespace weir::worker {

namespace relay = format::relay;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Ticks;

namespace {

constexpr std::uint32_t most_width = 1920;
constexpr std::uint32_t most_height = 1080;
constexpr double most_frames = 60;
constexpr std::uint32_t quality = 23;
constexpr std::uint64_t least_bitrate = 500'000;
constexpr double bits_a_pixel = 0.05;
constexpr std::uint64_t audio_bitrate = 64'000;
constexpr std::array<std::uint32_t, 8> sample_rates{48'000, 44'100, 32'000, 24'000, 22'050, 16'000, 12'000, 11'025};
/// After so long a pause the time that was lost is not made up for.
constexpr std::chrono::seconds long_pause{1};

std::uint32_t even(double value) { return std::max(2U, static_cast<std::uint32_t>(std::lround(value / 2)) * 2); }

av::VideoSettings video_settings(const SlateShape& shape) {
    const double pixels = double{shape.frame_rate} * shape.width * shape.height;
    const auto bitrate = std::max(least_bitrate, static_cast<std::uint64_t>(pixels * bits_a_pixel));
    return {.width = shape.width,
            .height = shape.height,
            .frame_rate = shape.frame_rate,
            .bitrate = bitrate,
            .maximum_bitrate = 2 * bitrate,
            .crf = quality,
            .preset = "veryfast",
            .profile = "main",
            .low_latency = true,
            .threads = 1};
}

Result<av::Frame> silence(std::int64_t first_sample, std::uint32_t samples, const SlateShape& shape) {
    av::Frame frame = TRY(av::Frame::create());
    AVFrame& sound = *frame.get();
    sound.format = AV_SAMPLE_FMT_FLTP;
    sound.sample_rate = static_cast<int>(shape.sample_rate);
    sound.nb_samples = static_cast<int>(samples);
    av_channel_layout_default(&sound.ch_layout, static_cast<int>(shape.channels));
    if (const int error = av_frame_get_buffer(&sound, 0); error < 0) return av::av_fail(error, "no memory for sound");
    sound.pts = first_sample;
    for (std::uint32_t channel = 0; channel < shape.channels; ++channel)
        std::fill_n(sound.extended_data[channel], samples * sizeof(float), std::uint8_t{0});
    return frame;
}

template <typename T>
Result<T> expect(Connection& connection) {
    auto message = TRY(connection.read());
    if (!message) return fail(ErrorKind::closed, "the server has gone");
    auto* const wanted = std::get_if<T>(&*message);
    if (wanted == nullptr) return fail(ErrorKind::malformed, "the server does not say what is wanted");
    return std::move(*wanted);
}

// When each frame is due.
class Pace {
  public:
    void wait_for(Ticks time) {
        const base::Instant due = start_ + time.to_duration();
        std::this_thread::sleep_until(due);
        const base::Duration late = std::chrono::steady_clock::now() - due;
        if (late > long_pause) start_ += late;
    }

  private:
    base::Instant start_ = std::chrono::steady_clock::now();
};

Result<void> run(Connection& connection, const char* path, std::string_view program) {
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    TRY(connection.write(relay::Hello{.program = std::string(program)}));
    if (file < 0) return fail(ErrorKind::not_found, "the file of the slate cannot be opened");
    (void)TRY(expect<relay::Hello>(connection));
    const relay::Setup setup = TRY(expect<relay::Setup>(connection));
    const relay::Tracks like = TRY(expect<relay::Tracks>(connection));
    limit_memory(setup.memory);
    TRY(enter_sandbox({connection.descriptor(), file}));
    Slate slate = TRY(Slate::create(file, slate_shape(*like.tracks), setup.keyframe));
    TRY(connection.write(relay::Tracks{relay::source, slate.tracks()}));
    Pace pace;
    while (true) {
        pace.wait_for(slate.due());
        for (media::Packet& packet : TRY(slate.next()))
            TRY(connection.write(relay::Media{relay::source, std::move(packet)}));
    }
}

}  // namespace

SlateShape slate_shape(const media::TrackSet& like) {
    SlateShape shape;
    if (like.tracks.empty()) return shape;
    if (const media::Track* video = like.first(media::Kind::video); video != nullptr && video->width > 0) {
        const double shrunk = std::min({1.0, double{most_width} / video->width, double{most_height} / video->height});
        shape.width = even(video->width * shrunk);
        shape.height = even(video->height * shrunk);
        if (video->frame_rate >= 1) shape.frame_rate = std::min(video->frame_rate, most_frames);
    }
    const media::Track* const audio = like.first(media::Kind::audio);
    shape.channels = audio == nullptr ? 0 : std::clamp(audio->channels, 1U, 2U);
    if (audio != nullptr && std::ranges::find(sample_rates, audio->sample_rate) != sample_rates.end())
        shape.sample_rate = audio->sample_rate;
    return shape;
}

Result<Slate> Slate::create(int file, const SlateShape& shape, Ticks keyframe) {
    av::ClipReader clip = TRY(av::ClipReader::open(file));
    av::VideoEncoder video = TRY(av::VideoEncoder::create(video_settings(shape)));
    std::optional<av::AudioEncoder> audio;
    if (shape.channels != 0)
        audio = TRY(av::AudioEncoder::create({shape.sample_rate, shape.channels, audio_bitrate}, Ticks()));
    const auto distance = std::max<std::int64_t>(1, std::lround(keyframe.to_seconds() * shape.frame_rate));
    return Slate(std::move(clip), std::move(video), std::move(audio), shape, distance);
}

Slate::Slate(av::ClipReader clip, av::VideoEncoder video, std::optional<av::AudioEncoder> audio,
             const SlateShape& shape, std::int64_t keyframe_distance)
    : clip_(std::move(clip)),
      video_(std::move(video)),
      audio_(std::move(audio)),
      shape_(shape),
      keyframe_distance_(keyframe_distance) {}

media::TrackSetRef Slate::tracks() const {
    auto tracks = std::make_shared<media::TrackSet>();
    tracks->tracks.push_back(video_.track());
    if (audio_) tracks->tracks.push_back(audio_->track());
    return tracks;
}

Ticks Slate::time_of(std::int64_t frame) const noexcept {
    return Ticks::seconds(static_cast<double>(frame) / shape_.frame_rate);
}

Result<std::vector<media::Packet>> Slate::next() {
    std::vector<media::Packet> packets;
    if (audio_) TRY(keep_silent(packets));
    TRY(film(packets));
    ++frame_;
    std::ranges::sort(packets, {}, &media::Packet::dts);
    return packets;
}

Result<void> Slate::film(std::vector<media::Packet>& out) {
    av::FrameRef picture = TRY(clip_.picture_at(time_of(frame_)));
    if (picture != shown_) {
        const av::PictureFormat format = av::format_of(*picture);
        if (!scaler_ || !scaler_->fits(format)) scaler_ = TRY(av::Scaler::create(format, shape_.width, shape_.height));
        scaled_ = TRY(scaler_->scale(*picture));
        shown_ = std::move(picture);
    }
    av::Frame frame = TRY(av::Frame::reference(*scaled_));
    frame.set_pts(time_of(frame_));
    TRY(video_.send(frame, {.keyframe = frame_ % keyframe_distance_ == 0, .clock = {}}));
    while (auto packet = TRY(video_.receive())) out.push_back(std::move(*packet));
    return {};
}

// What lasts as long as this frame, as far as it makes whole frames of sound.
Result<void> Slate::keep_silent(std::vector<media::Packet>& out) {
    const std::int64_t until = time_of(frame_ + 1).to(shape_.sample_rate);
    while (samples_ + audio_->frame_size() <= until) {
        const av::Frame sound = TRY(silence(samples_, audio_->frame_size(), shape_));
        TRY(audio_->send(sound));
        samples_ += audio_->frame_size();
        while (auto packet = TRY(audio_->receive())) out.push_back(std::move(*packet));
    }
    return {};
}

int serve_slate(int socket, const char* path, std::string_view program) {
    av::silence();
    Connection connection(socket);
    const Result<void> ended = run(connection, path, program);
    if (ended.error().kind == ErrorKind::closed) return EXIT_SUCCESS;
    // The server hears why, where it still listens.
    const auto heard = connection.write(relay::Remark{base::LogLevel::error, std::string(ended.error().text)});
    return heard ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace weir::worker
