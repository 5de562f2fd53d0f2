// The tables of a transport stream (ISO/IEC 13818-1 2.4.4): which programs there are (PAT), and what each is made of (PMT). A section comes in
// pieces, one behind the other on its PID, and ends in a checksum.
//   section | table 8 | syntax 1, 0 1, 2, length 12 | id 16 | 2, version 5, in force 1 | number 8 | last number 8 | ... | CRC 32
//   PAT     | program 16, 3, PID 13 | ...
//   PMT     | 3, PCR PID 13 | 4, length 12, descriptors | type 8, 3, PID 13, 4, length 12, descriptors | ...
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace weir::format::mpegts {

/// Puts the sections of one PID together.
class SectionReader {
  public:
    /// The payload of a packet.
    void receive(bool starts_unit, base::ByteView payload);
    /// A packet is missing: the section that it belonged to is lost.
    void lose() noexcept;
    /// The next section, checksum included (and unchecked).
    [[nodiscard]] std::optional<base::Bytes> next();

  private:
    void collect(base::ByteView bytes);

    std::vector<std::uint8_t> held_;
    bool open_ = false;
    std::deque<base::Bytes> sections_;
};

/// One section of a program association table.
struct Association {
    struct Program {
        std::uint16_t number = 0;  ///< never 0: that one is not a program
        std::uint16_t map_pid = 0;
    };
    bool in_force = true;
    bool is_first = true;  ///< of the sections that the table has
    std::vector<Program> programs;
};

/// A program map.
struct Map {
    struct Stream {
        std::uint8_t type = 0;
        std::uint16_t pid = 0;
        base::Bytes descriptors;
    };
    std::uint16_t program = 0;
    bool in_force = true;
    std::uint16_t clock_pid = 0;
    std::vector<Stream> streams;
};

/// Both check the checksum.
[[nodiscard]] base::Result<Association> parse_association(const base::Bytes& section);
[[nodiscard]] base::Result<Map> parse_map(const base::Bytes& section);

/// Walks descriptors (2.6): the tag, and the body.
struct Descriptor {
    std::uint8_t tag = 0;
    base::ByteView body;
};
/// Those of `bytes`; what is cut short ends them. The views are of `bytes`.
[[nodiscard]] std::vector<Descriptor> parse_descriptors(base::ByteView bytes);

}  // namespace weir::format::mpegts
