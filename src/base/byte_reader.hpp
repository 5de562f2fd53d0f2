// Reads integers and slices from a view of bytes. Each read checks once that the bytes are there and then cannot fail;
// past the end it is an error of kind `malformed`. The view must outlive the reader and what it returns.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <bit>
#include <string_view>

namespace weir::base {

class ByteReader {
  public:
    explicit ByteReader(ByteView bytes) noexcept : bytes_(bytes) {}

    [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() - position_; }
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    [[nodiscard]] bool at_end() const noexcept { return remaining() == 0; }

    [[nodiscard]] Result<std::uint8_t> u8() { return integer<std::uint8_t, 1>(); }
    [[nodiscard]] Result<std::uint16_t> u16() { return integer<std::uint16_t, 2>(); }
    [[nodiscard]] Result<std::uint32_t> u24() { return integer<std::uint32_t, 3>(); }
    [[nodiscard]] Result<std::uint32_t> u32() { return integer<std::uint32_t, 4>(); }
    [[nodiscard]] Result<std::uint64_t> u64() { return integer<std::uint64_t, 8>(); }
    [[nodiscard]] Result<std::uint32_t> u32_little_endian() { return swapped(u32()); }
    /// IEEE 754 double, big-endian.
    [[nodiscard]] Result<double> f64() { return std::bit_cast<double>(TRY(u64())); }

    [[nodiscard]] Result<ByteView> take(std::size_t count) {
        if (remaining() < count) return fail(ErrorKind::malformed, "the data ends too early");
        position_ += count;
        return bytes_.subspan(position_ - count, count);
    }
    [[nodiscard]] ByteView rest() noexcept { return bytes_.subspan(std::exchange(position_, bytes_.size())); }
    [[nodiscard]] Result<std::string_view> text(std::size_t count) { return as_text(TRY(take(count))); }
    [[nodiscard]] Result<void> skip(std::size_t count) {
        (void)TRY(take(count));
        return {};
    }

  private:
    template <typename T, std::size_t width>
    Result<T> integer() {
        if (remaining() < width) return fail(ErrorKind::malformed, "the data ends too early");
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < width; ++i) value = value << 8 | bytes_[position_ + i];
        position_ += width;
        return static_cast<T>(value);
    }
    static Result<std::uint32_t> swapped(Result<std::uint32_t> value) {
        if (!value) return value;
        return std::byteswap(*value);
    }

    ByteView bytes_;
    std::size_t position_ = 0;
};

}  // namespace weir::base
