// What a configuration struct says about each of its keys, once, in `fields`: a line of help, how a change takes effect, and
// whether this version serves the key. The loader, the comparison at a reload and docs/configuration.md are visitors of that.
#pragma once

#include "base/fields.hpp"
#include "config/values.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weir::config {

/// How a changed key takes effect at a reload.
enum class Change : std::uint8_t {
    live,         ///< at once
    new_streams,  ///< for streams that start afterwards; running ones keep what they have
    listener,     ///< when that listener is opened anew: the server restarts
    process,      ///< when the server restarts
};

/// Whether this version does what the key says.
enum class Served : std::uint8_t { yes, no };

/// What `fields` says about one key: visit("listen", self.listen, Key{...}) or visit("part", self.part, Key{...}, Range{...}).
struct Key {
    std::string_view help;
    Change change = Change::live;
    /// A key that is not served yet may only hold its default (or `also`).
    Served served = Served::yes;
    std::optional<std::string_view> also{};  ///< a value besides the default that holds though the key is not served
    bool secret = false;                     ///< never printed
    /// Values of a served key that this version does not do yet.
    std::span<const std::string_view> unserved{};
};

/// The legal values of a key, both ends included.
template <typename T>
struct Range {
    T least;
    T most;
};

}  // namespace weir::config
