#include "stream/push_plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::stream {

namespace {

constexpr std::array<std::string_view, 4> state_names{"waiting", "connecting", "running", "failed"};

// Of the random pause: a target that closes at once is not asked again in the same moment.
constexpr base::Duration least_pause = std::chrono::milliseconds(250);

}  // namespace

std::string_view name(PushState state) noexcept { return state_names[static_cast<std::size_t>(state)]; }

PushPlan::PushPlan(const PushLimits& limits, base::Now now)
    : limits_(limits), backoff_(limits.first_pause, limits.longest_pause), since_(now.wall), next_(now.instant) {}

bool PushPlan::look(const PushSource& source, base::Now now) {
    if (state_ == PushState::failed && source.tracks != nullptr && source.tracks != tracks_)
        enter(PushState::waiting, "", now);
    if (state_ != PushState::waiting || now.instant < next_) return false;
    if (!source.is_playable) {
        if (reason_ != source.reason) enter(PushState::waiting, source.reason, now);
        return false;
    }
    ++attempts_;
    tracks_ = source.tracks;
    enter(PushState::connecting, "", now);
    return true;
}

void PushPlan::runs(base::Now now) {
    if (state_ != PushState::connecting) return;
    ran_since_ = now.instant;
    enter(PushState::running, "", now);
}

// Who ran for a while begins with short pauses again.
void PushPlan::ended(PushEnd end, std::string_view reason, base::Now now, double random) {
    if (state_ == PushState::running && now.instant - ran_since_ >= limits_.steady) backoff_.reset();
    if (end == PushEnd::impossible) return enter(PushState::failed, reason, now);
    const base::Duration least = end == PushEnd::refused ? limits_.refused_pause : least_pause;
    next_ = now.instant + std::max(backoff_.next(random), least);
    enter(PushState::waiting, reason, now);
}

base::Duration PushPlan::until_next(base::Instant now) const noexcept {
    return state_ == PushState::waiting ? std::max(next_ - now, base::Duration{}) : base::Duration{};
}

void PushPlan::enter(PushState state, std::string_view reason, base::Now now) {
    state_ = state;
    reason_ = reason;
    since_ = now.wall;
}

std::string shown_address(std::string_view url) {
    constexpr std::string_view hidden = "…";
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos) return std::string(hidden);
    std::string shown(url.substr(0, colon + 3));
    std::string_view rest = url.substr(colon + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    rest.remove_prefix(authority.size());
    const std::size_t user = authority.rfind('@');
    shown += user == std::string_view::npos ? authority : authority.substr(user + 1);
    if (rest.empty()) return shown;
    const std::size_t second = rest.starts_with('/') ? rest.find_first_of("/?#", 1) : 0;
    shown += rest.substr(0, second);
    if (second == std::string_view::npos) return shown;
    return shown + (rest[second] == '/' ? "/" : "") + std::string(hidden);
}

}  // namespace weir::stream
