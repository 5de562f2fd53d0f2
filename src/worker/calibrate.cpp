#include "worker/calibrate.hpp"

#include "av/decoder.hpp"
#include "av/error.hpp"
#include "av/scaler.hpp"
#include "worker/demo_sound.hpp"
#include "worker/demo_source.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

extern "C" {
#include <libavutil/frame.h>
}

namespace weir::worker {

using base::Result;

namespace {

constexpr std::array<std::string_view, 5> presets{"ultrafast", "superfast", "veryfast", "faster", "medium"};
constexpr std::string_view usual_preset = "veryfast";
constexpr int pictures = 40;
constexpr std::uint32_t scaled_width = 854;
constexpr std::uint32_t scaled_height = 480;
constexpr int sound_seconds = 8;
constexpr std::uint64_t video_bitrate = 2'500'000;
// 8-bit steps to either side: so the demo costs what a telephone's hand-held pictures do.
constexpr int coarseness = 9;

constexpr double megapixels(std::uint32_t width, std::uint32_t height) { return width * height / 1e6; }
constexpr double filmed_megapixels = pictures * megapixels(canvas_width, canvas_height);

// CPU seconds of the whole process since it was made: encoders have threads of their own.
class CpuTimer {
  public:
    [[nodiscard]] double seconds() const noexcept { return read() - start_; }

  private:
    [[nodiscard]] static double read() noexcept {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }
    double start_ = read();
};

// One sheet of grain, larger than the picture, laid on it at another place each time.
class Grain {
  public:
    Grain() : sheet_(static_cast<std::size_t>(width) * height) {
        std::minstd_rand chance(1);
        for (std::int8_t& grains : sheet_)
            grains = static_cast<std::int8_t>(static_cast<int>(chance() % (2 * coarseness + 1)) - coarseness);
    }
    void lay(AVFrame& picture) {
        const std::size_t left = chance_() % (width - canvas_width);
        const std::size_t top = chance_() % (height - canvas_height);
        for (std::size_t y = 0; y < canvas_height; ++y) {
            std::uint8_t* row = picture.data[0] + static_cast<std::ptrdiff_t>(y) * picture.linesize[0];
            const std::int8_t* grains = &sheet_[(top + y) * width + left];
            for (std::size_t x = 0; x < canvas_width; ++x)
                row[x] = static_cast<std::uint8_t>(std::clamp(row[x] + grains[x], 16, 235));
        }
    }

  private:
    static constexpr std::size_t width = canvas_width + 256;
    static constexpr std::size_t height = canvas_height + 256;
    std::vector<std::int8_t> sheet_;
    std::minstd_rand chance_{2};
};

Result<std::vector<av::Frame>> film() {
    const DemoPicture picture;
    Grain grain;
    av::PicturePool pool = TRY(av::PicturePool::create(canvas_width, canvas_height));
    std::vector<av::Frame> frames;
    for (int frame = 0; frame < pictures; ++frame) {
        const base::WallTime time{frame_time(frame).to_duration()};
        frames.push_back(TRY(paint(picture, pool, frame, time)));
        grain.lay(*frames.back().get());
    }
    return frames;
}

struct Encoded {
    double seconds = 0;
    media::Track track;
    std::vector<media::Packet> packets;
};

Result<Encoded> encode(const std::vector<av::Frame>& frames, std::string_view preset) {
    av::VideoEncoder encoder = TRY(av::VideoEncoder::create({.width = canvas_width,
                                                             .height = canvas_height,
                                                             .frame_rate = DemoPicture::frame_rate,
                                                             .bitrate = video_bitrate,
                                                             .preset = std::string(preset)}));
    Encoded encoded{.track = encoder.track(), .packets = {}};
    const CpuTimer timer;
    const auto collect = [&]() -> Result<void> {
        while (auto packet = TRY(encoder.receive())) encoded.packets.push_back(std::move(*packet));
        return {};
    };
    for (const av::Frame& frame : frames) {
        TRY(encoder.send(frame, {.keyframe = &frame == frames.data(), .clock = {}}));
        TRY(collect());
    }
    TRY(encoder.drain());
    TRY(collect());
    encoded.seconds = timer.seconds();
    return encoded;
}

// Of pictures or of sound: how long it took to decode all of it.
Result<double> decode(const media::Track& track, const std::vector<media::Packet>& packets) {
    av::Decoder decoder;
    TRY(decoder.open(track));
    const CpuTimer timer;
    for (const media::Packet& packet : packets) {
        TRY(decoder.send(packet));
        while (TRY(decoder.receive())) continue;
    }
    TRY(decoder.drain());
    while (TRY(decoder.receive())) continue;
    return timer.seconds();
}

Result<double> scale(const std::vector<av::Frame>& frames) {
    av::Scaler scaler = TRY(av::Scaler::create(av::format_of(frames.front()), scaled_width, scaled_height));
    const CpuTimer timer;
    for (const av::Frame& frame : frames) TRY(scaler.scale(frame));
    return timer.seconds();
}

/// Seconds to encode and decode a second of sound.
Result<double> measure_sound() {
    av::AudioEncoder encoder = TRY(av::AudioEncoder::create({.sample_rate = sound_rate}, media::Ticks()));
    std::vector<av::Frame> sound;
    for (std::int64_t first = 0; first < sound_rate * sound_seconds; first += encoder.frame_size())
        sound.push_back(TRY(record(first, encoder.frame_size(), base::WallTime())));
    std::vector<media::Packet> packets;
    const CpuTimer timer;
    for (const av::Frame& frame : sound) {
        TRY(encoder.send(frame));
        while (auto packet = TRY(encoder.receive())) packets.push_back(std::move(*packet));
    }
    const double encoding = timer.seconds();
    return (encoding + TRY(decode(encoder.track(), packets))) / sound_seconds;
}

}  // namespace

Result<format::CostModel> measure_costs() {
    format::CostModel costs;
    costs.encode.clear();
    const std::vector<av::Frame> frames = TRY(film());
    for (const std::string_view preset : presets) {
        const Encoded encoded = TRY(encode(frames, preset));
        costs.encode[std::string(preset)] = encoded.seconds / filmed_megapixels;
        if (preset == usual_preset) costs.decode = TRY(decode(encoded.track, encoded.packets)) / filmed_megapixels;
    }
    costs.scale = TRY(scale(frames)) / (pictures * megapixels(scaled_width, scaled_height));
    costs.audio = TRY(measure_sound());
    return costs;
}

int calibrate(int descriptor) {
    av::silence();
    const auto costs = measure_costs();
    if (!costs) {
        const std::string text = "weir-worker: " + std::string(costs.error().text) + '\n';
        (void)std::fputs(text.c_str(), stderr);
        return EXIT_FAILURE;
    }
    const std::string line = format::write(*costs) + '\n';
    return ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? EXIT_SUCCESS
                                                                                              : EXIT_FAILURE;
}

}  // namespace weir::worker
