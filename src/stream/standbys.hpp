// When a stream has its backup and its slate. A hot backup is there as long as the stream; a cold one and the slate come when nothing
// better is on air any more, and go some seconds after something better is. Owned by the stream, on whose shard it lives.
#pragma once

#include "config/stream_options.hpp"
#include "stream/contenders.hpp"
#include "stream/standby.hpp"

#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace weir::stream {

class Standbys {
  public:
    /// How long something better must have been on air until one is let go; how long until one that could not be had is asked for again.
    static constexpr base::Duration linger = std::chrono::seconds(5);

    explicit Standbys(StandbyFactory factory) noexcept : factory_(std::move(factory)) {}

    /// `has_shown`: the stream has had a picture, or sound.
    void tick(Stream& stream, const Contenders& contenders, const Contenders::Rules& rules,
              const config::StreamOptions& options, bool has_shown, base::Now now);
    /// None any more.
    void close();

  private:
    struct Place {
        Rank rank;
        std::unique_ptr<Standby> standby{};
        std::optional<base::Instant> idle{};   ///< since when something better is on air
        std::optional<base::Instant> asked{};  ///< for the standby, last
    };

    void keep(Place& place, bool is_wanted, Stream& stream, base::Now now);

    StandbyFactory factory_;
    std::array<Place, 2> places_{{{Rank::backup}, {Rank::slate}}};
};

}  // namespace weir::stream
