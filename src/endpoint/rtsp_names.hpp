// Names that RTSP sessions use: of themselves, which nobody may guess, and of their peers, for people.
#pragma once

#include "proto/rtsp/server_event.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace weir::endpoint {

/// 128 random bits, in hexadecimal.
[[nodiscard]] std::string random_session_name();
[[nodiscard]] std::uint32_t random_ssrc();
/// Of `?token=`; or the one of the `keys` that was said as a password. Empty where it is none of them.
[[nodiscard]] std::string token_of(const proto::rtsp::Visitor& visitor, std::span<const std::string> keys);

}  // namespace weir::endpoint
