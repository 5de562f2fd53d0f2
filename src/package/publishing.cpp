#include "package/publishing.hpp"

#include <algorithm>
#include <cmath>

namespace weir::package {

using media::Ticks;

namespace {

/// Says of what is empty so far that it stays so.
void miss(Lane& lane, const Numbering& numbers, Ticks until) {
    const Boundary* const next = numbers.after(lane.sequence());
    lane.miss(next != nullptr ? std::min(until, next->at) : until);
}

bool is_picture_of_source(const Voice& voice) noexcept {
    return voice.origin == Voice::Origin::source && voice.rendition.kind == media::Kind::video;
}

}  // namespace

Waiting Publishing::waiting(const Company& company) const noexcept {
    return {.voices = company.voices,
            .tracks = company.tracks,
            .segment = settings_.segment,
            .patience = company.patience,
            .is_source_offered = company.is_source_offered,
            .has_published = !window_.empty()};
}

bool Publishing::commit(const Company& company, Numbering& numbers) {
    bool has_committed = false;
    for (; is_oldest_over(company, numbers); numbers.forget_oldest(), has_committed = true) {
        const Boundary& end = *numbers.after(numbers.oldest().sequence);
        for (const auto& voice : company.voices)
            if (voice->lane.is_started() && voice->lane.sequence() < end.sequence) voice->leave_behind(end);
        publish_oldest(company, numbers);
    }
    return has_committed;
}

/// Whether the oldest number that is not published has ended and nobody waits for more of it.
bool Publishing::is_oldest_over(const Company& company, const Numbering& numbers) const noexcept {
    const Boundary* const end = numbers.empty() ? nullptr : numbers.after(numbers.oldest().sequence);
    return end != nullptr && std::ranges::none_of(company.voices, [&, waiting = waiting(company)](const auto& voice) {
               return waiting.is_awaited(*voice, *end);
           });
}

void Publishing::publish_oldest(const Company& company, const Numbering& numbers) {
    for (const auto& voice : company.voices) {
        const stream::Segment* const oldest = voice->lane.oldest();
        if (oldest == nullptr || oldest->sequence != numbers.oldest().sequence) continue;
        const bool has_media = !oldest->gap;
        window_.add(voice->rendition, voice->lane.track(), voice->lane.take_oldest());
        const bool is_offered = !voice->is_withdrawn && (company.is_source_offered || !is_picture_of_source(*voice));
        if (has_media || !is_offered) window_.offer(voice->rendition.name, is_offered);
    }
    window_.commit(Ticks::from(static_cast<std::int64_t>(std::ceil(settings_.segment.to_seconds())), 1));
}

bool Publishing::show(const Company& company, Numbering& numbers, bool has_moved) {
    if (window_.empty()) return false;
    bool has_news = has_moved;
    for (const auto& voice : company.voices)
        if (voice->lane.is_started()) has_news |= show(*voice, waiting(company), numbers, has_moved);
    return has_news;
}

bool Publishing::show(Voice& voice, const Waiting& waiting, Numbering& numbers, bool has_moved) {
    Lane& lane = voice.lane;
    if (lane.open_bytes() == 0) miss(lane, numbers, waiting.missed_until(voice));
    const bool has_shown = lane.show([&](Ticks end) { return waiting.may_show(voice, end); });
    if (!has_shown && !has_moved) return false;
    if (lane.is_open_shown() && lane.sequence() == numbers.newest().sequence) numbers.seal();
    const auto shown = lane.shown();
    const stream::SegmentRef open = lane.shown_open();
    const std::uint64_t sequence = open != nullptr ? open->sequence : lane.sequence();
    window_.set_edge(voice.rendition.name, {.ahead = {shown.begin(), shown.end()},
                                            .open = open,
                                            .under_way = lane.shown_under_way(),
                                            .open_end = numbers.expected_end(sequence, waiting.horizon())});
    return true;
}

void Publishing::clear_edges(const Company& company) {
    for (const auto& voice : company.voices) window_.set_edge(voice->rendition.name, {});
}

void Publishing::renew(const Company& company, Ticks part_target, bool has_ended, std::uint64_t cuts) {
    auto index = window_.index(settings_.epoch, has_ended, cuts);
    index->part_target = part_target;
    index->awaits_rungs = std::ranges::any_of(company.voices, [&](const auto& voice) {
        return voice->origin == Voice::Origin::rung && !voice->is_withdrawn && !window_.offers(voice->rendition.name);
    });
    index_ = std::move(index);
    if (changed_) changed_();
}

}  // namespace weir::package
