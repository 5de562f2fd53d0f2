// Our codecs and FFmpeg's: one table for what is read and for what is decoded.
#pragma once

#include "media/codec.hpp"

#include <optional>

extern "C" {
#include <libavcodec/codec_id.h>
}

namespace weir::av {

[[nodiscard]] AVCodecID codec_id(media::Codec codec) noexcept;
/// Nothing for a codec that the server has no row for.
[[nodiscard]] std::optional<media::Codec> codec_of(AVCodecID id) noexcept;

}  // namespace weir::av
