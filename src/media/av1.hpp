// AV1 headers: the configuration record av1C (AV1 Codec ISO Media File Format Binding 2.3), open bitstream units and the sequence
// header (AV1 Bitstream 5.3, 5.5), and what a temporal unit is to somebody who joins there. Pure functions on bytes; all of it may
// be hostile.
//
//   OBU   | 0 | type 4 | extension 1 | size field 1 | 0 | (temporal 3, spatial 2, 0 3) | (size, leb128) | payload ...
//   av1C  | 1 | version 7 = 1 | profile 3 | level 5 | tier 1 | high depth 1 | twelve 1 | mono 1 | subsampling 2 | position 2 |
//         | 0 3 | delay present 1 | delay or 0 4 | OBUs ...
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/nal.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace weir::media::av1 {

/// obu_type, 6.2.2; those that this server looks at.
enum class ObuType : std::uint8_t {
    sequence_header = 1,
    temporal_delimiter = 2,
    frame_header = 3,
    frame = 6,
    tile_list = 8,
    padding = 15,
};

struct Obu {
    ObuType type{};
    bool has_size = false;
    base::ByteView whole;
    base::ByteView payload;
};

/// Walks the OBUs of a temporal unit in the low-overhead format (5.2). The view must outlive it.
class ObuReader {
  public:
    explicit ObuReader(base::ByteView bytes) noexcept : rest_(bytes) {}
    /// The next OBU, nothing at the end, `malformed` where a size passes the end. One without a size field is the last.
    [[nodiscard]] base::Result<std::optional<Obu>> next();

  private:
    base::ByteView rest_;
};

/// AV1CodecConfigurationRecord.
struct Config {
    std::uint8_t profile = 0;
    std::uint8_t level = 0;  ///< seq_level_idx of the first operating point
    bool high_tier = false;
    std::uint8_t bit_depth = 8;
    bool monochrome = false;
    bool subsampling_x = true;
    bool subsampling_y = true;
    std::uint8_t sample_position = 0;
    std::optional<std::uint8_t> presentation_delay;  ///< in frames, less one
    base::Bytes obus;                                ///< the sequence header, mostly
    friend bool operator==(const Config&, const Config&) = default;
};

[[nodiscard]] base::Result<Config> parse_config(base::ByteView record);
void write_config(const Config& config, base::ByteWriter& out);
/// The record for a temporal unit that has a sequence header; `malformed` without one.
[[nodiscard]] base::Result<Config> config_from_temporal_unit(base::ByteView unit);
/// "av01.0.04M.08". What may follow (colors) has defaults that players go by.
[[nodiscard]] std::string codec_string(const Config& config);

struct SequenceHeader {
    Config config;  ///< without `obus`
    bool reduced_still_picture = false;
    std::uint32_t width = 0;  ///< the largest of its frames, in pixels
    std::uint32_t height = 0;
    double frame_rate = 0;  ///< 0 where it does not say
};
/// The payload of a sequence header OBU.
[[nodiscard]] base::Result<SequenceHeader> parse_sequence_header(base::ByteView payload);
/// The first sequence header among these OBUs; nothing where there is none.
[[nodiscard]] base::Result<std::optional<SequenceHeader>> find_sequence_header(base::ByteView obus);

/// The temporal unit as the server has it (and MP4): every OBU behind its size, no delimiters, tile lists and padding. The very
/// same bytes where that is all they are.
[[nodiscard]] base::Result<base::Bytes> normalized(const base::Bytes& unit);
/// `idr` for a key frame that is shown at once; `none` without any frame.
[[nodiscard]] base::Result<nal::Picture> picture(base::ByteView unit);

}  // namespace weir::media::av1
