// How long a cache may keep an answer, as the Cache-Control of it (RFC 9111 5.2.2). docs/cdn.md has a row for each kind, which the tests
// hold against this. What may be kept never depends on a field of the request, so no answer needs a Vary; none sets a cookie.
#pragma once

#include <string_view>

namespace weir::endpoint::cache_life {

/// Of an address that never comes to mean something else: headers, segments, parts.
inline constexpr std::string_view for_ever = "public, max-age=31536000, immutable";
/// Of an alias: where it leads never changes, what it is an alias of may.
inline constexpr std::string_view for_an_hour = "public, max-age=3600";
/// Of what changes all the time, and of what is not there: it may be in a moment.
inline constexpr std::string_view for_a_moment = "public, max-age=1";
/// Of endless answers, of the time, and of what is said to one person.
inline constexpr std::string_view never = "no-store";

}  // namespace weir::endpoint::cache_life
