// What a multivariant playlist may offer of an index, whatever its segments are made of.
#pragma once

#include "stream/segments.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace weir::package {

/// What players may choose from, in the order of the index: renditions that are offered, and have something.
[[nodiscard]] inline std::vector<const stream::SegmentList*> playable(const stream::SegmentIndex& index,
                                                                      media::Kind kind) {
    const auto has_media = [](const stream::SegmentList& list) {
        return std::ranges::any_of(list.listed, [](const stream::SegmentRef& segment) { return !segment->gap; });
    };
    std::vector<const stream::SegmentList*> found;
    for (const auto& list : index.renditions)
        if (list->kind == kind && list->is_offered && has_media(*list)) found.push_back(list.get());
    return found;
}

/// What plays beside a picture: the source's own sound beside `source`, the re-encoded beside rungs where there is one; null where there
/// is no sound.
[[nodiscard]] inline const stream::SegmentList* audio_beside(const stream::SegmentList& video,
                                                             std::span<const stream::SegmentList* const> audios) {
    if (audios.empty()) return nullptr;
    return video.name == "source" ? audios.front() : audios.back();
}

}  // namespace weir::package
