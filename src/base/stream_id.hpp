// The name of a stream: `app/name`, two segments of letters, digits, `.`, `_` and `-`, at most 64 characters each, never
// starting with `.` nor ending in an extension that the server serves. This is the gate that names from the network pass
// once, before they reach a path, a log line or a page; what has passed is harmless in all three. A rendition is
// `app/name/rung`.
#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace weir::base {

struct StreamId {
    std::string app;
    std::string name;

    [[nodiscard]] std::string text() const { return app + '/' + name; }
    friend auto operator<=>(const StreamId&, const StreamId&) = default;
};

/// Accepts exactly `app/name`. The error's text says which rule is broken, in words fit for the publisher.
[[nodiscard]] Result<StreamId> parse_stream_id(std::string_view text);

/// The rules of one segment alone: what `app`, `name` and the name of a rung have in common.
[[nodiscard]] Result<void> check_name(std::string_view name);

/// A rung that a configuration may define: a legal name, and not one of `source audio stereo whip whep`.
[[nodiscard]] Result<void> check_rung_name(std::string_view name);

inline constexpr std::size_t longest_name = 64;

}  // namespace weir::base

template <>
struct std::hash<weir::base::StreamId> {
    std::size_t operator()(const weir::base::StreamId& id) const noexcept {
        const std::hash<std::string> hash;
        return hash(id.app) * 31 + hash(id.name);
    }
};
