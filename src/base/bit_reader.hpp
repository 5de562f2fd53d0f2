// Reads bits, most significant first, and Exp-Golomb codes (ITU-T H.264 9.1) from a view of bytes.
// Reading past the end is an error of kind `malformed`.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace weir::base {

class BitReader {
  public:
    explicit BitReader(ByteView bytes) noexcept : bytes_(bytes) {}

    [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() * 8 - position_; }
    [[nodiscard]] std::size_t position() const noexcept { return position_; }

    /// Up to 32 bits, as an unsigned integer.
    [[nodiscard]] Result<std::uint32_t> bits(unsigned count) {
        if (count > 32 || remaining() < count) return fail(ErrorKind::malformed, "the bits end too early");
        std::uint64_t value = 0;
        for (unsigned i = 0; i < count; ++i, ++position_)
            value = value << 1 | (bytes_[position_ / 8] >> (7 - position_ % 8) & 1U);
        return static_cast<std::uint32_t>(value);
    }
    [[nodiscard]] Result<bool> flag() { return TRY(bits(1)) != 0; }
    [[nodiscard]] Result<void> skip(std::size_t count) {
        if (remaining() < count) return fail(ErrorKind::malformed, "the bits end too early");
        position_ += count;
        return {};
    }

    /// ue(v): unsigned Exp-Golomb.
    [[nodiscard]] Result<std::uint32_t> unsigned_exp_golomb() {
        unsigned zeros = 0;
        while (!TRY(flag()))
            if (++zeros > 31) return fail(ErrorKind::malformed, "an Exp-Golomb code is longer than 32 bits");
        return static_cast<std::uint32_t>((std::uint64_t{1} << zeros) - 1 + TRY(bits(zeros)));
    }
    /// se(v): signed Exp-Golomb.
    [[nodiscard]] Result<std::int32_t> signed_exp_golomb() {
        const std::int64_t code = TRY(unsigned_exp_golomb());
        return static_cast<std::int32_t>(code % 2 != 0 ? (code + 1) / 2 : -(code / 2));
    }

  private:
    ByteView bytes_;
    std::size_t position_ = 0;
};

}  // namespace weir::base
