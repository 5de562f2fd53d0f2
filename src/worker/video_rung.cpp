#include "worker/video_rung.hpp"

#include "base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace weir::worker {

using base::ErrorKind;
using base::Result;

namespace {

constexpr double usual_frame_rate = 30;
constexpr double pixels_per_thread = 60e6;  ///< a second: what one thread encodes at `veryfast`, with room to spare

std::optional<media::Codec> codec_named(std::string_view name) {
    if (name.empty()) return media::Codec::h264;
    for (const media::CodecInfo& row : media::codecs())
        if (row.name == name) return row.codec;
    return std::nullopt;
}

/// How much longer than `veryfast` a preset takes.
double cost_of(std::string_view preset) {
    struct Cost {
        std::string_view preset;
        double cost;
    };
    constexpr std::array<Cost, 9> costs{{{"ultrafast", 0.5},
                                         {"superfast", 0.7},
                                         {"veryfast", 1},
                                         {"faster", 1.8},
                                         {"fast", 2.4},
                                         {"medium", 3},
                                         {"slow", 5},
                                         {"slower", 9},
                                         {"veryslow", 16}}};
    const auto row = std::ranges::find(costs, preset, &Cost::preset);
    return row == costs.end() ? 1 : row->cost;
}

/// Live, as many threads as the rung needs to stay within its frame time: one where that does, since each more holds more
/// pictures. From a file, its share of the machine.
unsigned threads_for(const av::VideoSettings& settings, const VideoRung::Settings& how) {
    const double pixels = static_cast<double>(settings.width) * settings.height * settings.frame_rate;
    const double wanted =
        how.live ? std::ceil(pixels * cost_of(settings.preset) / pixels_per_thread) : std::round(how.share * how.cores);
    return std::clamp(static_cast<unsigned>(wanted), 1U, std::max(how.cores, 1U));
}

double frame_rate(const format::relay::RungSetup& setup, double source) {
    const double rate = source > 0 ? source : usual_frame_rate;
    return setup.frame_rate > 0 ? std::min(setup.frame_rate, rate) : rate;
}

}  // namespace

void VideoRung::run() {
    while (const auto item = in_.pop()) std::visit([this](const auto& each) { take(each); }, *item);
}

void VideoRung::take(const Picture& picture) {
    if (!encoder_) {
        if (interrupted_ && !picture.marks.segment_boundary) return;
        if (auto opened = open(picture); !opened) return fail(opened.error());
    }
    const auto start = std::chrono::steady_clock::now();
    const auto encoded = encode(picture);
    rung_.timings.add(picture.frame->pts(), std::chrono::steady_clock::now() - start);
    if (!encoded) fail(encoded.error());
}

void VideoRung::take(Stop) {
    finish();
    interrupted_ = true;
}

void VideoRung::take(const DrainRef& mark) {
    finish();
    interrupted_ = false;
    mark->reached();
}

Result<void> VideoRung::open(const Picture& picture) {
    const format::relay::RungSetup& setup = rung_.setup;
    const auto codec = codec_named(setup.codec);
    if (!codec) return base::fail(ErrorKind::unsupported, "rungs of this codec are not made");
    av::VideoSettings settings{.codec = *codec,
                               .width = setup.width,
                               .height = setup.height,
                               .frame_rate = frame_rate(setup, picture.frame_rate),
                               .bitrate = setup.bitrate,
                               .maximum_bitrate = setup.maximum_bitrate,
                               .crf = setup.crf,
                               .profile = setup.profile,
                               .low_latency = settings_.low_latency};
    if (!setup.preset.empty()) settings.preset = setup.preset;
    settings.threads = threads_for(settings, settings_);
    encoder_ = TRY(av::VideoEncoder::create(settings));
    if (tracks_ == nullptr || tracks_->tracks.front() != encoder_->track()) {
        tracks_ = std::make_shared<const media::TrackSet>(media::TrackSet{{encoder_->track()}});
        outlet_.write(format::relay::Tracks{rung_.rendition, tracks_});
    }
    return {};
}

Result<void> VideoRung::encode(const Picture& picture) {
    av::Marks marks = picture.marks;
    if (encoder_->state() == av::EncoderState::header_written) {
        marks.keyframe = true;
        marks.discontinuity |= std::exchange(interrupted_, false);
    }
    TRY(encoder_->send(*picture.frame, marks));
    return receive();
}

Result<void> VideoRung::receive() {
    while (auto packet = TRY(encoder_->receive())) {
        ++rung_.frames;
        rung_.bytes += packet->payload.size();
        outlet_.write(format::relay::Media{rung_.rendition, *std::move(packet)});
    }
    return {};
}

void VideoRung::finish() {
    if (!encoder_) return;
    auto drained = encoder_->drain();
    if (drained) drained = receive();
    encoder_.reset();
    if (!drained) fail(drained.error());
}

void VideoRung::fail(const base::Error& error) {
    encoder_.reset();
    interrupted_ = true;
    outlet_.trouble(rung_.setup.name, error.text, std::chrono::steady_clock::now());
}

}  // namespace weir::worker
