// Who brings a stream's backup or its slate while the stream wants it: the hook that a follower of another stream, the wish for a pull
// and the driver of a worker fill. What it brings is published as by everybody, with its rank.
#pragma once

#include "base/clock.hpp"
#include "stream/publisher.hpp"

#include <functional>
#include <memory>

namespace weir::stream {

class Stream;

/// Owned by its stream, on whose shard it lives. Going away, it leaves; where the stream ends, it is evicted before.
class Standby {
  public:
    virtual ~Standby() = default;
    virtual void tick(base::Now now) = 0;
};

/// `stream` outlives the standby. Null where there is none to be had: it is asked again some seconds later.
using StandbyFactory = std::function<std::unique_ptr<Standby>(Rank rank, Stream& stream, base::Now now)>;

}  // namespace weir::stream
