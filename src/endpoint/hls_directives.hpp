// What a player asks of a media playlist by its query (RFC 8216bis 6.2.5): to wait for a part, and to leave out what it has.
#pragma once

#include "package/hls.hpp"
#include "proto/http/target.hpp"

#include <expected>
#include <optional>
#include <string_view>

namespace weir::endpoint {

struct HlsDirectives {
    std::optional<package::hls::Position> position;  ///< `_HLS_msn` and `_HLS_part`
    package::hls::Skip skip = package::hls::Skip::none;
};

/// An error is for people: the request is a bad one.
[[nodiscard]] std::expected<HlsDirectives, std::string_view> parse_directives(const proto::http::Target& target);

/// Whether the position is so far ahead that no player can mean it (6.2.5.2).
[[nodiscard]] bool is_too_far(const stream::SegmentIndex& index, const stream::SegmentList& list,
                              package::hls::Position position);

}  // namespace weir::endpoint
