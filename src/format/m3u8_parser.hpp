// Reads HLS playlists (RFC 8216bis): what a player of ours, and our tests, need of them. Tags and attributes that are not in
// the structs are passed over, but for those that change what a segment is (EXT-X-KEY, EXT-X-BYTERANGE): they are
// `unsupported`. Pure functions; the text may be hostile.
#pragma once

#include "base/result.hpp"
#include "format/m3u8.hpp"

#include <cstddef>
#include <string_view>
#include <variant>

namespace weir::format::m3u8 {

struct ParserLimits {
    std::size_t bytes = 4U << 20;  ///< a longer playlist is `too_large`
};

using Playlist = std::variant<MultivariantPlaylist, MediaPlaylist>;

[[nodiscard]] base::Result<Playlist> parse(std::string_view text, ParserLimits limits = {});

}  // namespace weir::format::m3u8
