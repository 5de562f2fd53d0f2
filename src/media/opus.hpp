// Opus headers: the configuration, as dOps of MP4 (Encapsulation of Opus in ISO Base Media 4.3.2) and as the identification header of
// Ogg (RFC 7845 5.1) that Enhanced RTMP has, and how long a packet lasts (RFC 6716 3.1). Pure functions on bytes; all of it may be
// hostile.
//
//   dOps      | version 8 = 0 | channels 8 | pre-skip 16 | input rate 32 | gain 16 | family 8 | (streams 8 | coupled 8 | mapping ...) |
//   OpusHead  | "OpusHead" | version 8 = 1 | the same, its numbers with the lowest byte first |
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::media::opus {

/// Whatever the input was: decoders make 48 kHz, and times count in it.
inline constexpr std::uint32_t sample_rate = 48'000;
inline constexpr std::string_view codec_string = "Opus";

struct Config {
    std::uint8_t channels = 2;
    std::uint16_t pre_skip = 0;  ///< samples of 48 kHz that a decoder throws away at the start
    std::uint32_t input_sample_rate = sample_rate;
    std::uint16_t gain = 0;  ///< Q7.8 decibels, signed
    std::uint8_t mapping_family = 0;
    std::uint8_t streams = 1;
    std::uint8_t coupled = 1;
    std::vector<std::uint8_t> mapping;  ///< of each channel; empty in family 0
    friend bool operator==(const Config&, const Config&) = default;
};

/// Either form. Without a byte it is stereo, as Enhanced RTMP has it.
[[nodiscard]] base::Result<Config> parse_config(base::ByteView record);
void write_dops(const Config& config, base::ByteWriter& out);
void write_head(const Config& config, base::ByteWriter& out);

/// Samples of 48 kHz in a packet; 0 where it says no number that may be (more than 120 ms).
[[nodiscard]] std::uint32_t samples(base::ByteView packet) noexcept;

}  // namespace weir::media::opus
