// A strict receiver of a transport stream, for tests: it says what a decoder could stumble over (lost packets, tables that do not
// add up, a clock that is late or not told in time), and hands out the frames.
#pragma once

#include "base/bytes.hpp"
#include "format/mpegts_packets.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::format::mpegts::test {

struct Frame {
    std::uint16_t pid = 0;
    std::int64_t pts = 0;
    std::int64_t dts = 0;
    bool random_access = false;
    bool discontinuity = false;
    std::vector<std::uint8_t> payload{};
};

class Receiver {
  public:
    std::vector<std::string> complaints;
    std::vector<Frame> frames;
    std::map<std::uint16_t, std::uint8_t> stream_types;  ///< as the newest map has them
    std::vector<std::int64_t> clocks;                    ///< in units of 27 MHz
    std::size_t tables = 0;
    std::uint8_t map_version = 0;

    void receive(base::ByteView bytes) {
        if (bytes.size() % packet_size != 0) complain("not a whole number of packets");
        for (; bytes.size() >= packet_size; bytes = bytes.subspan(packet_size)) take(bytes.first(packet_size));
    }
    /// Frames whose length is not told end where the next begins.
    void finish() {
        for (auto& [pid, open] : open_) close(open);
        open_.clear();
    }

  private:
    struct Open {
        Frame frame;
        std::size_t expected = 0;
    };

    void complain(std::string what) { complaints.push_back(std::move(what)); }

    void take(base::ByteView packet) {
        if (packet[0] != 0x47) return complain("no sync byte");
        const auto pid = static_cast<std::uint16_t>((packet[1] & 0x1f) << 8 | packet[2]);
        const bool starts = (packet[1] & 0x40) != 0;
        const bool has_payload = (packet[3] & 0x10) != 0;
        Frame said{.pid = pid};
        std::size_t at = 4;
        if (packet[3] & 0x20) {
            at += 1 + packet[4];
            if (packet[4] > 0) read_adaptation(packet.subspan(5, packet[4]), said);
        }
        if (at > packet_size || (has_payload && at == packet_size)) return complain("the adaptation field is too long");
        count(pid, packet[3] & 0xf, has_payload);
        if (!has_payload) return;
        const base::ByteView payload = packet.subspan(at);
        if (pid == 0 || pid == map_pid_) return read_section(pid, payload.subspan(1 + payload[0]));
        if (!stream_types.contains(pid)) return complain("a packet that no map has announced");
        if (starts) {
            if (open_.contains(pid)) close(open_[pid]);
            begin(open_[pid] = {.frame = said}, payload);
        } else if (open_.contains(pid)) {
            auto& into = open_[pid].frame.payload;
            into.insert(into.end(), payload.begin(), payload.end());
        }
    }

    void count(std::uint16_t pid, std::uint8_t counter, bool has_payload) {
        const auto known = counters_.find(pid);
        if (known != counters_.end() && counter != (known->second + (has_payload ? 1 : 0)) % 16)
            complain("a packet of PID " + std::to_string(pid) + " is lost");
        counters_[pid] = counter;
    }

    void read_adaptation(base::ByteView field, Frame& said) {
        said.discontinuity = (field[0] & 0x80) != 0;
        said.random_access = (field[0] & 0x40) != 0;
        if ((field[0] & 0x10) == 0) return;
        std::int64_t bits = 0;
        for (int i = 1; i <= 6; ++i) bits = bits << 8 | field[static_cast<std::size_t>(i)];
        const std::int64_t clock = (bits >> 15) * 300 + (bits & 0x1ff);
        if (!clocks.empty()) {
            const std::int64_t step = (clock - clocks.back() + clock_size) % clock_size;
            if (step > pcr_scale / 10) complain("the clock is not told for " + std::to_string(step / 27'000) + " ms");
        }
        clocks.push_back(clock);
    }

    void read_section(std::uint16_t pid, base::ByteView section) {
        const std::size_t length = 3 + ((section[1] & 0xfU) << 8 | section[2]);
        if (length > section.size()) return complain("a section that is longer than its packet");
        if (crc32(section.first(length)) != 0) return complain("a section whose checksum is wrong");
        ++tables;
        base::ByteView body = section.subspan(8, length - 12);
        if (pid == 0) {
            map_pid_ = static_cast<std::uint16_t>((body[2] & 0x1f) << 8 | body[3]);
            return;
        }
        map_version = section[5] >> 1 & 0x1f;
        stream_types.clear();
        for (body = body.subspan(4); body.size() >= 5; body = body.subspan(5))
            stream_types[static_cast<std::uint16_t>((body[1] & 0x1f) << 8 | body[2])] = body[0];
    }

    void begin(Open& open, base::ByteView pes) {
        if (pes.size() < 9 || pes[0] != 0 || pes[1] != 0 || pes[2] != 1) return complain("no PES header");
        const std::size_t length = pes[4] << 8 | pes[5];
        const std::size_t header = 9 + pes[8];
        open.frame.pts = time(pes.subspan(9));
        open.frame.dts = (pes[7] & 0x40) != 0 ? time(pes.subspan(14)) : open.frame.pts;
        open.expected = length == 0 ? 0 : length + 6 - header;
        open.frame.payload.assign(pes.begin() + static_cast<std::ptrdiff_t>(header), pes.end());
        if (!clocks.empty()) {
            const std::int64_t ahead = (open.frame.dts * 300 - clocks.back() + clock_size) % clock_size;
            if (ahead > pcr_scale) complain("a frame that comes after it is due, or much too early");
        }
    }

    static std::int64_t time(base::ByteView field) {
        return std::int64_t{field[0] >> 1 & 7} << 30 | (field[1] << 7 | field[2] >> 1) << 15 |
               (field[3] << 7 | field[4] >> 1);
    }

    void close(Open& open) {
        if (open.expected != 0 && open.expected != open.frame.payload.size()) complain("a frame is not of its length");
        frames.push_back(std::move(open.frame));
    }

    static constexpr std::int64_t clock_size = (std::int64_t{1} << 33) * 300;
    std::map<std::uint16_t, std::uint8_t> counters_;
    std::map<std::uint16_t, Open> open_;
    std::uint16_t map_pid_ = 0x1fff;
};

}  // namespace weir::format::mpegts::test
