// Who would bring a stream its media, ranked, and who of them is on air. Decides when another goes on air, by this table:
//
//   on air               another, alive and with a keyframe       goes on air
//   nobody, or silent    the best of them                         at once, with the group that it holds
//   the slate            any better                               at its next keyframe
//   the backup           the source                               at its next keyframe once it has been steady for `back`
//
// Who replaces somebody that is well does so once it sends in time: of what was held up in the network for a while the newest is shown.
// Where no segment may start at that moment it is due, and goes on air as soon as one may.
// Silent is who has sent nothing for `detection`, or in that time nothing that could be shown. At most one of each rank. Owned by
// its stream; does nothing by itself.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/stream_options.hpp"
#include "stream/held_group.hpp"
#include "stream/intake.hpp"
#include "stream/pace.hpp"
#include "stream/publisher.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::stream {

enum class SwitchReason : std::uint8_t {
    silent,    ///< the one on air sent nothing any more
    left,      ///< it went
    returned,  ///< a better one is there (again)
};
inline constexpr std::array<std::string_view, 3> switch_reason_names{"silent", "left", "returned"};
[[nodiscard]] constexpr std::string_view name(SwitchReason reason) noexcept {
    return switch_reason_names[static_cast<std::size_t>(reason)];
}

/// How often each, in the order of the enumerators.
using SwitchCounts = std::array<std::uint64_t, switch_reason_names.size()>;

enum class ContenderState : std::uint8_t {
    on_air,
    ready,    ///< alive, and can go on air at once
    waiting,  ///< alive, without a keyframe to begin with
    silent,
};
[[nodiscard]] std::string_view name(ContenderState state) noexcept;

/// A contender at one moment, for others.
struct ContenderSnapshot {
    PublisherInfo info;
    ContenderState state = ContenderState::waiting;
    std::uint64_t held_bytes = 0;
};

class Contenders {
  public:
    struct Rules {
        base::Duration detection{};
        std::optional<base::Duration> back;  ///< nothing: the source waits until the backup fails

        [[nodiscard]] static Rules of(const config::StreamOptions& options);
    };
    struct Contender {
        Contender(PublicationId of, PublisherInfo who, Evict whom, const HeldGroup::Limits& limits, base::Instant now)
            : id(of), info(std::move(who)), evict(std::move(whom)), heard(now), steady(now), aired(now), held(limits) {}

        const PublicationId id;
        const PublisherInfo info;
        Evict evict;
        base::Instant heard;   ///< its last sign of life
        base::Instant steady;  ///< it has not been silent since
        base::Instant aired;   ///< when it went on air
        TimestampFaults faults;
        Pace pace;
        HeldGroup held;           ///< nothing while it is alone
        bool is_shown = false;    ///< something of it was shown since it went on air
        bool waits_told = false;  ///< the journal knows that there is no keyframe to start from
        bool is_due = false;      ///< its moment has come, and no segment could start
    };
    struct Switch {
        Contender& to;
        SwitchReason reason;
        std::string_view from;  ///< the rank of the one that fell silent

        /// In words, of one that left as it is known.
        [[nodiscard]] std::string text(std::string_view why_left) const;
    };

    explicit Contenders(const HeldGroup::Limits& limits) noexcept : limits_(limits) {}

    /// Whether a newcomer may take that rank: by the rule, where there is somebody who has it.
    [[nodiscard]] base::Result<void> check_takeover(Rank rank, config::Takeover rule, base::Instant now) const;
    /// Its rank is free.
    Contender& add(PublisherInfo info, Evict evict, base::Instant now);
    /// It is gone, on air or not; whom to tell.
    Evict remove(const Contender& gone);
    /// All of them; whom to tell.
    [[nodiscard]] std::vector<Evict> remove_all();

    /// Null where there is none.
    [[nodiscard]] Contender* find(PublicationId id) noexcept;
    [[nodiscard]] Contender* find(Rank rank) noexcept;
    /// By its id among publishers: "p-1".
    [[nodiscard]] Contender* find(std::string_view publisher) noexcept;
    [[nodiscard]] Contender* on_air() noexcept { return on_air_ ? find(*on_air_) : nullptr; }
    [[nodiscard]] const Contender* on_air() const noexcept;
    [[nodiscard]] bool is_on_air(const Contender& one) const noexcept { return on_air_ == one.info.rank; }
    [[nodiscard]] bool is_on_air(Rank rank) const noexcept { return on_air_ == rank; }
    [[nodiscard]] std::size_t size() const noexcept;
    /// There is somebody besides the slate.
    [[nodiscard]] bool has_source() const noexcept;
    /// Somebody better than `rank` is on air, and not silent.
    [[nodiscard]] bool is_better_on_air(Rank rank, const Rules& rules, base::Instant now) const noexcept;
    /// The first that has been silent for `timeout`; null where there is none.
    [[nodiscard]] Contender* find_silent(base::Duration timeout, base::Instant now) noexcept;

    /// A sign of life.
    static void hear(Contender& one, const TimestampFaults& faults, const Rules& rules, base::Instant now) noexcept;
    /// Who is to go on air now.
    [[nodiscard]] std::optional<Switch> choose(const Rules& rules, base::Instant now) noexcept;
    void put_on_air(Contender& one, base::Instant now) noexcept;
    /// To be counted once it is done.
    void count(const Switch& change) noexcept { ++switches_[static_cast<std::size_t>(change.reason)]; }
    [[nodiscard]] const SwitchCounts& switches() const noexcept { return switches_; }

    [[nodiscard]] std::vector<ContenderSnapshot> snapshot(const Rules& rules, base::Instant now) const;
    [[nodiscard]] TimestampFaults faults() const noexcept;
    /// Groups that were let go at a limit.
    [[nodiscard]] std::uint64_t groups_dropped() const noexcept;

  private:
    [[nodiscard]] static bool is_silent(const Contender& one, const Rules& rules, base::Instant now) noexcept;
    [[nodiscard]] bool has_failed(const Contender& one, const Rules& rules, base::Instant now) const noexcept;
    [[nodiscard]] bool may_return(const Contender& to, const Contender& from, const Rules& rules,
                                  base::Instant now) const noexcept;
    [[nodiscard]] ContenderState state_of(const Contender& one, const Rules& rules, base::Instant now) const noexcept;

    const HeldGroup::Limits limits_;
    std::array<std::optional<Contender>, rank_names.size()> by_rank_;
    std::optional<Rank> on_air_;
    PublicationId next_id_ = 1;
    SwitchCounts switches_{};
    std::uint64_t groups_dropped_ = 0;  ///< of contenders that are gone
};

}  // namespace weir::stream
