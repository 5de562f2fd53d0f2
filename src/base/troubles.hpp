// Troubles that may come with every packet (a timestamp gap, a lost datagram) are counted here and told once a second:
// "timestamp gap ×12 in the last second". Noting one is a search in a handful of entries and never allocates in the steady
// state. Belongs to one shard. Whoever owns it calls `take` (or `report`) at least once a second while `pending`.
#pragma once

#include "base/clock.hpp"
#include "base/journal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::base {

class Troubles {
  public:
    /// `reason` is a string literal (the text of an `Error` is one): it is kept as a view.
    void note(std::string_view reason, std::uint64_t times = 1);

    /// The lines to tell now: all of what was noted, when the last telling is a second ago or more; else none.
    [[nodiscard]] std::vector<std::string> take(Instant now);
    /// The same, straight into a log, as warnings.
    void report(const Log& log, Instant now);

    [[nodiscard]] bool pending() const noexcept { return !entries_.empty(); }

  private:
    static constexpr std::size_t most_reasons = 32;  ///< further ones are counted together

    struct Entry {
        std::string_view reason;
        std::uint64_t times;
    };
    std::vector<Entry> entries_;
    std::optional<Instant> told_;
};

}  // namespace weir::base
