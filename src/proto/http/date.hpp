// The one date that HTTP is written in today (RFC 9110 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
#pragma once

#include "base/clock.hpp"

#include <array>
#include <string_view>

namespace weir::proto::http {

class DateText {
  public:
    /// Years 1970 to 9999.
    explicit DateText(base::WallTime time) noexcept;
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

  private:
    std::array<char, 29> text_;
};

}  // namespace weir::proto::http
