#include "av/encoder.hpp"

#include "av/error.hpp"
#include "av/faults.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/dict.h>
}

namespace weir::av {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<void> Encoder::initialise(const char* name) {
    if (state_ != EncoderState::created) return fail(ErrorKind::internal, "the encoder was initialised before");
    const AVCodec* codec = avcodec_find_encoder_by_name(name);
    if (codec == nullptr) return fail(ErrorKind::unsupported, "there is no encoder for this codec");
    context_ = CodecContext(faults::strike() ? nullptr : avcodec_alloc_context3(codec));
    auto packet = make_packet();
    if (!context_ || !packet) {
        close();
        return fail(ErrorKind::too_large, "there is no memory for an encoder");
    }
    packet_ = std::move(*packet);
    context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    state_ = EncoderState::initialised;
    return {};
}

Result<void> Encoder::open(const std::vector<std::pair<std::string, std::string>>& options) {
    if (state_ != EncoderState::initialised) return fail(ErrorKind::internal, "the encoder is not initialised");
    AVDictionary* dictionary = nullptr;
    for (const auto& [key, value] : options) av_dict_set(&dictionary, key.c_str(), value.c_str(), 0);
    const int opened = faults::strike() ? AVERROR(EINVAL) : avcodec_open2(context_.get(), context_->codec, &dictionary);
    const bool all_known = av_dict_count(dictionary) == 0;
    av_dict_free(&dictionary);
    if (opened < 0 || !all_known) {
        close();
        return av_fail(opened < 0 ? opened : AVERROR(EINVAL), "the encoder does not open with these settings");
    }
    state_ = EncoderState::header_written;
    return {};
}

Result<void> Encoder::send(const AVFrame& frame) {
    if (state_ != EncoderState::header_written && state_ != EncoderState::encoding)
        return fail(ErrorKind::internal, "the encoder takes no frames in this state");
    const int sent = faults::strike() ? AVERROR_EXTERNAL : avcodec_send_frame(context_.get(), &frame);
    if (sent < 0) {
        close();
        return av_fail(sent, "the frame cannot be encoded");
    }
    state_ = EncoderState::encoding;
    return {};
}

Result<void> Encoder::drain() {
    if (state_ == EncoderState::draining || state_ == EncoderState::closed) return {};
    // An encoder that never saw a frame has nothing to give; some of them hang when asked.
    if (state_ != EncoderState::encoding) {
        close();
        return {};
    }
    const int sent = faults::strike() ? AVERROR_EXTERNAL : avcodec_send_frame(context_.get(), nullptr);
    if (sent < 0) {
        close();
        return av_fail(sent, "the encoder cannot be drained");
    }
    state_ = EncoderState::draining;
    return {};
}

Result<bool> Encoder::receive() {
    if (state_ != EncoderState::encoding && state_ != EncoderState::draining) return false;
    av_packet_unref(packet_.get());
    const int received = faults::strike() ? AVERROR_EXTERNAL : avcodec_receive_packet(context_.get(), packet_.get());
    if (received == AVERROR(EAGAIN)) return false;
    if (received >= 0) return true;
    close();
    if (received == AVERROR_EOF) return false;
    return av_fail(received, "the frame cannot be encoded");
}

void Encoder::close() noexcept {
    context_.reset();
    packet_.reset();
    state_ = EncoderState::closed;
}

base::ByteView Encoder::header() const noexcept {
    return {context_->extradata, static_cast<std::size_t>(context_->extradata_size)};
}
base::ByteView Encoder::payload() const noexcept { return {packet_->data, static_cast<std::size_t>(packet_->size)}; }

}  // namespace weir::av
