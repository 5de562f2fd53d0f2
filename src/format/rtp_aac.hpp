// AAC in RTP (RFC 3640: MPEG4-GENERIC in modes AAC-hbr and AAC-lbr), both ways: frames behind a section of headers that say how long they
// are. A frame that fits in no packet comes in parts, each behind a header with the size of the whole. Frames that are interleaved are
// refused; of other fields in the headers the sizes are known, and they are passed over.
//
//   | bits of headers 16 | (size 13 or 6, index 3 or 2, ...) ... | (bits of auxiliary data, data) | frame ... |
#pragma once

#include "base/bit_reader.hpp"
#include "format/rtp_depacketizer.hpp"
#include "format/rtp_packetizer.hpp"

#include <vector>

namespace weir::format::rtp {

class AacDepacketizer final : public Depacketizer {
  public:
    /// `unsupported` where the parameters ask for what is not served; `malformed` without a config that can be made sense of.
    [[nodiscard]] static base::Result<std::unique_ptr<Depacketizer>> create(const Format& format,
                                                                            const DepacketizerLimits& limits);

    void receive(const Packet& packet, bool gap) override;

  private:
    /// Bits of the fields of a header (4.1).
    struct Fields {
        unsigned size = 13;
        unsigned index = 3;
        unsigned index_delta = 3;
        unsigned cts_delta = 0;
        unsigned dts_delta = 0;
        unsigned random_access = 0;
        unsigned stream_state = 0;
        unsigned auxiliary_size = 0;
    };
    AacDepacketizer(const Fields& fields, media::Track track, std::uint32_t clock, const DepacketizerLimits& limits);

    [[nodiscard]] static base::Result<Fields> parse_fields(const Format& format);
    [[nodiscard]] base::Result<void> take(const Packet& packet);
    [[nodiscard]] base::Result<std::size_t> parse_header(base::BitReader& bits, bool is_first) const;
    [[nodiscard]] base::Result<base::ByteView> parse_headers(base::ByteView payload);
    [[nodiscard]] base::Result<void> take_part(const Packet& packet, base::ByteView part);
    void drop_part() noexcept;

    const Fields fields_;
    const DepacketizerLimits limits_;
    std::uint32_t frame_units_ = 0;   ///< of the timestamp
    std::vector<std::size_t> sizes_;  ///< of the frames of this packet
    base::ByteWriter part_;           ///< of a frame that comes in several packets
    std::size_t part_of_ = 0;         ///< the size of the whole
    std::uint32_t part_timestamp_ = 0;
};

class AacPacketizer final : public Packetizer {
  public:
    explicit AacPacketizer(std::size_t most) noexcept : most_(most) {}
    void write(const media::Packet& packet, Payloads& out) override;

  private:
    const std::size_t most_;
};

}  // namespace weir::format::rtp
