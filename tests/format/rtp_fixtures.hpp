// What tests of RTP have in common: formats and tracks of real encoders, payloads made into packets, and what a depacketizer makes of them.
#pragma once

#include "format/rtp_depacketizer.hpp"
#include "format/rtp_packetizer.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace weir::format::rtp::test {

using tests::from_hex;
using tests::to_hex;

// Of x264 and x265, as in tests/media.
inline constexpr const char* h264_record =
    "0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800";

inline constexpr const char* hevc_record =
    "0101600000009000000000005df000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003005d959409a10001002b"
    "42010101"
    "600000030090000003000003005da00280802d16595952930bc05a020000030002000003003c10a2000100064401c073c189";

inline media::Track track(media::Codec codec, const char* record) {
    return media::track_from_config(codec, from_hex(record)).value();
}

/// Payloads in hex, each in a packet; a marker on the last.
struct Burst {
    std::uint32_t timestamp = 0;
    std::vector<std::string> payloads;
    bool marked = true;
};

/// Numbers packets as a source does.
class Sender {
  public:
    std::vector<Packet> packets(const Burst& burst) {
        std::vector<Packet> packets;
        for (std::size_t i = 0; i < burst.payloads.size(); ++i) {
            const bool marker = burst.marked && i + 1 == burst.payloads.size();
            packets.push_back({{marker, 96, sequence_++, burst.timestamp, 7}, from_hex(burst.payloads[i])});
        }
        return packets;
    }

  private:
    std::uint16_t sequence_ = 65'530;
};

/// Tells the depacketizer of gaps as the jitter buffer would, and keeps what comes out.
class Listener {
  public:
    explicit Listener(const Format& format, const DepacketizerLimits& limits = {}) {
        auto made = create_depacketizer(format, limits);
        EXPECT_TRUE(made.has_value()) << made.error().text;
        depacketizer_ = std::move(made.value());
        drain();
    }

    void hear(const Packet& packet) {
        const bool gap = next_ && packet.header.sequence != *next_;
        next_ = static_cast<std::uint16_t>(packet.header.sequence + 1);
        depacketizer_->receive(packet, gap);
        drain();
    }
    void hear(const std::vector<Packet>& packets) {
        for (const Packet& packet : packets) hear(packet);
    }

    /// "timestamp payload", with a star for keyframes and a bang behind a gap; forgotten afterwards.
    std::vector<std::string> take_units() {
        std::vector<std::string> texts;
        for (const Unit& unit : std::exchange(units, {}))
            texts.push_back(std::to_string(unit.timestamp) + (unit.gap ? "!" : "") + (unit.keyframe ? "*" : " ") +
                            to_hex(unit.payload));
        return texts;
    }
    const DepacketizerCounts& counts() const { return depacketizer_->counts(); }
    std::string_view refusal() { return depacketizer_->take_refusal(); }

    std::vector<media::Track> tracks;
    std::vector<Unit> units;

  private:
    void drain() {
        while (auto event = depacketizer_->next()) {
            if (auto* one = std::get_if<media::Track>(&*event)) tracks.push_back(std::move(*one));
            else units.push_back(std::get<Unit>(std::move(*event)));
        }
    }

    std::unique_ptr<Depacketizer> depacketizer_;
    std::optional<std::uint16_t> next_;
};

/// The payloads that a packetizer makes of an access unit.
inline std::vector<std::pair<std::string, bool>> payloads_of(Packetizer& packetizer, const base::Bytes& unit,
                                                             bool keyframe) {
    Payloads payloads;
    packetizer.write({.keyframe = keyframe, .payload = unit}, payloads);
    std::vector<std::pair<std::string, bool>> texts;
    for (std::size_t i = 0; i < payloads.size(); ++i) texts.emplace_back(to_hex(payloads[i].bytes), payloads[i].marker);
    return texts;
}

/// Bytes that differ, so that what is cut wrongly is seen.
inline std::string filler(std::size_t size, std::uint8_t first = 0) {
    base::ByteWriter out;
    for (std::size_t i = 0; i < size; ++i) out.u8(static_cast<std::uint8_t>(first + i % 251));
    return to_hex(out.view());
}

}  // namespace weir::format::rtp::test
