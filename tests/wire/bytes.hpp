// Wire bytes in tests: written as hex, or read from a capture under tests/wire/.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace weir::tests {

/// "01 64 00" or "016400"; anything but hex digits and spaces is a mistake in the test.
inline base::Bytes from_hex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    int high = -1;
    for (const char letter : text) {
        if (letter == ' ') continue;
        const std::size_t digit = std::string_view("0123456789abcdef").find(letter);
        if (digit == std::string_view::npos) throw std::invalid_argument("not hex: " + std::string(text));
        if (high < 0) {
            high = static_cast<int>(digit);
            continue;
        }
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + static_cast<int>(digit)));
        high = -1;
    }
    if (high >= 0) throw std::invalid_argument("half a byte: " + std::string(text));
    return base::Bytes::copy_of(bytes);
}

inline std::string to_hex(base::ByteView bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text.push_back("0123456789abcdef"[byte >> 4]);
        text.push_back("0123456789abcdef"[byte & 0x0f]);
    }
    return text;
}

/// A capture; `path` is below tests/wire/. Tests run in the root of the repository.
inline base::Bytes read_capture(const std::string& path) {
    std::ifstream file("tests/wire/" + path, std::ios::binary);
    if (!file) throw std::runtime_error("no capture " + path);
    const std::vector<char> letters(std::istreambuf_iterator<char>(file), {});
    return base::Bytes::copy_of(std::string_view(letters.data(), letters.size()));
}

}  // namespace weir::tests
