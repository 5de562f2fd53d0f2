// AAC headers: AudioSpecificConfig (ISO 14496-3 1.6.2.1), with SBR and PS signalled either way and a program config element
// (4.4.1.1) where the channel configuration is 0, and the ADTS header (1.A.3.2). Pure functions on bytes; all of it may be
// hostile.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::media::aac {

/// How a config says that there is SBR (1.6.5).
enum class Signalling : std::uint8_t {
    none,                 ///< it does not; SBR may still be in the frames
    hierarchical,         ///< object type 5 or 29 comes first: old decoders refuse it
    backward_compatible,  ///< a sync extension follows: old decoders play the core alone
};

struct Config {
    std::uint8_t object_type = 2;            ///< of the core: 2 is AAC-LC
    std::uint32_t sample_rate = 0;           ///< Hz, of the core
    std::uint8_t channel_configuration = 0;  ///< Table 1.19; 0: by the program config element
    std::uint8_t channels = 0;               ///< of the core, the low-frequency one included
    bool short_frames = false;               ///< 960 samples a frame and not 1024
    Signalling signalling = Signalling::none;
    bool sbr = false;
    bool parametric_stereo = false;
    std::uint32_t extension_sample_rate = 0;  ///< Hz, with SBR; 0 without
    std::vector<bool> program_config;         ///< the bits of the program config element; empty where there is none

    /// What is heard: with SBR and parametric stereo applied.
    [[nodiscard]] std::uint32_t output_sample_rate() const noexcept {
        return sbr ? extension_sample_rate : sample_rate;
    }
    [[nodiscard]] std::uint32_t output_channels() const noexcept {
        return parametric_stereo && channels == 1 ? 2 : channels;
    }
    /// Samples of the core in one frame; a frame lasts `samples_per_frame() / sample_rate` seconds.
    [[nodiscard]] std::uint32_t samples_per_frame() const noexcept { return short_frames ? 960 : 1024; }
    friend bool operator==(const Config&, const Config&) = default;
};

/// `unsupported` for cores other than AAC Main, LC, SSR and LTP (object types 1 to 4).
[[nodiscard]] base::Result<Config> parse_config(base::ByteView record);
void write_config(const Config& config, base::ByteWriter& out);
/// RFC 6381: "mp4a.40.2", "mp4a.40.5", "mp4a.40.29".
[[nodiscard]] std::string codec_string(const Config& config);

/// The header before each frame of an ADTS stream.
struct AdtsHeader {
    static constexpr std::size_t max_frame_size = 0x1fff;  ///< header included

    std::uint8_t object_type = 2;  ///< 1 to 4
    std::uint32_t sample_rate = 0;
    std::uint8_t channel_configuration = 0;
    std::size_t header_size = 7;  ///< 9 with a checksum
    std::size_t frame_size = 0;   ///< header and payload
    unsigned raw_blocks = 1;      ///< frames of 1024 samples in the payload
    friend bool operator==(const AdtsHeader&, const AdtsHeader&) = default;
};
inline constexpr std::size_t adts_header_size = 7;

/// Needs the first seven bytes.
[[nodiscard]] base::Result<AdtsHeader> parse_adts(base::ByteView bytes);
/// The header of a frame of `payload_size` bytes, without checksum. `unsupported` where ADTS cannot say the config,
/// `too_large` where the frame does not fit.
[[nodiscard]] base::Result<void> write_adts(const Config& config, std::size_t payload_size, base::ByteWriter& out);
[[nodiscard]] Config config_from_adts(const AdtsHeader& header);

}  // namespace weir::media::aac
