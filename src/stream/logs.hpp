// The wire logs of a stream, one for each rendition and format that somebody watches: made for the first viewer, dropped some
// seconds after the last, and replaced when their wire clock is used up. Lives on the stream's shard.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <utility>

#include "base/result.hpp"
#include "stream/wire_log.hpp"

namespace weir::stream {

class Logs {
  public:
    explicit Logs(const WireLog::Limits& limits) : limits_(limits) {}

    [[nodiscard]] bool has(const Rendition& rendition, const WireFormat& format) const noexcept;
    /// Any of the rendition.
    [[nodiscard]] bool has(const Rendition& rendition) const noexcept;
    /// Refused while there is nothing to join. Returns an id for `close`, never zero.
    [[nodiscard]] base::Result<std::uint64_t> open(Rendition& rendition, const WireFormat& format,
                                                   LogSubscriber subscriber, base::Now now);
    /// An id that is not known (any more) is ignored.
    void close(std::uint64_t id, base::Now now);

    /// Before packets are written.
    void set_now(base::Now now) noexcept;
    /// Publishes what waited, and drops what nobody needs. Not from inside a rendition's `write`.
    void tick(base::Now now);
    /// Every log ends; viewers are told.
    void end();
    /// Every log of that rendition ends.
    void end(const Rendition& rendition);

    [[nodiscard]] bool is_waiting() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return logs_.size(); }

  private:
    struct Open {
        Open(const WireFormat& format, Rendition& of, const WireLog::Limits& limits, base::Now now)
            : rendition(&of), log(format, of, limits, now) {}
        Rendition* rendition;
        WireLog log;
    };
    struct Subscription {
        Open* open;
        std::uint64_t reader;
    };

    [[nodiscard]] Open& log_of(Rendition& rendition, const WireFormat& format, base::Now now);

    WireLog::Limits limits_;
    std::list<Open> logs_;
    std::map<std::uint64_t, Subscription> subscriptions_;
    std::uint64_t next_id_ = 1;
};

}  // namespace weir::stream
