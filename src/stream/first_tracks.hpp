// The tracks of a publisher that are its stream's source, where it sends several qualities: the first of each kind. The same set is the same
// pointer, as long as the publisher's is.
#pragma once

#include "stream/track_rungs.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace weir::stream {

class FirstTracks {
  public:
    [[nodiscard]] const media::TrackSetRef& of(const media::TrackSetRef& all) {
        if (all == all_) return first_;
        all_ = first_ = all;
        const auto is_beside = [&](const media::Track& track) { return TrackRungs::is_beside(*all, track.id); };
        if (std::ranges::none_of(all->tracks, is_beside)) return first_;
        auto first = std::make_shared<media::TrackSet>(*all);
        std::erase_if(first->tracks, is_beside);
        first_ = std::move(first);
        return first_;
    }

  private:
    media::TrackSetRef all_;
    media::TrackSetRef first_;
};

}  // namespace weir::stream
