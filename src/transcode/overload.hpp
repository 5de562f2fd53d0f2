// When the machine is too slow for what a worker has to do: from its reports, which rung to give up, and when to try it again.
// The highest rung goes first and comes back last; each further time it stays away for longer. The lowest rung and
// sound are never given up: what is too much for them is dropped before, and nothing waits for it.
#pragma once

#include "base/clock.hpp"
#include "format/relay_messages.hpp"
#include "transcode/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::transcode {

/// A rung, by its place in `Setup`, to be switched.
struct Switch {
    std::size_t rung = 0;
    bool on = false;
    std::string reason;  ///< for people
};

class Overload {
  public:
    /// `rungs` are those of `Setup`, the highest first.
    Overload(const std::vector<format::relay::RungSetup>& rungs, const Limits& limits);

    /// A worker was given its first media: it may lag until it has caught up.
    void began(base::Instant now) noexcept;
    /// What is to be done about a report; at most one rung at a time.
    [[nodiscard]] std::optional<Switch> receive(const format::relay::Report& report, base::Instant now);

    [[nodiscard]] bool is_shed(std::size_t rung) const noexcept { return rungs_[rung].is_shed; }
    /// Why, where it is.
    [[nodiscard]] const std::string& reason(std::size_t rung) const noexcept { return rungs_[rung].reason; }

  private:
    struct Rung {
        bool is_picture = true;
        bool is_shed = false;
        std::string reason;
        base::Instant back{};  ///< not tried again before
    };

    [[nodiscard]] std::string trouble(const format::relay::Report& report) const;
    [[nodiscard]] bool has_room(const format::relay::Report& report) const noexcept;
    [[nodiscard]] std::optional<Switch> shed(std::string reason, base::Instant now);
    [[nodiscard]] std::optional<Switch> bring_back(base::Instant now);
    void settle(base::Instant now) noexcept;

    const base::Duration lag_;
    const std::uint32_t lagging_reports_;
    const base::Duration longest_shed_;
    std::vector<Rung> rungs_;
    format::relay::Report last_;
    std::uint32_t troubled_ = 0;             ///< reports of trouble, one after the other
    std::uint32_t calm_ = 0;                 ///< reports without, one after the other
    std::uint32_t sheds_ = 0;                ///< since all was well: how much longer the next one stays away
    std::optional<base::Instant> complete_;  ///< since when all rungs are made
    base::Instant judged_{};                 ///< when a report last counted
    base::Instant settled_{};                ///< reports before this say more of a change than of the load
};

}  // namespace weir::transcode
