#include "transcode/sound.hpp"

#include "format/cmaf_entries.hpp"
#include "format/mpegts_mux.hpp"

#include <algorithm>
#include <array>

namespace weir::transcode {

namespace {

/// What segments are made of.
constexpr std::array<const format::Carriage*, 2> segments{&format::cmaf::carriage, &format::mpegts::carriage};

}  // namespace

bool needs_stereo(const media::Track& audio) {
    return audio.codec != media::Codec::aac || audio.codec_string != "mp4a.40.2" || audio.channels < 1 ||
           audio.channels > 2;
}

bool is_missed(const media::Track& audio) noexcept {
    return !std::ranges::all_of(segments, [&](const auto* form) { return form->can_carry(audio); });
}

bool is_missed(media::Codec codec) noexcept {
    return media::info(codec).kind == media::Kind::audio &&
           !std::ranges::all_of(segments, [&](const auto* form) { return form->refusal(codec).empty(); });
}

}  // namespace weir::transcode
