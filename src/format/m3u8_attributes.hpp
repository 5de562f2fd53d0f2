// The tags of a low-latency playlist that are attribute lists (RFC 8216bis 4.4.3.7 to 4.4.5.4), each as the struct that it is.
// Hostile input is `malformed`; attributes that are not known are passed over.
#pragma once

#include "base/result.hpp"
#include "format/m3u8.hpp"

#include <string>
#include <string_view>

namespace weir::format::m3u8 {

[[nodiscard]] base::Result<Part> parse_part(std::string_view attributes);
[[nodiscard]] base::Result<ServerControl> parse_server_control(std::string_view attributes);
/// PART-TARGET.
[[nodiscard]] base::Result<media::Ticks> parse_part_target(std::string_view attributes);
[[nodiscard]] base::Result<Skip> parse_skip(std::string_view attributes);
[[nodiscard]] base::Result<RenditionReport> parse_report(std::string_view attributes);
/// The address; empty where it is not one of a part.
[[nodiscard]] base::Result<std::string> parse_preload_hint(std::string_view attributes);

}  // namespace weir::format::m3u8
