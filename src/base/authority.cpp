#include "base/authority.hpp"

#include <charconv>

namespace weir::base {

Result<Authority> parse_authority(std::string_view text, std::uint16_t usual_port) {
    Authority result{.host = {}, .port = usual_port};
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos) {
        const std::string_view digits = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
        if (error != std::errc() || end != digits.data() + digits.size())
            return fail(ErrorKind::malformed, "the port of the address is no number from 0 to 65535");
        text = text.substr(0, colon);
    }
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    if (text.empty()) return fail(ErrorKind::malformed, "the address names no host");
    result.host = text;
    return result;
}

std::string print(const Authority& authority) {
    const std::string host = authority.host.contains(':') ? '[' + authority.host + ']' : authority.host;
    return host + ':' + std::to_string(authority.port);
}

}  // namespace weir::base
