// The parameter sets of an H.264 or HEVC source that come among its pictures: the newest of each number, and the track that they
// describe together. All of it may be hostile.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace weir::format {

class NalParameters {
  public:
    /// `codec` is H.264 or HEVC.
    explicit NalParameters(media::Codec codec) noexcept : codec_(codec) {}

    /// It is a parameter set: of video (HEVC), sequence or picture.
    [[nodiscard]] bool is_parameter_set(base::ByteView unit) const noexcept;
    /// It is one that stands before all that are not: of a sequence (H.264), of a sequence or video (HEVC).
    [[nodiscard]] bool begins_sequence(base::ByteView unit) const noexcept;
    /// Takes the place of the one with the same number. `malformed` where it has none; `too_large` beyond 16 KiB, or when there are too many.
    [[nodiscard]] base::Result<void> receive(base::ByteView unit);
    /// The track, when the sets are complete and have changed since the last call.
    [[nodiscard]] base::Result<std::optional<media::Track>> take_track();

  private:
    /// In the order in which a decoder wants them.
    enum class Kind : std::uint8_t { none, video, sequence, picture };
    struct Key {
        Kind kind;
        std::uint32_t number;
        auto operator<=>(const Key&) const noexcept = default;
    };

    [[nodiscard]] Kind kind_of(base::ByteView unit) const noexcept;
    [[nodiscard]] base::Result<std::uint32_t> number_of(Kind kind, base::ByteView unit) const;
    [[nodiscard]] std::vector<base::Bytes> units(Kind kind) const;

    media::Codec codec_;
    std::map<Key, base::Bytes> sets_;
    bool changed_ = false;
};

}  // namespace weir::format
