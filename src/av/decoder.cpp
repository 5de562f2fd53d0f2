#include "av/decoder.hpp"

#include "av/codec_ids.hpp"
#include "av/error.hpp"
#include "av/faults.hpp"
#include "media/opus.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <array>

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace weir::av {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

void describe(const media::Track& track, unsigned threads, AVCodecContext& context) {
    context.pkt_timebase = {1, ticks_per_second};
    context.thread_count = static_cast<int>(threads);
    // The scaler cuts to the pixel; FFmpeg would cut to what its alignment allows.
    context.apply_cropping = 0;
    if (track.kind == media::Kind::video && media::reorder_depth(track) == 0) context.flags |= AV_CODEC_FLAG_LOW_DELAY;
    context.sample_rate = static_cast<int>(track.sample_rate);
    if (track.kind == media::Kind::audio)
        av_channel_layout_default(&context.ch_layout, static_cast<int>(track.channels));
}

/// The configuration as FFmpeg wants it: that of Opus as Ogg has it, none where the frames say it all.
base::Bytes extradata_of(const media::Track& track) {
    switch (track.codec) {
        using enum media::Codec;
        case h264:
        case hevc:
        case av1:
        case aac:
        case flac: return track.config;
        case opus: break;
        default: return {};
    }
    base::ByteWriter head;
    if (const auto config = media::opus::parse_config(track.config)) media::opus::write_head(*config, head);
    return head.to_bytes();
}

}  // namespace

Result<void> Decoder::open(const media::Track& track, unsigned threads) {
    if (state_ != DecoderState::created) return fail(ErrorKind::internal, "the decoder was opened before");
    auto opened = try_open(track, threads);
    if (opened) state_ = DecoderState::opened;
    else close();
    return opened;
}

Result<void> Decoder::try_open(const media::Track& track, unsigned threads) {
    const AVCodec* codec = avcodec_find_decoder(codec_id(track.codec));
    if (codec == nullptr) return fail(ErrorKind::unsupported, "there is no decoder for this codec");
    context_ = CodecContext(faults::strike() ? nullptr : avcodec_alloc_context3(codec));
    if (!context_) return fail(ErrorKind::too_large, "there is no memory for a decoder");
    TRY(set_extradata(*context_.get(), extradata_of(track)));
    describe(track, threads, *context_.get());
    packet_ = TRY(make_packet());
    const int opened = faults::strike() ? AVERROR(EINVAL) : avcodec_open2(context_.get(), codec, nullptr);
    if (opened < 0) return av_fail(opened, "the decoder does not open with this configuration");
    return {};
}

Result<void> Decoder::send(const media::Packet& packet) {
    if (state_ != DecoderState::opened && state_ != DecoderState::scanning && state_ != DecoderState::streaming)
        return fail(ErrorKind::internal, "the decoder takes no packets in this state");
    if (state_ != DecoderState::streaming) {
        if (!packet.keyframe && state_ == DecoderState::opened) return {};
        state_ = DecoderState::scanning;
    }
    // A copy: FFmpeg reads some bytes beyond the end, and they must be zero. A slice of a slab has others there.
    const int made =
        faults::strike() ? AVERROR(ENOMEM) : av_new_packet(packet_.get(), static_cast<int>(packet.payload.size()));
    if (made < 0) return av_fail(made, "there is no memory for a packet");
    std::ranges::copy(packet.payload, packet_->data);
    packet_->pts = packet.pts.count();
    packet_->dts = packet.dts.count();
    packet_->duration = packet.duration.count();
    if (packet.keyframe) packet_->flags |= AV_PKT_FLAG_KEY;
    const int sent = faults::strike() ? AVERROR_INVALIDDATA : avcodec_send_packet(context_.get(), packet_.get());
    av_packet_unref(packet_.get());
    if (sent < 0) return av_fail(sent, "the packet cannot be decoded");
    return {};
}

Result<void> Decoder::drain() {
    if (state_ == DecoderState::draining || state_ == DecoderState::closed) return {};
    if (state_ == DecoderState::created || state_ == DecoderState::opened) {
        close();
        return {};
    }
    state_ = DecoderState::draining;
    const int sent = faults::strike() ? AVERROR(EIO) : avcodec_send_packet(context_.get(), nullptr);
    if (sent >= 0) return {};
    close();
    return av_fail(sent, "the decoder cannot be drained");
}

Result<std::optional<Frame>> Decoder::receive() {
    if (state_ == DecoderState::created || state_ == DecoderState::opened || state_ == DecoderState::closed)
        return std::nullopt;
    Frame frame = TRY(Frame::create());
    const int received = faults::strike() ? AVERROR_INVALIDDATA : avcodec_receive_frame(context_.get(), frame.get());
    if (received == AVERROR(EAGAIN)) return std::nullopt;
    if (received == AVERROR_EOF) {
        close();
        return std::nullopt;
    }
    if (received < 0) return av_fail(received, "the packet cannot be decoded");
    if (frame.get()->pts == AV_NOPTS_VALUE) frame.get()->pts = frame.get()->best_effort_timestamp;
    if (state_ == DecoderState::scanning) state_ = DecoderState::streaming;
    return frame;
}

void Decoder::close() noexcept {
    context_.reset();
    packet_.reset();
    state_ = DecoderState::closed;
}

}  // namespace weir::av
