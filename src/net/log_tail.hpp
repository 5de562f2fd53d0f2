// What one shard holds of a log: its bytes, as runs that are contiguous in memory, and its marks, from where the log lets go up to its
// end. Nothing is copied. Owned by a broadcaster; lives on its shard.
#pragma once

#include "base/bytes.hpp"
#include "base/memory.hpp"
#include "stream/wire_log.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>

namespace weir::net {

class LogTail {
  public:
    /// The next batch, in order; what it lets go of stays until `let_go`.
    void append(const stream::LogBatch& batch);
    /// Forgets whole runs, and marks, before `begin`.
    void let_go(std::uint64_t begin);

    /// The offset behind the last byte.
    [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
    /// Null where there is none.
    [[nodiscard]] const stream::LogMark* newest_join() const noexcept;
    /// A copy of what follows `offset` up to the next mark.
    [[nodiscard]] base::Bytes rest_of_message(std::uint64_t offset) const;
    /// Gives `take` what follows `offset`, run by run, while it answers true.
    void each_run(std::uint64_t offset, const auto& take) const {
        if (offset >= end_) return;
        for (auto run = holding(offset); run != runs_.end(); ++run)
            if (!take(run->bytes.view().subspan(std::max(offset, run->offset) - run->offset))) return;
    }

  private:
    struct Run {
        std::uint64_t offset;
        base::Bytes bytes;
    };

    [[nodiscard]] std::deque<Run>::const_iterator holding(std::uint64_t offset) const noexcept;

    std::deque<Run> runs_;
    std::deque<stream::LogMark> marks_;
    base::MemoryCharge records_;  ///< the marks
    std::uint64_t end_ = 0;
};

}  // namespace weir::net
