// One connection of the SRT endpoint: a publisher's or a player's. Lives on its shard.
#pragma once

#include "base/clock.hpp"

#include <string_view>

namespace weir::endpoint {

class SrtSession {
  public:
    virtual ~SrtSession() = default;
    /// About ten times a second.
    virtual void tick(base::Now now) = 0;
    /// The connection ends; the reason is for the journal: SRT has no words for it.
    virtual void stop(std::string_view reason) = 0;
    /// It is to be destroyed, by whoever ticks it.
    [[nodiscard]] virtual bool is_over() const noexcept = 0;
};

}  // namespace weir::endpoint
