#include "av/codec_ids.hpp"

#include <algorithm>
#include <array>

namespace weir::av {

namespace {

/// In the order of `Codec`.
constexpr std::array<AVCodecID, 14> ids{AV_CODEC_ID_H264,     AV_CODEC_ID_HEVC,     AV_CODEC_ID_AV1,  AV_CODEC_ID_VP9,
                                        AV_CODEC_ID_VP8,      AV_CODEC_ID_AAC,      AV_CODEC_ID_OPUS, AV_CODEC_ID_MP3,
                                        AV_CODEC_ID_MP2,      AV_CODEC_ID_AC3,      AV_CODEC_ID_EAC3, AV_CODEC_ID_FLAC,
                                        AV_CODEC_ID_PCM_ALAW, AV_CODEC_ID_PCM_MULAW};
static_assert(ids.size() == static_cast<std::size_t>(media::Codec::pcmu) + 1);

}  // namespace

AVCodecID codec_id(media::Codec codec) noexcept { return ids[static_cast<std::size_t>(codec)]; }

std::optional<media::Codec> codec_of(AVCodecID id) noexcept {
    const auto found = std::ranges::find(ids, id);
    if (found == ids.end()) return std::nullopt;
    return static_cast<media::Codec>(found - ids.begin());
}

}  // namespace weir::av
