// From the payloads of one RTP source, in order, to access units in the payload form of the server: what each codec's RFC says.
// One for each source; fed by the receiver, behind the jitter buffer. Sans-IO; everything may be hostile.
//
// No damaged picture leaves it. What is missing makes the frame it belonged to and all that follow unusable, up to the next keyframe that
// came whole: the group is dropped from there on, and counted.
#pragma once

#include "base/limits.hpp"
#include "base/result.hpp"
#include "format/rtp.hpp"
#include "format/rtp_format.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace weir::format::rtp {

struct DepacketizerLimits {
    base::ByteCount frame{8U << 20};
    std::size_t packets = 16'384;

    void fields(this auto& self, auto&& visit) {
        visit("frame", self.frame,
              base::Limit{.what = "bytes of one frame",
                          .at_limit = "its group is dropped up to the next keyframe",
                          .metric = "weir_rtp_groups_damaged_total"});
        visit("packets", self.packets,
              base::Limit{.what = "packets of one frame",
                          .at_limit = "its group is dropped up to the next keyframe",
                          .metric = "weir_rtp_groups_damaged_total"});
    }
};

/// One access unit.
struct Unit {
    std::uint32_t timestamp = 0;  ///< of its presentation, as on the wire
    bool keyframe = false;
    bool gap = false;  ///< frames before it were dropped
    base::Bytes payload;
    friend bool operator==(const Unit&, const Unit&) = default;
};

struct DepacketizerCounts {
    std::uint64_t groups_damaged = 0;    ///< groups of pictures that were broken off, and frames of sound that were
    std::uint64_t frames_dropped = 0;    ///< incomplete, or in need of one that is
    std::uint64_t payloads_refused = 0;  ///< malformed or unsupported payloads

    void fields(this auto& self, auto&& visit) {
        visit("groups_damaged", self.groups_damaged);
        visit("frames_dropped", self.frames_dropped);
        visit("payloads_refused", self.payloads_refused);
    }
};

class Depacketizer {
  public:
    /// A track (its id is that of its kind), before the first access unit and whenever its parameters change; access units.
    using Event = std::variant<media::Track, Unit>;

    virtual ~Depacketizer() = default;
    /// The next packet. `gap`: packets are missing between the last one and this.
    virtual void receive(const Packet& packet, bool gap) = 0;
    [[nodiscard]] std::optional<Event> next();
    [[nodiscard]] const DepacketizerCounts& counts() const noexcept { return tally; }
    /// The newest reason for refusing a payload, then forgotten; empty where there is none.
    [[nodiscard]] std::string_view take_refusal() noexcept { return std::exchange(refusal_, {}); }

  protected:
    void emit(Event event) { events_.push_back(std::move(event)); }
    /// A payload is of no use.
    void refuse(const base::Error& error) noexcept {
        ++tally.payloads_refused;
        refusal_ = error.text;
    }

    DepacketizerCounts tally;

  private:
    std::deque<Event> events_;
    std::string_view refusal_;
};

/// A publisher may send the codec.
[[nodiscard]] bool can_read(media::Codec codec) noexcept;
/// `unsupported` or `malformed`, in words, where the format's parameters cannot be served.
[[nodiscard]] base::Result<std::unique_ptr<Depacketizer>> create_depacketizer(const Format& format,
                                                                              const DepacketizerLimits& limits = {});

}  // namespace weir::format::rtp
