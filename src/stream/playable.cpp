#include "stream/playable.hpp"

#include <algorithm>

namespace weir::stream {

namespace {

using enum Playable::Verdict;

Playable playable(const RungSnapshot& rung) {
    switch (rung.stats.state) {
        using enum RungState;
        case running: return {.verdict = yes, .reason = {}};
        case starting: return {.verdict = not_yet, .reason = "nothing has come of the rendition yet"};
        case recovering: return {.verdict = not_yet, .reason = "its worker is being restarted: " + rung.stats.reason};
        case shed: return {.verdict = not_now, .reason = rung.stats.reason};
        case failed:
        case left_out: break;
    }
    return {.verdict = not_at_all, .reason = "the stream does not have this rendition: " + rung.stats.reason};
}

const RungSnapshot* find_rung(const StreamSnapshot& snapshot, std::string_view name) {
    const auto rung = std::ranges::find(snapshot.rungs, name,
                                        [](const RungSnapshot& one) { return std::string_view(one.plan.name); });
    return rung == snapshot.rungs.end() ? nullptr : &*rung;
}

}  // namespace

Playable playable(const StreamSnapshot& snapshot, std::string_view rendition) {
    if (rendition == source_rendition) return {.verdict = yes, .reason = {}};
    if (const RungSnapshot* rung = find_rung(snapshot, rendition)) return playable(*rung);
    if (snapshot.is_ladder_decided) return {.verdict = not_at_all, .reason = std::string(no_such_rendition)};
    return {.verdict = not_yet,
            .reason = "which renditions the stream has is known once its publisher sends a picture"};
}

media::TrackSetRef tracks_of(const StreamSnapshot& snapshot, std::string_view rendition) {
    if (rendition == source_rendition) return snapshot.tracks;
    const RungSnapshot* rung = find_rung(snapshot, rendition);
    return rung == nullptr ? nullptr : rung->tracks;
}

media::TrackSetRef choice_of_tracks(const StreamSnapshot& snapshot, std::string_view rendition) {
    media::TrackSetRef own = tracks_of(snapshot, rendition);
    const auto encoded = std::ranges::find_if(snapshot.rungs, [](const RungSnapshot& rung) {
        return rung.plan.kind == media::Kind::audio && rung.tracks != nullptr;
    });
    if (own == nullptr || rendition != source_rendition || encoded == snapshot.rungs.end()) return own;
    auto both = std::make_shared<media::TrackSet>(*own);
    both->tracks.insert(both->tracks.end(), encoded->tracks->tracks.begin(), encoded->tracks->tracks.end());
    return both;
}

}  // namespace weir::stream
