// The rungs of a segmenter: which there are, and what comes of them.
#include "package/segmenter.hpp"

#include <algorithm>
#include <utility>

namespace weir::package {

void Segmenter::set_rungs(std::span<const Rung> rungs) {
    const std::vector<Voice*> before = std::exchange(rungs_, {});
    for (const Rung& rung : rungs) {
        const unsigned first = rung.kind == media::Kind::video ? rung_place : audio_place + 1;
        rungs_.push_back(&rung_of({.name = rung.name,
                                   .kind = rung.kind,
                                   .bitrate = rung.bitrate,
                                   .place = first + static_cast<unsigned>(rungs_.size())}));
    }
    for (Voice* const voice : before)
        if (std::ranges::find(rungs_, voice) == rungs_.end()) withdraw(*voice);
    std::ranges::sort(voices_, {}, [](const auto& voice) { return voice->rendition.order(); });
    if (index() != nullptr) renew_index();
}

/// The one of that name, withdrawn or not; else a new one.
Voice& Segmenter::rung_of(Rendition rendition) {
    const auto known = std::ranges::find_if(voices_, [&](const auto& voice) {
        return voice->origin == Voice::Origin::rung && voice->rendition.name == rendition.name;
    });
    if (known == voices_.end()) {
        auto voice = std::make_unique<Voice>(std::move(rendition), Voice::Origin::rung);
        Voice& made = *voice;
        insert(std::move(voice));
        return made;
    }
    Voice& voice = **known;
    publishing_.window().change(rendition);
    voice.rendition = std::move(rendition);
    voice.is_withdrawn = false;
    return voice;
}

/// Players that are there have gaps, on which they change to another; it goes when it lists nothing else.
void Segmenter::withdraw(Voice& voice) {
    voice.is_withdrawn = true;
    voice.has_been_heard = true;
    voice.forget_waiting();
    voice.break_off();
    publishing_.window().offer(voice.rendition.name, false);
}

void Segmenter::write_rung(std::size_t rung, const stream::Entry& entry, base::WallTime wall_of_dts) {
    if (has_ended_ || tracks_ == nullptr || entry.tracks == nullptr || entry.packet->payload.empty()) return;
    Voice& voice = *rungs_.at(rung);
    const media::Track* track = entry.tracks->first(voice.rendition.kind);
    if (track == nullptr || track->id != entry.packet->track) return;
    voice.has_been_heard = true;
    voice.newest = std::max(voice.newest, entry.packet->pts);
    const Lane::Arrival arrival{.packet = entry.packet, .tracks = entry.tracks, .wall = wall_of_dts};
    if (voice.rendition.kind == media::Kind::video) take(voice, arrival, false);  // the leader was there before
    else voice.await(arrival);
    advance();
    publish();
}

/// A discontinuity is one of all renditions (RFC 8216bis 6.2.4): where a rung needs one to go on, the next boundary is one, but where it
/// has one ahead.
void Segmenter::take_rung(Voice& voice, const Lane::Arrival& arrival) {
    if (!follow(voice, arrival)) return;
    voice.take(arrival.packet, numbers_, limits_.segment_bytes);
    if (numbers_.empty() || !voice.lane.owes_break()) return;
    const Boundary& newest = numbers_.newest();
    owes_break_ |= !newest.discontinuity || newest.at <= arrival.packet->pts;
}

void Segmenter::interrupt_rung(std::size_t rung) {
    Voice& voice = *rungs_.at(rung);
    voice.has_been_heard = true;
    voice.forget_waiting();
    voice.break_off();
    if (!has_ended_) publish();
}

}  // namespace weir::package
