#include "base/url.hpp"

#include <charconv>
#include <cstdint>
#include <ranges>
#include <system_error>

namespace weir::base {

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    while (!text.empty()) {
        std::uint8_t byte = 0;
        if (text.size() >= 3 && text[0] == '%') {
            const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
            if (error == std::errc() && end == text.data() + 3) {
                decoded += static_cast<char>(byte);
                text.remove_prefix(3);
                continue;
            }
        }
        decoded += text.front();
        text.remove_prefix(1);
    }
    return decoded;
}

std::string_view before_query(std::string_view address) noexcept { return address.substr(0, address.find('?')); }

std::string_view query_of(std::string_view address) noexcept {
    const std::size_t mark = address.find('?');
    return mark == std::string_view::npos ? std::string_view() : address.substr(mark + 1);
}

std::optional<std::string_view> query_parameter(std::string_view query, std::string_view name) noexcept {
    for (const auto part : std::views::split(query, '&')) {
        const std::string_view field(part.begin(), part.end());
        if (const std::size_t equals = field.find('='); field.substr(0, equals) == name) {
            return equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
        }
    }
    return std::nullopt;
}

}  // namespace weir::base
