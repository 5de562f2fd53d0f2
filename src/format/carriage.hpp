// Which codecs a form of a stream has a place for, as those ask who serve the form, who turn viewers away from it, and who print the
// table of what works. Each form has one of these beside the table that it is written by.
#pragma once

#include "media/track.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::format {

struct Carriage {
    std::string_view form;  ///< in sentences: "MPEG-TS"
    /// Codec and config.
    bool (*can_carry)(const media::Track& track) noexcept;
    /// Why it has no place for the codec, in words; empty where it has one.
    std::string_view (*refusal)(media::Codec codec) noexcept;
};

/// Why nothing of the stream is in the form, for whoever asked for it; nothing where something is.
[[nodiscard]] std::optional<std::string> nothing_to_carry(const Carriage& carriage, const media::TrackSet& tracks);

/// A row of a form's table of what it has no place for, in words.
struct Uncarried {
    media::Codec codec;
    std::string_view text;
};
/// `otherwise` for a codec that the table does not know.
[[nodiscard]] std::string_view find_refusal(std::span<const Uncarried> table, media::Codec codec,
                                            std::string_view otherwise) noexcept;

}  // namespace weir::format
