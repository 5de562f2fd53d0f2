#include "checker/checker.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace weir::checker {

Checker::Checker(Settings settings, Fetch fetch) : settings_(std::move(settings)) {
    fetch_ = [this, fetch = std::move(fetch)](const std::string& address) {
        ++seen_.objects;
        return fetch(address);
    };
}

const Playlist* Checker::playlist(const std::string& address) const {
    const auto found = renditions_.find(address);
    return found != renditions_.end() && found->second->playlist ? &*found->second->playlist : nullptr;
}

Checker::Rendition& Checker::rendition(const std::string& address) {
    auto& found = renditions_[address];
    if (found == nullptr) found = std::make_unique<Rendition>(address);
    return *found;
}

void Checker::see_multivariant(std::string_view text, std::optional<std::uint64_t> whole) {
    if (broken_) return;
    multivariant_ = read_multivariant(text, findings_);
    check_variants(multivariant_);
    if (!promise_ || promise_->text != text) {
        const auto addresses = multivariant_.addresses();
        promise_ = {.text = std::string(text),
                    .last = whole.value_or(last_everywhere()),
                    .awaited = {addresses.begin(), addresses.end()}};
    }
    conclude("", "", text);
}

std::uint64_t Checker::last_everywhere() const {
    const auto addresses = multivariant_.addresses();
    const auto last_of = [&](const std::string& address) {
        const auto at = renditions_.find(address);
        return at != renditions_.end() ? at->second->peak.last() : 0;
    };
    return addresses.empty() ? 0 : std::ranges::min(addresses | std::views::transform(last_of));
}

void Checker::check_variants(const Multivariant& playlist) {
    for (const Variant& variant : playlist.variants) {
        const auto found = renditions_.find(variant.address);
        if (found == renditions_.end() || !found->second->playlist) continue;
        check_codec(variant, *found->second);
        for (const Alternative& alternative : playlist.alternatives) {
            const auto sound = renditions_.find(alternative.address);
            if (alternative.group == variant.audio && sound != renditions_.end()) check_codec(variant, *sound->second);
        }
    }
}

/// Once all are read of which it speaks.
void Checker::keep_promise(const std::string& address) {
    if (!promise_) return;
    promise_->awaited.erase(address);
    if (!promise_->awaited.empty()) return;
    check_bandwidths(promise_->last);
    promise_.reset();
}

void Checker::check_bandwidths(std::uint64_t last) {
    const auto peak_of = [&](const std::string& address) -> std::uint64_t {
        const auto at = renditions_.find(address);
        if (at == renditions_.end() || !at->second->playlist) return 0;
        const Playlist& playlist = *at->second->playlist;
        return at->second->peak.bits_per_second(playlist.target, playlist.sequence, last);
    };
    for (const Variant& variant : multivariant_.variants) {
        std::uint64_t beside = 0;
        for (const Alternative& alternative : multivariant_.alternatives)
            if (alternative.group == variant.audio) beside = std::max(beside, peak_of(alternative.address));
        const std::uint64_t peak = peak_of(variant.address) + beside;
        findings_.require(peak <= variant.bandwidth + 1, Rule::bandwidth,
                          "{} has a peak of {} bit/s, BANDWIDTH says {}", variant.uri, peak, variant.bandwidth);
    }
}

/// CODECS are those of what comes now: it may be a segment ahead of what was read.
void Checker::check_codec(const Variant& variant, Rendition& at) {
    const Header* const header = at.tape.header();
    const bool is_known = header == nullptr || !at.playlist || variant.codecs.empty() ||
                          variant.codecs.find(header->format) != std::string::npos;
    if (is_known) return at.changing.reset();
    if (!at.changing) at.changing = at.playlist->next_complete();
    findings_.require(at.playlist->next_complete() <= *at.changing + 1, Rule::codecs, "{} is {} as well as {}",
                      variant.uri, header->format, variant.codecs);
}

Checker::Outcome Checker::see(const std::string& address, std::string_view text, Moment moment,
                              std::optional<Position> reload) {
    if (broken_) return Outcome::taken;
    Rendition& at = rendition(address);
    at.since = settings_.sees_all ? moment.had : at.moment.had;
    at.moment = moment;
    if (text != at.text || at.server == Server::restarted) {
        Playlist read = read_playlist(text, findings_);
        const bool is_delta = read.skipped.has_value();
        if (is_delta && !at.playlist) return Outcome::needs_whole;
        if (is_delta) {
            auto whole = merge(*at.playlist, read);
            if (!whole) return Outcome::needs_whole;
            ++seen_.deltas;
            check_delta(read, *whole, findings_);
            read = std::move(*whole);
        }
        take(at, address, std::move(read), text);
    }
    keep_promise(address);
    if (reload) check_reload(*at.playlist, *reload);
    check_pace(at);
    check_reports(address, at);
    at.lingering.ask(moment.had, fetch_, findings_);
    conclude(address, at.text_before, text);
    return Outcome::taken;
}

void Checker::take(Rendition& at, const std::string& address, Playlist playlist, std::string_view text) {
    ++seen_.versions;
    check_alone(playlist, at.moment.had, findings_);
    const bool is_restarted = std::exchange(at.server, Server::same) == Server::restarted;
    if (at.playlist) {
        check_succession(*at.playlist, playlist, is_restarted ? Server::restarted : Server::same, findings_);
        if (is_restarted) at.lingering.restart();
        at.lingering.look(is_restarted ? playlist : *at.playlist, playlist, at.since);
    }
    if (!at.playlist || playlist.next_complete() > at.playlist->next_complete()) at.segment_came = at.moment.had;
    if (!at.playlist || playlist.last() > at.playlist->last()) at.part_came = at.moment.had;
    alignment_.look(playlist, findings_);
    at.tape.follow(playlist, fetch_, findings_);
    take_facts(at, playlist.independent_segments || multivariant_.independent_segments);
    check_all_reported(address, playlist);
    at.before = std::exchange(at.playlist, std::move(playlist));
    at.text_before = std::exchange(at.text, std::string(text));
}

void Checker::take_facts(Rendition& at, bool are_independent) {
    for (const Fact& fact : at.tape.take_facts()) {
        ++seen_.segments;
        seen_.gaps += fact.gap ? 1 : 0;
        seen_.breaks += fact.discontinuity ? 1 : 0;
        const bool is_video = at.tape.header() != nullptr && at.tape.header()->is_video;
        findings_.require(!are_independent || fact.gap || fact.starts_in_sync, Rule::independent_segments,
                          "segment {} begins with a frame that depends on others", fact.sequence);
        alignment_.look(fact, is_video, findings_);
        at.peak.add(fact);
    }
}

void Checker::see_delta(const std::string& address, std::string_view text) {
    const Rendition& at = rendition(address);
    if (broken_ || !at.before || !at.playlist) return;
    ++seen_.deltas;
    const Playlist delta = read_playlist(text, findings_);
    check_delta(delta, *at.playlist, findings_);
    if (auto merged = merge(*at.before, delta)) {
        merged->version = at.playlist->version;  // EXT-X-SKIP may need a higher one
        findings_.require(*merged == *at.playlist, Rule::delta_equal, "put together it is not what the whole says");
    }
    conclude(address, at.text, text);
}

void Checker::check_reload(const Playlist& playlist, Position asked) {
    const auto last = playlist.last();
    const Segment* segment = playlist.find(asked.sequence);
    const bool is_whole = playlist.next_complete() > asked.sequence;
    // A part behind the last of its segment is the first of the next one.
    const bool is_beyond =
        asked.part && is_whole && segment != nullptr && !segment->parts.empty() && *asked.part >= segment->parts.size();
    const Position due = is_beyond ? Position{asked.sequence + 1, 0} : asked;
    // A gap is whole without parts: whoever asked for its first has the answer.
    const bool is_due_whole = playlist.next_complete() > due.sequence;
    const bool has_it = due.part ? is_due_whole || (last && last >= std::optional(due)) : is_whole;
    findings_.require(playlist.ended || has_it || (last && last->sequence > due.sequence), Rule::reload,
                      "segment {} part {} was asked for, the last one is part {} of {}", asked.sequence,
                      asked.part.value_or(0), last.value_or(Position()).part.value_or(0),
                      last.value_or(Position()).sequence);
}

void Checker::check_pace(Rendition& at) {
    if (!is_steady_ || at.playlist->ended) return;
    const base::WallTime now = at.moment.had;
    const auto lateness = [&](base::WallTime came, base::Duration allowed) {
        return now - came - allowed - settings_.late;
    };
    const base::Duration segment = lateness(at.segment_came, at.playlist->target * 3 / 2);
    findings_.require(segment <= base::Duration(), Rule::late_segment, "the next segment is {:.3f} s late",
                      std::chrono::duration<double>(segment).count());
    if (!at.playlist->part_target) return;
    const base::Duration part = lateness(at.part_came, *at.playlist->part_target);
    findings_.require(part <= base::Duration(), Rule::late_part, "the next part is {:.3f} s late",
                      std::chrono::duration<double>(part).count());
}

void Checker::set_steady(bool is_steady, base::WallTime now) {
    if (is_steady && !is_steady_)
        for (const auto& [address, at] : renditions_) at->segment_came = at->part_came = now;
    is_steady_ = is_steady;
}

/// What it says of the others, and what the others say of it.
void Checker::check_reports(const std::string& address, const Rendition& at) {
    for (const Report& report : at.playlist->reports) {
        const auto other = renditions_.find(resolve(address, report.uri));
        if (other != renditions_.end() && other->second->playlist) check_report(report, at, *other->second);
    }
    for (const auto& [name, other] : renditions_)
        if (other.get() != &at && other->playlist)
            for (const Report& report : other->playlist->reports)
                if (resolve(name, report.uri) == address) check_report(report, *other, at);
}

void Checker::check_report(const Report& report, const Rendition& at, const Rendition& of) {
    const auto last = of.playlist->last();
    const auto own = at.playlist->last();
    if (!last || !own) return;
    // What is not said is as in the playlist that says it.
    Position said{report.sequence.value_or(own->sequence), report.part};
    if (!report.part && last->part) said.part = own->part;
    if (of.moment.had + settings_.propagation <= at.moment.asked)
        findings_.require(said >= *last || at.playlist->ended || of.playlist->ended, Rule::report_behind,
                          "{} has part {} of {}, the report says part {} of {}", report.uri, last->part.value_or(0),
                          last->sequence, said.part.value_or(0), said.sequence);
    if (at.moment.had + settings_.propagation <= of.moment.asked)
        findings_.require(said <= *last, Rule::report_ahead, "{} has part {} of {}, a report says part {} of {}",
                          report.uri, last->part.value_or(0), last->sequence, said.part.value_or(0), said.sequence);
}

void Checker::check_all_reported(const std::string& address, const Playlist& playlist) {
    if (!playlist.part_target || playlist.ended) return;
    for (const std::string& other : multivariant_.addresses()) {
        const auto is_it = [&](const Report& report) { return resolve(address, report.uri) == other; };
        const auto count = std::ranges::count_if(playlist.reports, is_it);
        findings_.require(count == (other == address ? 0 : 1), Rule::reports_given, "{} reports of {}", count, other);
    }
}

void Checker::restart() {
    for (const auto& [address, at] : renditions_) {
        at->server = Server::restarted;
        at->tape.restart();
        at->peak = {};  // the multivariant playlist speaks of the new ones
    }
    alignment_.restart();
    promise_.reset();
}

void Checker::conclude(const std::string& address, std::string_view before, std::string_view text) {
    const auto is_serious = [&](const auto& one) { return !settings_.tolerated.contains(one.first); };
    const auto first = std::ranges::find_if(findings_.found(), is_serious);
    if (first != findings_.found().end() && !broken_)
        broken_ = Violation{.rule = first->first,
                            .rendition = address,
                            .what = first->second,
                            .before = std::string(before),
                            .text = std::string(text)};
    findings_.clear();
}

}  // namespace weir::checker
