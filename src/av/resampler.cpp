#include "av/resampler.hpp"

#include "av/error.hpp"
#include "av/faults.hpp"

#include <algorithm>

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/mathematics.h>
#include <libavutil/samplefmt.h>
#include <libswresample/swresample.h>
}

namespace weir::av {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr AVSampleFormat sample_format = AV_SAMPLE_FMT_FLTP;
constexpr std::string_view no_memory = "there is no memory for sound";

/// The planes of a frame as libavutil's queue takes them.
void** planes(AVFrame& frame) { return std::bit_cast<void**>(frame.extended_data); }

}  // namespace

void detail::release_resampler(SwrContext* context) noexcept { swr_free(&context); }
void detail::release_fifo(AVAudioFifo* fifo) noexcept { av_audio_fifo_free(fifo); }

Result<Resampler> Resampler::create(std::uint32_t sample_rate, std::uint32_t channels, std::uint32_t frame_size) {
    Resampler resampler(sample_rate, channels, frame_size);
    resampler.fifo_ =
        Fifo(faults::strike() ? nullptr
                              : av_audio_fifo_alloc(sample_format, resampler.channels_, resampler.frame_size_ * 4));
    if (!resampler.fifo_) return fail(ErrorKind::too_large, no_memory);
    return resampler;
}

Result<Frame> Resampler::make_frame(int samples) const {
    Frame frame = TRY(Frame::create());
    AVFrame& sound = *frame.get();
    sound.format = sample_format;
    sound.sample_rate = sample_rate_;
    sound.nb_samples = samples;
    av_channel_layout_default(&sound.ch_layout, channels_);
    const int error = faults::strike() ? AVERROR(ENOMEM) : av_frame_get_buffer(frame.get(), 0);
    if (error < 0) return av_fail(error, no_memory);
    return frame;
}

Result<void> Resampler::open(const Frame& sound, const Form& form) {
    if (context_) TRY(convert(nullptr));
    context_.reset();
    AVChannelLayout layout{};
    av_channel_layout_default(&layout, channels_);
    AVChannelLayout from = sound.get()->ch_layout;
    if (from.order != AV_CHANNEL_ORDER_NATIVE) av_channel_layout_default(&from, form.channels);
    SwrContext* made = nullptr;
    const int error = faults::strike()
                          ? AVERROR(ENOMEM)
                          : swr_alloc_set_opts2(&made, &layout, sample_format, sample_rate_, &from,
                                                static_cast<AVSampleFormat>(form.format), form.sample_rate, 0, nullptr);
    if (error < 0) return av_fail(error, no_memory);
    Context context(made);
    const int opened = faults::strike() ? AVERROR(EINVAL) : swr_init(context.get());
    if (opened < 0) return av_fail(opened, "sound of this form cannot be converted");
    context_ = std::move(context);
    form_ = form;
    return {};
}

Result<void> Resampler::send(const Frame& sound) {
    const AVFrame& frame = *sound.get();
    const Form form{frame.format, frame.sample_rate, frame.ch_layout.nb_channels,
                    frame.ch_layout.order == AV_CHANNEL_ORDER_NATIVE ? frame.ch_layout.u.mask : 0};
    if (form.sample_rate <= 0 || form.channels <= 0) return fail(ErrorKind::malformed, "the sound has no form");
    if (!context_ || form != form_) TRY(open(sound, form));
    return convert(&sound);
}

Result<void> Resampler::convert(const Frame* sound) {
    const int coming = sound == nullptr ? 0 : sound->get()->nb_samples;
    Frame out = TRY(make_frame(std::max(swr_get_out_samples(context_.get(), coming), 1)));
    auto* in = sound == nullptr ? nullptr : const_cast<const std::uint8_t**>(sound->get()->extended_data);
    const int made = faults::strike()
                         ? AVERROR_INVALIDDATA
                         : swr_convert(context_.get(), out.get()->extended_data, out.get()->nb_samples, in, coming);
    if (made < 0) return av_fail(made, "the sound cannot be converted");
    out.get()->nb_samples = made;
    return keep(out);
}

Result<void> Resampler::keep(Frame& sound) {
    AVFrame& frame = *sound.get();
    const int kept = av_audio_fifo_write(fifo_.get(), planes(frame), frame.nb_samples);
    if (kept < frame.nb_samples) return fail(ErrorKind::too_large, no_memory);
    samples_ += kept;
    return {};
}

Result<void> Resampler::send_silence(std::uint32_t samples) {
    if (samples == 0) return {};
    if (context_) TRY(convert(nullptr));
    context_.reset();
    Frame silence = TRY(make_frame(static_cast<int>(samples)));
    av_samples_set_silence(silence.get()->extended_data, 0, static_cast<int>(samples), channels_, sample_format);
    return keep(silence);
}

Result<void> Resampler::drain() {
    if (context_) TRY(convert(nullptr));
    context_.reset();
    const int rest = av_audio_fifo_size(fifo_.get()) % frame_size_;
    if (rest == 0) return {};
    const std::int64_t sound = samples_;
    TRY(send_silence(static_cast<std::uint32_t>(frame_size_ - rest)));
    samples_ = sound;
    return {};
}

Result<std::optional<Frame>> Resampler::receive() {
    if (av_audio_fifo_size(fifo_.get()) < frame_size_) return std::nullopt;
    Frame frame = TRY(make_frame(frame_size_));
    if (av_audio_fifo_read(fifo_.get(), planes(*frame.get()), frame_size_) < frame_size_)
        return fail(ErrorKind::internal, "the sound cannot be read");
    frame.get()->pts = taken_;
    taken_ += frame_size_;
    return frame;
}

}  // namespace weir::av
