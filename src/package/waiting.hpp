// Who waits for whom, before something is shown to players: the source and its sound for the rungs that are made of them, so
// that whoever changes between renditions finds as much in one as in the other; a whole row of segments for all that may
// still come. Nobody is waited for without end. A view of the voices, for the length of a call.
#pragma once

#include "media/track.hpp"
#include "package/numbering.hpp"
#include "package/voice.hpp"

#include <memory>
#include <span>

namespace weir::package {

struct Waiting {
    std::span<const std::unique_ptr<Voice>> voices;
    const media::TrackSet& tracks;  ///< of the source, as they are now
    media::Ticks segment;           ///< as configured
    media::Ticks patience;          ///< how far a rendition may be behind the others
    bool is_source_offered;
    bool has_published;  ///< players may have come

    /// How far anything of the stream has arrived.
    [[nodiscard]] media::Ticks newest() const noexcept;
    /// How far the boundaries of the source are known.
    [[nodiscard]] media::Ticks horizon() const noexcept;
    /// Whether the segment that the others have ended at `end` waits for the voice.
    [[nodiscard]] bool is_awaited(const Voice& voice, const Boundary& end) const noexcept;
    /// Whether players may see a part of the voice that ends at `end`.
    [[nodiscard]] bool may_show(const Voice& voice, media::Ticks end) const noexcept;
    /// Until when the open segment of a voice that has nothing in it is known to stay empty: players are told, and nothing may
    /// come for it any more.
    [[nodiscard]] media::Ticks missed_until(const Voice& voice) const noexcept;

  private:
    [[nodiscard]] bool may_come(const Voice& voice, const Boundary& end) const noexcept;
    [[nodiscard]] media::Ticks patience_for(const Voice& voice) const noexcept;
};

}  // namespace weir::package
