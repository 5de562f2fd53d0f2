// What decoders and encoders share: the context of FFmpeg and its owner, the codec's name there, and packets.
#pragma once

#include "av/alive.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/codec.hpp"

struct AVCodecContext;
struct AVPacket;

namespace weir::av {

namespace detail {
void release_context(AVCodecContext* context) noexcept;
void release_packet(AVPacket* packet) noexcept;
}  // namespace detail

using CodecContext = Owned<AVCodecContext, Object::context, detail::release_context>;
using CodedPacket = Owned<AVPacket, Object::packet, detail::release_packet>;

/// FFmpeg's time base where times are Ticks: 1/705,600,000 s.
inline constexpr int ticks_per_second = 705'600'000;

/// An empty packet. `too_large` without memory.
[[nodiscard]] base::Result<CodedPacket> make_packet();
/// Gives the context the record as its extradata, with the padding that FFmpeg reads.
[[nodiscard]] base::Result<void> set_extradata(AVCodecContext& context, base::ByteView record);

}  // namespace weir::av
