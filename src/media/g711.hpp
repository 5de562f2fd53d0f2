// G.711: eight bits a sample, A-law or mu-law, with no header at all. Its configuration record is ours: what the wire says elsewhere.
//
//   | sampling rate 32 | channels 8 |
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>

namespace weir::media::g711 {

struct Config {
    std::uint32_t sample_rate = 8'000;  ///< Hz
    std::uint8_t channels = 1;
    friend bool operator==(const Config&, const Config&) = default;
};

/// `malformed` where a number makes no sense.
[[nodiscard]] base::Result<Config> parse_config(base::ByteView record);
void write_config(const Config& config, base::ByteWriter& out);

}  // namespace weir::media::g711
