#include "stream/playable.hpp"

namespace weir::stream {

std::optional<std::string> why_not_playable(const StreamSnapshot* snapshot, std::string_view rendition) {
    if (rendition == source_rendition) return std::nullopt;
    if (snapshot != nullptr)
        for (const RungSnapshot& rung : snapshot->rungs) {
            if (rung.plan.name != rendition) continue;
            if (rung.stats.state != RungState::left_out && rung.stats.state != RungState::failed) return std::nullopt;
            return "the stream does not have this rendition: " + rung.stats.reason;
        }
    return std::string(no_such_rendition);
}

}  // namespace weir::stream
