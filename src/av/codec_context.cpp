#include "av/codec_context.hpp"

#include "av/faults.hpp"

#include <algorithm>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/mem.h>
}

namespace weir::av {

using base::ErrorKind;
using base::fail;
using base::Result;

void detail::release_context(AVCodecContext* context) noexcept { avcodec_free_context(&context); }
void detail::release_packet(AVPacket* packet) noexcept { av_packet_free(&packet); }

Result<CodedPacket> make_packet() {
    CodedPacket packet(faults::strike() ? nullptr : av_packet_alloc());
    if (!packet) return fail(ErrorKind::too_large, "there is no memory for a packet");
    return packet;
}

Result<void> set_extradata(AVCodecContext& context, base::ByteView record) {
    void* memory = faults::strike() ? nullptr : av_mallocz(record.size() + AV_INPUT_BUFFER_PADDING_SIZE);
    if (memory == nullptr) return fail(ErrorKind::too_large, "there is no memory for a codec's configuration");
    context.extradata = static_cast<std::uint8_t*>(memory);
    context.extradata_size = static_cast<int>(record.size());
    std::ranges::copy(record, context.extradata);
    return {};
}

}  // namespace weir::av
