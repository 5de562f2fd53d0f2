#include "av/audio_encoder.hpp"

#include "media/track_config.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
}

namespace weir::av {

using base::Result;
using media::Ticks;

Result<AudioEncoder> AudioEncoder::create(const AudioSettings& settings, Ticks start) {
    AudioEncoder encoder(settings, start);
    TRY(encoder.open());
    return encoder;
}

Result<void> AudioEncoder::open() {
    TRY(encoder_.initialise("aac"));
    AVCodecContext& context = encoder_.context();
    context.sample_fmt = AV_SAMPLE_FMT_FLTP;
    context.sample_rate = static_cast<int>(settings_.sample_rate);
    av_channel_layout_default(&context.ch_layout, static_cast<int>(settings_.channels));
    context.time_base = {1, context.sample_rate};
    context.bit_rate = static_cast<std::int64_t>(settings_.bitrate);
    context.profile = FF_PROFILE_AAC_LOW;
    context.thread_count = 1;
    TRY(encoder_.open({}));
    track_ = TRY(media::track_from_config(media::Codec::aac, encoder_.header()));
    track_.announced_bitrate = settings_.bitrate;
    return {};
}

std::uint32_t AudioEncoder::frame_size() const noexcept {
    return static_cast<std::uint32_t>(encoder_.context().frame_size);
}

Result<std::optional<media::Packet>> AudioEncoder::receive() {
    while (TRY(encoder_.receive())) {
        const std::int64_t samples = encoder_.packet().pts;
        if (samples < 0) continue;
        media::Packet packet;
        packet.track = track_.id;
        packet.pts = packet.dts = start_ + Ticks::from(samples, settings_.sample_rate);
        packet.duration = media::frame_duration(track_);
        packet.keyframe = true;
        packet.payload = base::Bytes::copy_of(encoder_.payload());
        return packet;
    }
    return std::nullopt;
}

}  // namespace weir::av
