// A YAML file as a tree of texts with their places in it, before anybody knows what they mean. The one unit that knows
// yaml-cpp is document.cpp. Bounded: in bytes, in nodes (aliases count as what they repeat) and in depth.
#pragma once

#include "base/units.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

struct Place {
    int line = 0;  ///< from 1; 0: not in a file
    int column = 0;
};

struct DocumentNode {
    enum class Kind : std::uint8_t { nothing, text, list, mapping };

    Kind kind = Kind::nothing;
    Place place{};
    std::string text{};
    /// Of a list or a mapping, in the order of the file; a key may be there twice.
    std::vector<DocumentNode> items{};
    std::string key{};  ///< under which it stands in its mapping
    Place key_place{};
    /// The text comes from a variable or a flag: where a list or a mapping is due, it is read as YAML.
    bool from_command = false;
};

/// What is wrong with the YAML itself.
struct SyntaxError {
    Place place;
    std::string what;
};

/// The one document of `text`; nothing in it is a node of kind `nothing`.
[[nodiscard]] std::expected<DocumentNode, SyntaxError> parse_document(std::string_view text);

/// A mapping of one entry in another, ending in `text`: what `a.b=text` means.
[[nodiscard]] DocumentNode nested(const std::vector<std::string>& path, std::string text);

inline constexpr base::ByteCount largest_document{1U << 20};
inline constexpr std::size_t most_nodes = 20'000;
inline constexpr std::size_t deepest_nesting = 16;

}  // namespace weir::config
