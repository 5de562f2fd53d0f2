#include "endpoint/rtsp_names.hpp"

#include "net/http_peer.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace weir::endpoint {

std::string random_session_name() {
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    constexpr std::string_view digits = "0123456789abcdef";
    std::string name;
    for (const unsigned char byte : bytes) {
        name += digits[byte >> 4U];
        name += digits[byte & 0x0fU];
    }
    return name;
}

std::uint32_t random_ssrc() {
    std::array<unsigned char, 4> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    std::uint32_t ssrc = 0;
    for (const unsigned char byte : bytes) ssrc = ssrc << 8U | byte;
    return ssrc;
}

std::string token_of(const proto::rtsp::Visitor& visitor, std::span<const std::string> keys) {
    if (!visitor.token.empty() || !visitor.credentials) return visitor.token;
    const auto known =
        std::ranges::find_if(keys, [&](const std::string& key) { return visitor.credentials->know(key); });
    return known == keys.end() ? std::string() : *known;
}

}  // namespace weir::endpoint
