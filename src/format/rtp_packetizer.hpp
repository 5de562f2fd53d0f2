// From access units to the payloads of RTP packets: what each codec's RFC says, the other way round. One for each track that is sent.
#pragma once

#include "base/byte_writer.hpp"
#include "base/result.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <memory>
#include <span>
#include <vector>

namespace weir::format::rtp {

/// Payloads, end to end in one writer.
class Payloads {
  public:
    struct Payload {
        base::ByteView bytes;
        bool marker = false;
    };

    void clear() noexcept;
    [[nodiscard]] base::ByteWriter& bytes() noexcept { return bytes_; }
    /// What was written since the last end is one payload.
    void end(bool marker) { ends_.push_back({bytes_.size(), marker}); }
    [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
    [[nodiscard]] Payload operator[](std::size_t index) const noexcept;

  private:
    struct End {
        std::size_t at;
        bool marker;
    };
    base::ByteWriter bytes_;
    std::vector<End> ends_;
};

class Packetizer {
  public:
    virtual ~Packetizer() = default;
    /// Appends the payloads of one access unit: all of one timestamp. Those of a frame that makes no sense are left out.
    virtual void write(const media::Packet& packet, Payloads& out) = 0;
};

/// `most`: bytes of one payload. Null where RTP cannot carry the track (`can_carry`).
[[nodiscard]] std::unique_ptr<Packetizer> create_packetizer(const media::Track& track, std::size_t most);

}  // namespace weir::format::rtp
