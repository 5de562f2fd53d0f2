// The rules between one version of a media playlist and the next that the same client had.
#pragma once

#include "checker/playlist.hpp"

#include <optional>

namespace weir::checker {

/// A delta update put together with the version before it (RFC 8216bis 6.3.7): nothing when that lacks what was skipped, and then a
/// client asks for the whole.
[[nodiscard]] std::optional<Playlist> merge(const Playlist& before, Playlist delta);
/// Whether the delta update skips what it may, and only that; `whole` is what it makes.
void check_delta(const Playlist& delta, const Playlist& whole, Findings& findings);

enum class Server : std::uint8_t {
    same,
    restarted,  ///< it began anew in between: numbers go on above, the window does not
};
void check_succession(const Playlist& before, const Playlist& now, Server server, Findings& findings);

}  // namespace weir::checker
