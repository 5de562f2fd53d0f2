// A picture of now of a stream, and who makes it: the stream's transcoder where there is one, else a process for this one picture.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/stream_id.hpp"
#include "stream/entry.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace weir::stream {

/// Immutable once it is shared.
struct Still {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    base::Bytes jpeg;
    base::WallTime taken;
};
using StillRef = std::shared_ptr<const Still>;

/// Where a still comes to: on the stream's shard.
class StillSink {
  public:
    virtual ~StillSink() = default;
    /// Without bytes: none could be made. Not asked for any more: ignored.
    virtual void take_still(Still still, base::Now now) = 0;
};

/// The making of one still. Going away ends it.
class StillJob {
  public:
    virtual ~StillJob() = default;
};

/// Null when as many are being made as may be. `keyframe` is what to make it of; `sink` outlives the job.
using StillFactory = std::function<std::unique_ptr<StillJob>(const base::StreamId&, const Entry& keyframe,
                                                             StillSink& sink, base::Executor& shard)>;

}  // namespace weir::stream
