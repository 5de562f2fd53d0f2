#include "stream/contenders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::stream {

namespace {

constexpr base::Duration silence = std::chrono::seconds(2);  ///< after which `takeover: silent` gives the name away
constexpr std::array<std::string_view, 4> state_names{"on_air", "ready", "waiting", "silent"};

std::size_t place_of(Rank rank) noexcept { return static_cast<std::size_t>(rank); }

}  // namespace

std::string_view name(ContenderState state) noexcept { return state_names[static_cast<std::size_t>(state)]; }

Contenders::Rules Contenders::Rules::of(const config::StreamOptions& options) {
    Rules rules{.detection = options.backup_after, .back = {}};
    if (options.backup_return != config::ReturnTime::never()) rules.back = options.backup_return.after;
    return rules;
}

std::string Contenders::Switch::text(std::string_view why_left) const {
    if (reason == SwitchReason::silent) return fmt::format("the {} fell silent", from);
    if (reason == SwitchReason::returned) return fmt::format("the {} is back", name(to.info.rank));
    return std::string(why_left);
}

base::Result<void> Contenders::check_takeover(Rank rank, config::Takeover rule, base::Instant now) const {
    using enum config::Takeover;
    const auto& rival = by_rank_[place_of(rank)];
    if (!rival || rule == replace) return {};
    if (rule == refuse) return base::fail(base::ErrorKind::refused, "somebody publishes this stream already");
    if (now - rival->heard >= silence) return {};
    return base::fail(base::ErrorKind::refused, "somebody publishes this stream already, and has not fallen silent");
}

Contenders::Contender& Contenders::add(PublisherInfo info, Evict evict, base::Instant now) {
    auto& place = by_rank_[place_of(info.rank)];
    assert(!place);
    return place.emplace(next_id_++, std::move(info), std::move(evict), limits_, now);
}

Evict Contenders::remove(const Contender& gone) {
    auto& place = by_rank_[place_of(gone.info.rank)];
    if (is_on_air(gone)) on_air_.reset();
    groups_dropped_ += place->held.dropped();
    Evict evict = std::move(place->evict);
    place.reset();
    return evict;
}

std::vector<Evict> Contenders::remove_all() {
    std::vector<Evict> all;
    for (auto& place : by_rank_)
        if (place) all.push_back(remove(*place));
    return all;
}

Contenders::Contender* Contenders::find(PublicationId id) noexcept {
    for (auto& place : by_rank_)
        if (place && place->id == id) return &*place;
    return nullptr;
}

Contenders::Contender* Contenders::find(Rank rank) noexcept {
    auto& place = by_rank_[place_of(rank)];
    return place ? &*place : nullptr;
}

Contenders::Contender* Contenders::find(std::string_view publisher) noexcept {
    for (auto& place : by_rank_)
        if (place && place->info.id == publisher) return &*place;
    return nullptr;
}

const Contenders::Contender* Contenders::on_air() const noexcept {
    return on_air_ ? &*by_rank_[place_of(*on_air_)] : nullptr;
}

std::size_t Contenders::size() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(by_rank_, [](const auto& place) { return place.has_value(); }));
}

bool Contenders::has_source() const noexcept {
    return by_rank_[place_of(Rank::source)].has_value() || by_rank_[place_of(Rank::backup)].has_value();
}

bool Contenders::is_better_on_air(Rank rank, const Rules& rules, base::Instant now) const noexcept {
    const Contender* const one = on_air();
    return one != nullptr && one->info.rank < rank && !has_failed(*one, rules, now);
}

Contenders::Contender* Contenders::find_silent(base::Duration timeout, base::Instant now) noexcept {
    for (auto& place : by_rank_)
        if (place && now - place->heard >= timeout) return &*place;
    return nullptr;
}

void Contenders::hear(Contender& one, const TimestampFaults& faults, const Rules& rules, base::Instant now) noexcept {
    if (is_silent(one, rules, now)) {
        one.steady = now;
        one.is_due = false;
        one.pace.resume(now);
    }
    one.heard = now;
    one.faults = faults;
}

bool Contenders::is_silent(const Contender& one, const Rules& rules, base::Instant now) noexcept {
    return now - one.heard >= rules.detection;
}

// Who is on air and sends nothing to begin with is as good as silent.
bool Contenders::has_failed(const Contender& one, const Rules& rules, base::Instant now) const noexcept {
    return is_silent(one, rules, now) || (is_on_air(one) && !one.is_shown && now - one.aired >= rules.detection);
}

bool Contenders::may_return(const Contender& to, const Contender& from, const Rules& rules,
                            base::Instant now) const noexcept {
    if (to.info.rank > from.info.rank || !to.pace.is_calm(now)) return false;
    const bool is_proven = from.info.rank == Rank::slate || (rules.back && now - to.steady >= *rules.back);
    return is_proven && (to.is_due || to.held.is_at_keyframe());
}

std::optional<Contenders::Switch> Contenders::choose(const Rules& rules, base::Instant now) noexcept {
    const Contender* const current = on_air();
    const bool has_failed_now = current != nullptr && has_failed(*current, rules, now);
    for (auto& place : by_rank_) {
        if (!place || &*place == current || !place->held.is_ready() || is_silent(*place, rules, now)) continue;
        if (current == nullptr) return Switch{*place, SwitchReason::left, {}};
        const std::string_view from = name(current->info.rank);
        if (has_failed_now) return Switch{*place, SwitchReason::silent, from};
        if (may_return(*place, *current, rules, now)) return Switch{*place, SwitchReason::returned, from};
    }
    return std::nullopt;
}

void Contenders::put_on_air(Contender& one, base::Instant now) noexcept {
    on_air_ = one.info.rank;
    one.aired = now;
    one.is_shown = false;
    for (auto& place : by_rank_)
        if (place) place->is_due = false;
}

std::vector<ContenderSnapshot> Contenders::snapshot(const Rules& rules, base::Instant now) const {
    std::vector<ContenderSnapshot> all;
    for (const auto& place : by_rank_)
        if (place)
            all.push_back(
                {.info = place->info, .state = state_of(*place, rules, now), .held_bytes = place->held.bytes()});
    return all;
}

ContenderState Contenders::state_of(const Contender& one, const Rules& rules, base::Instant now) const noexcept {
    if (is_silent(one, rules, now)) return ContenderState::silent;
    if (is_on_air(one)) return ContenderState::on_air;
    return one.held.is_ready() ? ContenderState::ready : ContenderState::waiting;
}

TimestampFaults Contenders::faults() const noexcept {
    TimestampFaults sum;
    for (const auto& place : by_rank_)
        if (place) sum += place->faults;
    return sum;
}

std::uint64_t Contenders::groups_dropped() const noexcept {
    std::uint64_t sum = groups_dropped_;
    for (const auto& place : by_rank_)
        if (place) sum += place->held.dropped();
    return sum;
}

}  // namespace weir::stream
