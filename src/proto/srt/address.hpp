// An address of SRT, as a caller is given one: `srt://HOST:PORT?streamid=publish:live/demo&passphrase=...&latency=400`. Latency is
// in milliseconds, as in the library's own programs, or with its unit. Parameters of other programs that change nothing here are passed over.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::proto::srt {

struct Address {
    std::string host;
    std::uint16_t port = 0;
    std::string stream_id{};   ///< decoded
    std::string passphrase{};  ///< decoded; empty: no encryption
    std::optional<std::chrono::milliseconds> latency{};
    friend bool operator==(const Address&, const Address&) = default;
};

/// The error's text says what is wrong, in words.
[[nodiscard]] base::Result<Address> parse_address(std::string_view url);

}  // namespace weir::proto::srt
