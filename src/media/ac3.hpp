// AC-3 and E-AC-3 headers (ETSI TS 102 366: 4.3 and Annex E), and the records that describe such tracks in MP4: dac3 (F.4) and dec3 (F.6).
// Both have frames that begin with 0x0b77 and say which of the two they are. Pure functions on bytes; all of it may be hostile.
//   AC-3     sync 16 | checksum 16 | rate 2 | frame size 6 | bsid 5 | bsmod 3 | acmod 3 | levels 2 each | lfe 1 | ...
//   E-AC-3   sync 16 | kind 2 | substream 3 | words - 1: 11 | rate 2 | half rate or blocks 2 | acmod 3 | lfe 1 | bsid 5 | ...
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <vector>

namespace weir::media::ac3 {

/// What is needed of a frame to parse its header.
inline constexpr std::size_t header_size = 13;
/// Of a channel in an access unit; E-AC-3 may have it in several short frames, which hardly anybody does.
inline constexpr std::uint32_t samples_per_unit = 1536;

struct Header {
    bool enhanced = false;                     ///< E-AC-3
    bool dependent = false;                    ///< E-AC-3: more channels of the independent substream before it
    std::uint8_t substream = 0;                ///< E-AC-3
    std::uint8_t rate_code = 0;                ///< fscod
    std::uint8_t bsid = 0;                     ///< the version of the bit stream
    std::uint8_t bsmod = 0;                    ///< what the sound is: 0 is the main service
    std::uint8_t acmod = 0;                    ///< which channels there are
    bool low_frequency = false;                ///< and one for low frequencies
    std::uint8_t size_code = 0;                ///< AC-3: frmsizecod
    std::uint16_t channel_map = 0;             ///< E-AC-3, dependent: which channels these are; 0 where it does not say
    std::uint32_t sample_rate = 0;             ///< Hz
    std::uint32_t samples = samples_per_unit;  ///< of a channel in the frame
    std::size_t frame_size = 0;

    [[nodiscard]] std::uint32_t channels() const noexcept;
    friend bool operator==(const Header&, const Header&) = default;
};

/// Needs the first `header_size` bytes of a frame.
[[nodiscard]] base::Result<Header> parse_header(base::ByteView bytes);

/// What dac3 and dec3 say; of E-AC-3 the first independent substream, with those that depend on it.
struct Config {
    bool enhanced = false;
    std::uint8_t rate_code = 0;
    std::uint8_t bsid = 8;
    std::uint8_t bsmod = 0;
    std::uint8_t acmod = 2;
    bool low_frequency = false;
    std::uint8_t bitrate_code = 0;         ///< AC-3: half of frmsizecod
    std::uint16_t bitrate = 0;             ///< E-AC-3: kbit/s, 13 bits
    std::uint8_t dependents = 0;           ///< E-AC-3: substreams, four bits
    std::uint16_t dependent_channels = 0;  ///< E-AC-3, nine bits: chan_loc (F.6.2.13)

    [[nodiscard]] std::uint32_t sample_rate() const noexcept;
    /// As they are heard by who decodes all of it.
    [[nodiscard]] std::uint32_t channels() const noexcept;
    friend bool operator==(const Config&, const Config&) = default;
};

[[nodiscard]] base::Result<Config> parse_dac3(base::ByteView record);
/// `unsupported` for more than one independent substream: that is several programs.
[[nodiscard]] base::Result<Config> parse_dec3(base::ByteView record);
/// dac3 or dec3.
void write_config(const Config& config, base::ByteWriter& out);
/// What the frames of one access unit say of the track; the first is independent.
[[nodiscard]] Config config_from_frames(const std::vector<Header>& frames);

}  // namespace weir::media::ac3
