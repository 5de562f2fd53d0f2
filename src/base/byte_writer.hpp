// Builds one contiguous run of bytes: big-endian integers, slices, and sizes that are patched in once they are known.
// Cleared and used again it does not allocate in the steady state.
#pragma once

#include "base/bytes.hpp"

#include <bit>
#include <cassert>
#include <string_view>
#include <vector>

namespace weir::base {

class ByteWriter {
  public:
    void u8(std::uint8_t value) { bytes_.push_back(value); }
    void u16(std::uint16_t value) { integer<2>(value); }
    void u24(std::uint32_t value) { integer<3>(value); }
    void u32(std::uint32_t value) { integer<4>(value); }
    void u64(std::uint64_t value) { integer<8>(value); }
    void i32(std::int32_t value) { integer<4>(static_cast<std::uint32_t>(value)); }
    void u32_little_endian(std::uint32_t value) { integer<4>(std::byteswap(value)); }
    void f64(double value) { integer<8>(std::bit_cast<std::uint64_t>(value)); }
    void bytes(ByteView value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }
    void text(std::string_view value) { bytes(as_bytes(value)); }
    void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }

    /// Overwrites four bytes written before, at `position`.
    void patch_u32(std::size_t position, std::uint32_t value) {
        assert(position + 4 <= bytes_.size());
        for (std::size_t i = 0; i < 4; ++i) bytes_[position + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    }

    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    [[nodiscard]] ByteView view() const noexcept { return bytes_; }
    [[nodiscard]] Bytes to_bytes() const { return Bytes::copy_of(bytes_); }
    void clear() noexcept { bytes_.clear(); }

  private:
    template <std::size_t width>
    void integer(std::uint64_t value) {
        for (std::size_t i = 0; i < width; ++i)
            bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * (width - 1 - i))));
    }

    std::vector<std::uint8_t> bytes_;
};

}  // namespace weir::base
