// Whether a rendition of a stream can be followed, whatever the protocol that asks; what is said where it cannot.
#pragma once

#include "stream/stream.hpp"

#include <string>
#include <string_view>

namespace weir::stream {

inline constexpr std::string_view source_rendition = "source";
inline constexpr std::string_view no_such_rendition = "the stream has no such rendition";

struct Playable {
    enum class Verdict : std::uint8_t {
        yes,
        not_yet,    ///< it may come
        not_now,    ///< the machine has given it up for a while
        not_at_all  ///< the stream does not have it
    };
    Verdict verdict = Verdict::not_at_all;
    std::string reason;  ///< for people, where it may not be played
};

/// As the snapshot has it. `source` is followed at any time: who comes first waits for its first keyframe.
[[nodiscard]] Playable playable(const StreamSnapshot& snapshot, std::string_view rendition);

/// What the rendition is made of; null while that is not known.
[[nodiscard]] media::TrackSetRef tracks_of(const StreamSnapshot& snapshot, std::string_view rendition);
/// The same, and of the source the sound that is encoded of its own: what a form is made of that may choose between them
/// (`WireFormat::can_carry`).
[[nodiscard]] media::TrackSetRef choice_of_tracks(const StreamSnapshot& snapshot, std::string_view rendition);

}  // namespace weir::stream
