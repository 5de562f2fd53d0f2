// Packets of one source, put in order again (RFC 3550 A.1). A packet that is next goes through at once. Behind a hole others wait, for
// `delay` at most, counted from the first of them; then what is missing is lost. The very first packets wait too, since what was sent
// before them may yet come. Sans-IO; bounded in time, packets and bytes.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "format/rtp.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace weir::format::rtp {

struct JitterLimits {
    base::Duration delay = std::chrono::milliseconds(200);
    std::size_t packets = 1024;
    base::ByteCount bytes{2U << 20};

    void fields(this auto& self, auto&& visit) {
        visit("delay", self.delay,
              base::Limit{.what = "how long packets over UDP wait for an earlier one",
                          .at_limit = "the earlier one is lost",
                          .metric = "weir_rtp_packets_lost_total"});
        visit("packets", self.packets,
              base::Limit{.what = "packets of a track that wait for an earlier one",
                          .at_limit = "the earlier one is lost",
                          .metric = "weir_rtp_packets_lost_total"});
        visit("bytes", self.bytes,
              base::Limit{.what = "bytes of a track that wait for an earlier packet",
                          .at_limit = "the earlier one is lost",
                          .metric = "weir_rtp_packets_lost_total"});
    }
};

struct JitterCounts {
    std::uint64_t received = 0;   ///< packets that were taken
    std::uint64_t lost = 0;       ///< given up
    std::uint64_t late = 0;       ///< came when they had been given up, or once more, or with a wrong number: left out
    std::uint64_t reordered = 0;  ///< waited for an earlier one
    std::uint64_t restarts = 0;   ///< the source began to count anew

    void fields(this auto& self, auto&& visit) {
        visit("received", self.received);
        visit("lost", self.lost);
        visit("late", self.late);
        visit("reordered", self.reordered);
        visit("restarts", self.restarts);
    }
};

class JitterBuffer {
  public:
    struct Ordered {
        Packet packet;
        bool gap = false;  ///< packets are missing before it
        base::Instant arrived;
    };

    explicit JitterBuffer(const JitterLimits& limits) noexcept : limits_(limits) {}

    void receive(Packet packet, base::Instant now);
    /// Gives up what has been missing for too long.
    void tick(base::Instant now);
    /// Gives up all that is missing: nothing more comes, or from another source, whose count begins with its first packet.
    void end();
    /// The next in order; nothing while it is missing.
    [[nodiscard]] std::optional<Ordered> next();
    /// When `tick` is wanted; the end of time while nothing waits.
    [[nodiscard]] base::Instant deadline() const noexcept;
    [[nodiscard]] const JitterCounts& counts() const noexcept { return counts_; }
    /// The highest sequence number so far, with its turns above 16 bits: for receiver reports.
    [[nodiscard]] std::uint32_t highest() const noexcept { return static_cast<std::uint32_t>(highest_); }

  private:
    struct Arrival {
        std::int64_t sequence;
        base::Instant at;
        std::int64_t next;  ///< what was to come then
    };

    void pass(Packet packet, base::Instant arrived);
    void wait(std::int64_t sequence, Packet packet, base::Instant now);
    void drain();
    void give_up();
    [[nodiscard]] bool is_astray() const noexcept;
    void forget_arrivals();
    void receive_stray(Packet packet, base::Instant now);
    void restart(std::uint16_t sequence);

    const JitterLimits limits_;
    std::optional<std::int64_t> next_;  ///< the sequence number to come, unwrapped; empty before the first packet
    std::int64_t highest_ = 0;
    std::optional<Ordered> stray_;  ///< a packet far off: the source may have begun to count anew
    std::map<std::int64_t, Ordered> waiting_;
    std::deque<Arrival> arrivals_;  ///< of what waits, and of some that do not any more
    std::size_t waiting_bytes_ = 0;
    bool starting_ = false;  ///< `next_` may yet turn out to be less
    bool ended_ = false;     ///< the next packet is another source's
    bool gap_ = false;       ///< before the next packet that goes out
    std::deque<Ordered> ready_;
    JitterCounts counts_;
};

}  // namespace weir::format::rtp
