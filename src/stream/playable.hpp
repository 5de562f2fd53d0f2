// Whether a rendition of a stream can be followed, whatever the protocol that asks; what is said where it cannot.
#pragma once

#include "stream/stream.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::stream {

inline constexpr std::string_view source_rendition = "source";
inline constexpr std::string_view no_such_rendition = "the stream has no such rendition";

/// Why there is no log of the rendition; nothing where there is one.
[[nodiscard]] std::optional<std::string> why_not_playable(const StreamSnapshot* snapshot, std::string_view rendition);

}  // namespace weir::stream
