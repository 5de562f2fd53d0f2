// A transport stream written piece by piece, for tests: any table, any stream type, any bytes in a PES packet, and whatever a broken wire
// does to packets.
#pragma once

#include "base/byte_writer.hpp"
#include "format/mpegts_demux.hpp"
#include "format/mpegts_packets.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::format::mpegts::test {

struct Elementary {
    std::uint8_t type = 0;
    std::uint16_t pid = 0;
    std::vector<std::uint8_t> descriptors{};
};

struct Times {
    std::optional<std::uint64_t> pts{};
    std::optional<std::uint64_t> dts{};
};

struct Program {
    std::uint16_t number = 1;
    std::uint16_t pid = 0x1000;  ///< of its map
};

class Builder {
  public:
    void association(const std::vector<Program>& programs = {{}}) {
        base::ByteWriter body;
        for (const Program& program : programs) {
            body.u16(program.number);
            body.u16(static_cast<std::uint16_t>(0xe000U | program.pid));
        }
        section(0, 0, 1, body.view());
    }
    void map(const std::vector<Elementary>& streams, Program program = {}, std::uint8_t version = 0,
             std::uint16_t clock_pid = 0x100) {
        base::ByteWriter body;
        body.u16(static_cast<std::uint16_t>(0xe000U | clock_pid));
        body.u16(0xf000);
        for (const Elementary& one : streams) {
            body.u8(one.type);
            body.u16(static_cast<std::uint16_t>(0xe000U | one.pid));
            body.u16(static_cast<std::uint16_t>(0xf000U | one.descriptors.size()));
            body.bytes(one.descriptors);
        }
        section(program.pid, 2, program.number, body.view(), version);
    }
    void section(std::uint16_t pid, std::uint8_t table, std::uint16_t id, base::ByteView body,
                 std::uint8_t version = 0) {
        base::ByteWriter bytes;
        bytes.u8(table);
        bytes.u16(static_cast<std::uint16_t>(0xb000U | (9 + body.size())));
        bytes.u16(id);
        bytes.u8(static_cast<std::uint8_t>(0xc1U | version << 1));
        bytes.u16(0);
        bytes.bytes(body);
        bytes.u32(crc32(bytes.view()));
        writer(pid).write_section(bytes.view(), out_);
    }
    /// A PES packet in as many transport packets as it takes.
    void pes(std::uint16_t pid, Times times, base::ByteView payload, bool tells_length = true,
             const Adaptation& adaptation = {}) {
        base::ByteWriter header;
        const std::size_t extra = (times.pts ? 5U : 0U) + (times.dts ? 5U : 0U);
        header.u24(1);
        header.u8(0xe0);
        header.u16(tells_length ? static_cast<std::uint16_t>(3 + extra + payload.size()) : std::uint16_t{0});
        header.u8(0x84);
        header.u8(static_cast<std::uint8_t>((times.pts ? 0x80U : 0U) | (times.dts ? 0x40U : 0U)));
        header.u8(static_cast<std::uint8_t>(extra));
        if (times.pts) time(times.dts ? 3 : 2, *times.pts, header);
        if (times.dts) time(1, *times.dts, header);
        const base::ByteView pieces[] = {header.view(), payload};
        writer(pid).write(pieces, adaptation, Continuity::goes_on, out_);
    }

    [[nodiscard]] base::ByteView bytes() const { return out_.view(); }
    [[nodiscard]] std::vector<std::uint8_t> copy() const { return {bytes().begin(), bytes().end()}; }
    [[nodiscard]] std::size_t packets() const { return out_.size() / packet_size; }

  private:
    static void time(std::uint8_t prefix, std::uint64_t time, base::ByteWriter& out) {
        out.u8(static_cast<std::uint8_t>(prefix << 4 | (time >> 29 & 0xe) | 1));
        out.u16(static_cast<std::uint16_t>((time >> 14 & 0xfffe) | 1));
        out.u16(static_cast<std::uint16_t>((time << 1 & 0xfffe) | 1));
    }
    PidWriter& writer(std::uint16_t pid) { return writers_.try_emplace(pid, pid).first->second; }

    std::map<std::uint16_t, PidWriter> writers_;
    base::ByteWriter out_;
};

/// What came out of a demultiplexer.
struct Heard {
    std::vector<media::Track> tracks{};
    std::vector<Sample> samples{};
    std::vector<std::string> refusals{};
    std::string error{};

    [[nodiscard]] std::vector<Sample> of(std::uint32_t track) const {
        std::vector<Sample> some;
        for (const Sample& sample : samples)
            if (sample.track == track) some.push_back(sample);
        return some;
    }
    void drain(Demuxer& demuxer) {
        while (error.empty()) {
            auto event = demuxer.next();
            if (!event) error = event.error().text;
            if (!event || !*event) return;
            if (auto* config = std::get_if<Config>(&**event)) tracks.push_back(std::move(config->track));
            else if (auto* sample = std::get_if<Sample>(&**event)) samples.push_back(std::move(*sample));
            else refusals.emplace_back(std::get<Refusal>(**event).text);
        }
    }
};

/// The whole stream, in pieces of `step` bytes.
inline Heard hear(Demuxer& demuxer, base::ByteView bytes, std::size_t step = SIZE_MAX) {
    Heard heard;
    while (!bytes.empty()) {
        const std::size_t size = std::min(step, bytes.size());
        demuxer.receive(bytes.first(size));
        heard.drain(demuxer);
        bytes = bytes.subspan(size);
    }
    demuxer.finish();
    heard.drain(demuxer);
    return heard;
}

}  // namespace weir::format::mpegts::test
