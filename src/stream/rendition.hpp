// A rendition is a log of packets with its join points. It is written by its stream, on the stream's shard, and read by
// what makes bytes of it on the same shard: wire logs and the segmenter. It holds the packets from the last join point but
// one, so that a wire log made for a first viewer starts at a keyframe that is already there; by bytes and time it holds no
// more than `Limits` says.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "base/memory.hpp"
#include "stream/entry.hpp"

namespace weir::stream {

class RenditionReader {
  public:
    virtual ~RenditionReader() = default;
    /// Called for each entry in order. Must not attach or detach readers.
    virtual void read(const Entry& entry) = 0;
};

class Rendition {
  public:
    struct Limits {
        base::ByteCount held_bytes{32U << 20};
        base::Duration held_time = std::chrono::seconds(30);

        void fields(this auto& self, auto&& visit) {
            visit("held_bytes", self.held_bytes,
                  base::Limit{.what = "packets held for the first viewer of a format",
                              .at_limit = "the oldest go; that viewer waits for the next keyframe",
                              .metric = "weir_slab_bytes"});
            visit("held_time", self.held_time,
                  base::Limit{.what = "stream time of the packets held",
                              .at_limit = "the oldest go; that viewer waits for the next keyframe",
                              .metric = "weir_slab_bytes"});
        }
    };

    Rendition(std::string name, Limits limits) : name_(std::move(name)), limits_(limits) {}

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Appends and calls every reader. The sequence number and the join flag are given here.
    void write(media::PacketRef packet, media::TrackSetRef tracks);
    /// What is held, oldest first; starts at a join point unless a limit cut it.
    [[nodiscard]] const std::deque<Entry>& held() const noexcept { return held_; }
    /// Index into held() of the newest join point; held().size() when there is none.
    [[nodiscard]] std::size_t newest_join() const noexcept;

    /// Nobody joins any more: lets go of all that is held.
    void clear();

    void attach(RenditionReader& reader);
    void detach(RenditionReader& reader);

  private:
    void trim();
    void drop_oldest();
    [[nodiscard]] bool is_join(const media::Packet& packet, const media::TrackSet& tracks) const;

    std::string name_;
    Limits limits_;
    std::deque<Entry> held_;
    std::size_t held_bytes_ = 0;
    base::MemoryCharge records_;  ///< packets and entries, besides payloads
    std::uint64_t next_sequence_ = 0;
    std::deque<std::uint64_t> joins_;  ///< sequences of the newest two join points that are held
    std::optional<media::Ticks> last_join_;
    std::vector<RenditionReader*> readers_;
};

}  // namespace weir::stream
