// The options of the library's sockets, set in one place. Not for anybody but the units of net/srt_*.
#pragma once

#include "net/srt_limits.hpp"

#include <srt/srt.h>

#include <chrono>
#include <string>

namespace weir::net::srt_options {

template <typename T>
[[nodiscard]] bool set(SRTSOCKET socket, SRT_SOCKOPT option, const T& value) {
    return srt_setsockflag(socket, option, &value, static_cast<int>(sizeof value)) != SRT_ERROR;
}
[[nodiscard]] inline bool set(SRTSOCKET socket, SRT_SOCKOPT option, const std::string& text) {
    return srt_setsockflag(socket, option, text.data(), static_cast<int>(text.size())) != SRT_ERROR;
}
[[nodiscard]] inline bool set_latency(SRTSOCKET socket, std::chrono::milliseconds latency) {
    return set(socket, SRTO_LATENCY, static_cast<int>(latency.count()));
}

/// Before it is bound. What is late is not dropped at our side: a viewer that cannot keep up jumps to a keyframe instead.
[[nodiscard]] inline bool set_all(SRTSOCKET socket, const SrtLimits& limits) {
    constexpr int never = -1;
    constexpr int packet = 1472;  // with its header
    const auto window = static_cast<int>(limits.receive.bytes()) / packet;
    const bool is_set = set(socket, SRTO_RCVSYN, false) && set(socket, SRTO_SNDSYN, false) &&
                        set(socket, SRTO_IPV6ONLY, 0) && set(socket, SRTO_SNDDROPDELAY, never);
    return is_set && set(socket, SRTO_FC, window) &&
           set(socket, SRTO_RCVBUF, static_cast<int>(limits.receive.bytes())) &&
           set(socket, SRTO_SNDBUF, static_cast<int>(limits.unsent.bytes()));
}

}  // namespace weir::net::srt_options
