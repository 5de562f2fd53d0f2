#include "format/mpegts_tables.hpp"

#include "base/byte_reader.hpp"
#include "format/mpegts_packets.hpp"

#include <algorithm>

namespace weir::format::mpegts {

using base::ByteReader;
using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t length_ends = 3;
constexpr std::size_t largest_section = 1024;  // 2.4.4.3, 2.4.4.8
constexpr std::uint8_t stuffing = 0xff;
constexpr std::uint8_t association_table = 0;
constexpr std::uint8_t map_table = 2;
constexpr std::size_t checksum_size = 4;

/// What both tables begin with.
struct Head {
    std::uint16_t id = 0;
    bool in_force = true;
    std::uint8_t number = 0;
};

Result<Head> parse_head(std::uint8_t table, ByteReader& reader) {
    if (TRY(reader.u8()) != table) return fail(ErrorKind::unsupported, "a section is of another table");
    TRY(reader.skip(2));  // the length, by which it was put together
    Head head;
    head.id = TRY(reader.u16());
    head.in_force = (TRY(reader.u8()) & 1) != 0;
    head.number = TRY(reader.u8());
    TRY(reader.skip(1));
    return head;
}

Result<ByteView> checked(const Bytes& section) {
    if (section.size() < checksum_size || crc32(section) != 0)
        return fail(ErrorKind::malformed, "the checksum of a section is wrong");
    return section.view().first(section.size() - checksum_size);
}

}  // namespace

// Sections

void SectionReader::receive(bool starts_unit, ByteView payload) {
    if (!starts_unit) {
        if (open_) collect(payload);
        return;
    }
    if (payload.empty()) return lose();
    const std::size_t before = payload[0];
    payload = payload.subspan(1);
    if (before > payload.size()) return lose();
    if (open_) collect(payload.first(before));
    held_.clear();
    open_ = true;
    collect(payload.subspan(before));
}

void SectionReader::lose() noexcept {
    held_.clear();
    open_ = false;
}

// One section may follow another in a packet; behind the last is stuffing.
void SectionReader::collect(ByteView bytes) {
    held_.insert(held_.end(), bytes.begin(), bytes.end());
    while (open_ && !held_.empty()) {
        if (held_[0] == stuffing) return lose();
        if (held_.size() < length_ends) return;
        const std::size_t size = length_ends + ((held_[1] & 0x0fU) << 8 | held_[2]);
        if (size > largest_section) return lose();
        if (held_.size() < size) return;
        sections_.push_back(Bytes::copy_of(ByteView(held_).first(size)));
        held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(size));
    }
}

std::optional<Bytes> SectionReader::next() {
    if (sections_.empty()) return std::nullopt;
    Bytes section = std::move(sections_.front());
    sections_.pop_front();
    return section;
}

// Tables

Result<Association> parse_association(const Bytes& section) {
    ByteReader reader(TRY(checked(section)));
    const Head head = TRY(parse_head(association_table, reader));
    Association association{.in_force = head.in_force, .is_first = head.number == 0, .programs = {}};
    while (reader.remaining() >= 4) {
        const std::uint16_t number = TRY(reader.u16());
        const std::uint16_t pid = TRY(reader.u16()) & 0x1fff;
        if (number != 0) association.programs.push_back({number, pid});
    }
    return association;
}

Result<Map> parse_map(const Bytes& section) {
    ByteReader reader(TRY(checked(section)));
    const Head head = TRY(parse_head(map_table, reader));
    Map map{.program = head.id, .in_force = head.in_force};
    map.clock_pid = TRY(reader.u16()) & 0x1fff;
    const std::size_t about_program = TRY(reader.u16()) & 0x0fff;
    TRY(reader.skip(about_program));
    while (!reader.at_end()) {
        Map::Stream stream;
        stream.type = TRY(reader.u8());
        stream.pid = TRY(reader.u16()) & 0x1fff;
        const std::size_t size = TRY(reader.u16()) & 0x0fff;
        TRY(reader.skip(size));
        stream.descriptors = section.slice(reader.position() - size, size);
        map.streams.push_back(std::move(stream));
    }
    return map;
}

std::vector<Descriptor> parse_descriptors(ByteView bytes) {
    std::vector<Descriptor> descriptors;
    while (bytes.size() >= 2 && bytes[1] + 2U <= bytes.size()) {
        descriptors.push_back({bytes[0], bytes.subspan(2, bytes[1])});
        bytes = bytes.subspan(2 + bytes[1]);
    }
    return descriptors;
}

}  // namespace weir::format::mpegts
