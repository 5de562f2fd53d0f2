// H.264 (RFC 6184) and HEVC (RFC 7798) in RTP, both ways, which differ in numbers alone: a NAL unit as it is, several in one packet, or
// one in fragments. Of H.264 that is the non-interleaved mode (packetization-mode 0 and 1), of HEVC a single stream without decoding
// order numbers. Parameter sets are taken out of the pictures' way: the track has them.
//
//   single      | NAL unit |
//   aggregate   | header of type 24 or 48 | (size 16 | NAL unit) ... |
//   fragment    | header of type 28 or 49 | start 1, end 1, (0 1,) type of the unit 5 or 6 | part of the unit behind its header |
#pragma once

#include "format/nal_parameters.hpp"
#include "format/rtp_frames.hpp"
#include "format/rtp_packetizer.hpp"

namespace weir::format::rtp {

/// What differs between the two; see the table in rtp_nal.cpp.
struct NalForm;

class NalFrames final : public FrameBuilder {
  public:
    /// Takes in what parameter sets the format has; those that make no sense are not there.
    explicit NalFrames(const Format& format);

    [[nodiscard]] bool begins_frame(base::ByteView payload) const noexcept override;
    [[nodiscard]] base::Result<void> add(base::ByteView payload) override;
    [[nodiscard]] base::Result<base::Bytes> finish() override;
    void drop() override;
    [[nodiscard]] base::Result<std::optional<media::Track>> take_track() override { return parameters_.take_track(); }

  private:
    [[nodiscard]] base::Result<void> add_aggregate(base::ByteView payload);
    [[nodiscard]] base::Result<void> add_fragment(base::ByteView payload);
    [[nodiscard]] base::Result<void> add_annex_b(base::ByteView payload);
    [[nodiscard]] base::Result<void> add_unit(base::ByteView unit);
    [[nodiscard]] base::Result<void> end_fragment();
    [[nodiscard]] bool may_begin(base::ByteView unit) const noexcept;

    const NalForm& form_;
    NalParameters parameters_;
    bool parameters_in_band_ = false;  ///< the source sends them among its pictures
    base::ByteWriter frame_;
    base::ByteWriter fragment_;  ///< the unit that comes in fragments
};

class NalPacketizer final : public Packetizer {
  public:
    NalPacketizer(const media::Track& track, std::size_t most);

    void write(const media::Packet& packet, Payloads& out) override;

  private:
    void gather(base::ByteView unit, Payloads& out);
    void flush(bool marker, Payloads& out);
    void write_unit(base::ByteView unit, bool marker, Payloads& out);
    void write_aggregate(bool marker, Payloads& out);
    void write_fragments(base::ByteView unit, bool marker, Payloads& out);

    const NalForm& form_;
    const std::size_t most_;
    std::vector<base::Bytes> parameter_sets_;
    // Of the packet that is being filled.
    std::vector<base::ByteView> group_;
    std::size_t group_size_ = 0;
};

/// `unsupported` where the format's parameters ask for another mode.
[[nodiscard]] base::Result<void> check_nal_format(const Format& format);

}  // namespace weir::format::rtp
