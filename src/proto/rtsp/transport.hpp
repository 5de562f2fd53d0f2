// How one track travels: the Transport field (RFC 2326 12.39), a list of which the client offers what it can and the server takes one.
//
//   RTP/AVP/TCP;unicast;interleaved=0-1        RTP/AVP;unicast;client_port=5000-5001;server_port=9000-9001;ssrc=1a2b3c4d
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proto::rtsp {

/// RTP and its RTCP: two ports, or two channels of the connection.
struct Pair {
    std::uint16_t rtp = 0;
    std::uint16_t rtcp = 0;

    friend bool operator==(const Pair&, const Pair&) = default;
};

struct Transport {
    enum class Lower : std::uint8_t { udp, tcp };

    Lower lower = Lower::udp;
    bool is_secure = false;     ///< SAVP: SRTP
    bool is_multicast = false;  ///< only where it says so: clients leave `unicast` out
    std::optional<Pair> channels;
    std::optional<Pair> client_ports;
    std::optional<Pair> server_ports;
    std::optional<std::uint32_t> ssrc;
    std::string
        mode;  ///< as it stands, in lower case and without quotes: "play", "record"; empty where it does not say
    std::string source;  ///< the address that the server sends from; empty where it does not say

    friend bool operator==(const Transport&, const Transport&) = default;
};

/// Those of a list that are understood, in order. A pair of one number is that and the next.
[[nodiscard]] std::vector<Transport> parse_transports(std::string_view field);
[[nodiscard]] std::string print(const Transport& transport);

}  // namespace weir::proto::rtsp
