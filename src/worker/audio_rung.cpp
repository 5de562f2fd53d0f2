#include "worker/audio_rung.hpp"

#include "base/clock.hpp"

#include <chrono>
#include <utility>

extern "C" {
#include <libavutil/frame.h>
}

namespace weir::worker {

using base::Result;
using media::Ticks;

namespace {

constexpr std::uint32_t sample_rate = 48'000;     ///< whatever the source has: the same record after every restart
constexpr std::uint64_t stereo_bitrate = 96'000;  ///< from here on there are two channels
constexpr Ticks tolerance = Ticks::milliseconds(40);
constexpr Ticks longest_silence = Ticks::milliseconds(1000);
constexpr std::size_t most_boundaries = 16;

av::AudioSettings settings_of(const format::relay::RungSetup& setup) {
    return {
        .sample_rate = sample_rate, .channels = setup.bitrate >= stereo_bitrate ? 2U : 1U, .bitrate = setup.bitrate};
}

}  // namespace

void AudioRung::run() {
    while (const auto item = in_.pop()) std::visit([this](const auto& each) { take(each); }, *item);
}

void AudioRung::take(const media::TrackSetRef& tracks) {
    const media::Track* track = tracks->first(media::Kind::audio);
    if (track != nullptr && track_ && track->codec == track_->codec && track->config == track_->config) return;
    close_decoder();
    track_ = track == nullptr ? std::nullopt : std::optional(*track);
}

void AudioRung::take(const SourcePacket& source) {
    if (!track_ || !rung_.on) return;
    if (source.packet.discontinuity) {
        close_decoder();
        close_encoder();
        discontinuity_ = true;
    }
    if (source.packet.segment_boundary && boundaries_.size() < most_boundaries)
        boundaries_.push_back(source.packet.pts);
    if (auto decoded = decode(source.packet); !decoded) trouble(decoded.error());
}

void AudioRung::take(const DrainRef& mark) {
    close_decoder();
    close_encoder();
    mark->reached();
}

Result<void> AudioRung::decode(const media::Packet& packet) {
    if (!decoder_) {
        decoder_.emplace();
        if (auto opened = decoder_->open(*track_); !opened) {
            decoder_.reset();
            return opened;
        }
    }
    TRY(decoder_->send(packet));
    return receive_frames();
}

Result<void> AudioRung::receive_frames() {
    while (const auto sound = TRY(decoder_->receive())) {
        TRY(keep_time(*sound));
        TRY(resampler_->send(*sound));
        TRY(encode());
    }
    return {};
}

Result<void> AudioRung::keep_time(const av::Frame& sound) {
    if (encoder_) {
        const Ticks gap = sound.pts() - (start_ + Ticks::from(resampler_->samples(), sample_rate));
        if (gap >= -tolerance && gap <= tolerance) return {};
        if (gap > Ticks() && gap <= longest_silence)
            return resampler_->send_silence(static_cast<std::uint32_t>(gap.to(sample_rate)));
        close_encoder();
        discontinuity_ = true;
    }
    return open_encoder(sound.pts());
}

Result<void> AudioRung::open_encoder(Ticks start) {
    const av::AudioSettings settings = settings_of(rung_.setup);
    auto encoder = TRY(av::AudioEncoder::create(settings, start));
    resampler_ = TRY(av::Resampler::create(settings.sample_rate, settings.channels, encoder.frame_size()));
    encoder_ = std::move(encoder);
    start_ = start;
    if (tracks_ == nullptr || tracks_->tracks.front() != encoder_->track()) {
        tracks_ = std::make_shared<const media::TrackSet>(media::TrackSet{{encoder_->track()}});
        outlet_.write(format::relay::Tracks{rung_.rendition, tracks_});
    }
    return {};
}

Result<void> AudioRung::encode() {
    while (const auto sound = TRY(resampler_->receive())) {
        const auto began = std::chrono::steady_clock::now();
        TRY(encoder_->send(*sound));
        TRY(receive_packets());
        rung_.timings.add(start_ + Ticks::from(sound->get()->pts, sample_rate),
                          std::chrono::steady_clock::now() - began);
    }
    return {};
}

Result<void> AudioRung::receive_packets() {
    while (auto packet = TRY(encoder_->receive())) write(*std::move(packet));
    return {};
}

void AudioRung::write(media::Packet packet) {
    // Behind the end there is only what the encoder fills up with, and perhaps the next sound.
    if (end_ && packet.pts >= *end_) return;
    // The packet that is heard when the segment starts is its first.
    while (!boundaries_.empty() && boundaries_.front() < packet.pts + packet.duration) {
        packet.segment_boundary = true;
        boundaries_.pop_front();
    }
    packet.discontinuity = std::exchange(discontinuity_, false);
    ++rung_.frames;
    rung_.bytes += packet.payload.size();
    outlet_.write(format::relay::Media{rung_.rendition, std::move(packet)});
}

void AudioRung::close_decoder() {
    if (!decoder_) return;
    auto drained = decoder_->drain();
    if (drained) drained = receive_frames();
    decoder_.reset();
    if (!drained) trouble(drained.error());
}

void AudioRung::close_encoder() {
    if (!encoder_) return;
    auto drained = resampler_->drain();
    end_ = start_ + Ticks::from(resampler_->samples(), sample_rate);
    if (drained) drained = encode();
    if (drained) drained = encoder_->drain();
    if (drained) drained = receive_packets();
    encoder_.reset();
    resampler_.reset();
    end_.reset();
    if (!drained) trouble(drained.error());
}

void AudioRung::trouble(const base::Error& error) {
    ++errors_;
    // A closed encoder takes nothing any more: the next sound opens another.
    if (encoder_ && encoder_->state() == av::EncoderState::closed) {
        encoder_.reset();
        resampler_.reset();
        discontinuity_ = true;
    }
    outlet_.trouble(rung_.setup.name, error.text, std::chrono::steady_clock::now());
}

}  // namespace weir::worker
