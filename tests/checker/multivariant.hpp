// A multivariant playlist as an exact client reads it.
#pragma once

#include "checker/rules.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::checker {

struct Variant {
    std::string address;  ///< of its media playlist, resolved
    std::string uri;      ///< as it is written
    std::uint64_t bandwidth = 0;
    std::string codecs;
    std::string audio;  ///< a group; empty: none
};

/// EXT-X-MEDIA.
struct Alternative {
    std::string type;
    std::string group;
    std::string address;  ///< empty: inside of the variant
    std::string uri;
};

struct Multivariant {
    std::uint64_t version = 1;
    bool independent_segments = false;
    std::vector<Variant> variants;
    std::vector<Alternative> alternatives;

    /// Of all media playlists, each once.
    [[nodiscard]] std::vector<std::string> addresses() const;
};

/// Reads it, and checks what it breaks by itself.
[[nodiscard]] Multivariant read_multivariant(std::string_view text, Findings& findings);

}  // namespace weir::checker
