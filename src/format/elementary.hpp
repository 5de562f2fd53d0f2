// One elementary stream on its way into the server's one payload form: video as NAL units behind four-byte lengths, parameter sets only
// in the config record; audio as raw frames without headers. Containers have either form of both (MP4 and FLV ours, MPEG-TS Annex B
// and ADTS); which it is follows from the record that came with the stream. Bytes may be hostile.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/track.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir::format {

/// What one packet was.
struct ElementaryUnit {
    std::optional<media::Track> track;  ///< new, or changed: in force from this packet on
    base::Bytes payload;                ///< empty: nothing to send
    bool keyframe = false;
};

class Elementary {
  public:
    /// `record` is what the container has: a config record, Annex B parameter sets, or nothing.
    Elementary(media::Codec codec, base::Bytes record);

    /// A packet as the container has it. An error is this packet's: `unsupported` where the codec or its form is not served at all.
    [[nodiscard]] base::Result<ElementaryUnit> receive(base::ByteView packet);
    /// Another record, from the next packet on.
    void change(base::Bytes record);
    [[nodiscard]] media::Codec codec() const noexcept { return codec_; }
    /// Pictures left out since they need what came before the keyframe that was joined at.
    [[nodiscard]] std::uint64_t leading_pictures_dropped() const noexcept { return leading_; }

  private:
    /// VPS, SPS and PPS.
    using ParameterSets = std::array<std::vector<base::Bytes>, 3>;

    [[nodiscard]] base::Result<base::Bytes> unwrap(base::ByteView packet);
    [[nodiscard]] base::Result<base::Bytes> unwrap_video(base::ByteView packet);
    [[nodiscard]] base::Result<base::Bytes> unwrap_annex_b(base::ByteView packet);
    [[nodiscard]] base::Result<base::Bytes> unwrap_adts(base::ByteView packet);
    [[nodiscard]] base::Result<void> take(const ParameterSets& found);
    [[nodiscard]] base::Result<void> adopt(base::ByteView record);
    void learn(base::ByteView frame);
    void describe(media::Track track);

    const media::Codec codec_;
    base::Bytes given_;         ///< the container's record
    bool is_fresh_ = true;      ///< it has not been looked at
    unsigned length_size_ = 0;  ///< of NAL units; 0: Annex B, or no NAL units
    ParameterSets sets_;
    base::Bytes config_;  ///< the record in force; empty: none yet
    media::Track track_;  ///< as far as it is known
    bool is_described_ = false;
    std::optional<media::Track> news_;
    std::uint64_t leading_ = 0;
};

}  // namespace weir::format
