// The envelope of Enhanced RTMP v1 and v2 around a body of audio or video, taken apart: which codec, what for, of which track (ExVideoTagHeader
// and ExAudioTagHeader). Sans-IO; `flv_body_parser` makes events of the parts.
//
//   video  | 1 | frame type 3 | packet type 4 |      audio  | 9 4 | packet type 4 |
//   then   while the packet type is ModEx 7:  | size - 1 8 (255: size - 1 16) | data ... | what 4 | packet type 4 |
//   then   FourCC 32 | body ...                                     of one track
//     or   | one track 0 4 | packet type 4 | FourCC 32 | track 8 | body ...
//     or   | many tracks 1 4 | packet type 4 | FourCC 32 | (track 8 | size 24 | body ...) ...
//     or   | many codecs 2 4 | packet type 4 | (FourCC 32 | track 8 | size 24 | body ...) ...
#pragma once

#include "base/byte_reader.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/codec.hpp"
#include "media/ticks.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::format::flv {

/// What a part is for: the packet types of video and audio as one.
enum class Use : std::uint8_t {
    config,     ///< SequenceStart: a configuration record
    ts_config,  ///< MPEG2TSSequenceStart: a descriptor of MPEG-TS in place of it
    frame,      ///< CodedFrames: with a composition time where the codec has one
    frame_x,    ///< CodedFramesX: without
    end,        ///< SequenceEnd
};

struct Part {
    Use use{};
    std::string_view fourcc;  ///< inside the body
    std::uint8_t track = 0;   ///< as the source counts them
    base::Bytes body;
};

class EnhancedReader {
  public:
    EnhancedReader(media::Kind kind, const base::Bytes& body) noexcept : kind_(kind), body_(body), reader_(body) {}

    /// The next part; nothing at the end, and at once where the body is of metadata or a command. `unsupported` for packet types
    /// that are not known.
    [[nodiscard]] base::Result<std::optional<Part>> next();
    /// What ModEx adds to the message's time: less than a millisecond.
    [[nodiscard]] media::Ticks fraction() const noexcept { return fraction_; }

  private:
    enum class Tracks : std::uint8_t { one = 0, many = 1, many_codecs = 2, alone };

    [[nodiscard]] base::Result<bool> begin();
    [[nodiscard]] base::Result<std::uint8_t> read_mod_ex();

    media::Kind kind_;
    const base::Bytes& body_;
    base::ByteReader reader_;
    bool has_begun_ = false;
    bool is_over_ = false;
    Use use_{};
    Tracks tracks_ = Tracks::alone;
    std::string_view fourcc_;
    media::Ticks fraction_;
};

}  // namespace weir::format::flv
