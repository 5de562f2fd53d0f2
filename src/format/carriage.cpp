#include "format/carriage.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace weir::format {

namespace {

std::string reason(const Carriage& carriage, const media::Track& track) {
    const std::string_view refusal = carriage.refusal(track.codec);
    if (!refusal.empty()) return std::string(refusal);
    return fmt::format("this {} is of a kind that {} cannot tell", media::info(track.codec).title, carriage.form);
}

}  // namespace

std::optional<std::string> nothing_to_carry(const Carriage& carriage, const media::TrackSet& tracks) {
    if (std::ranges::any_of(tracks.tracks, carriage.can_carry)) return std::nullopt;
    std::string text = fmt::format("the stream has nothing that {} can carry", carriage.form);
    std::string_view before = ": ";
    for (const media::Track& track : tracks.tracks) {
        const std::string why = reason(carriage, track);
        if (text.find(why) != std::string::npos) continue;
        text += fmt::format("{}{}", std::exchange(before, "; "), why);
    }
    return text;
}

std::string_view find_refusal(std::span<const Uncarried> table, media::Codec codec,
                              std::string_view otherwise) noexcept {
    const auto row = std::ranges::find(table, codec, &Uncarried::codec);
    return row == table.end() ? otherwise : row->text;
}

}  // namespace weir::format
