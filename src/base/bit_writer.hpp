// Writes bits, most significant first, into whole bytes; the last byte is padded with zeros.
#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <vector>

namespace weir::base {

class BitWriter {
  public:
    /// The lowest `count` bits of `value`; at most 32.
    void bits(std::uint32_t value, unsigned count) {
        for (unsigned i = count; i-- > 0;) flag((value >> i & 1) != 0);
    }
    void flag(bool value) {
        if (position_ % 8 == 0) bytes_.push_back(0);
        if (value) bytes_.back() |= static_cast<std::uint8_t>(0x80U >> position_ % 8);
        ++position_;
    }
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] ByteView view() const noexcept { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
    std::size_t position_ = 0;
};

}  // namespace weir::base
