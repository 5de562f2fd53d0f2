// Files that the program carries in itself: the web pages. Defined by units that cmake/embed.cmake generates; the bytes live as
// long as the program.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace weir::app {

struct Asset {
    std::string_view path;  // relative, with forward slashes: "index.html", "assets/player-3f2a.js"
    std::span<const std::byte> bytes;
};

// Everything that `npm run build` left in its output folder, sorted by path.
std::span<const Asset> web_assets();

}  // namespace weir::app
