#include "format/mpegts_packet_reader.hpp"

#include "base/byte_reader.hpp"
#include "format/mpegts_packets.hpp"

#include <algorithm>

namespace weir::format::mpegts {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::uint8_t sync_byte = 0x47;
constexpr std::array<std::size_t, 3> distances{188, 192, 204};
constexpr std::size_t packets_in_a_row = 3;
constexpr std::size_t window = (packets_in_a_row - 1) * distances.back() + 1;
constexpr std::int64_t pcr_per_time = 300;
constexpr std::uint8_t counters = 16;

Result<void> parse_adaptation(ByteView field, TransportPacket& packet) {
    ByteReader reader(field);
    const std::uint8_t flags = TRY(reader.u8());
    packet.discontinuity = (flags & 0x80) != 0;
    if ((flags & 0x10) == 0) return {};
    const std::uint64_t high = TRY(reader.u32());
    const std::uint64_t bits = high << 16 | TRY(reader.u16());
    packet.pcr = static_cast<std::int64_t>(bits >> 15) * pcr_per_time + static_cast<std::int64_t>(bits & 0x1ff);
    return {};
}

}  // namespace

Result<TransportPacket> parse_packet(ByteView bytes) {
    ByteReader reader(bytes);
    TRY(reader.skip(1));
    TransportPacket packet;
    const std::uint16_t first = TRY(reader.u16());
    packet.is_damaged = (first & 0x8000) != 0;
    packet.starts_unit = (first & 0x4000) != 0;
    packet.pid = first & 0x1fff;
    const std::uint8_t control = TRY(reader.u8());
    packet.is_encrypted = (control & 0xc0) != 0;
    packet.has_payload = (control & 0x10) != 0;
    packet.counter = control & 0x0f;
    if (packet.is_damaged) return packet;
    if ((control & 0x20) != 0) {
        const std::size_t size = TRY(reader.u8());
        const ByteView field = TRY(reader.take(size));
        if (!field.empty()) TRY(parse_adaptation(field, packet));
    }
    if (packet.has_payload) packet.payload = reader.rest();
    return packet;
}

// Finding packets

void PacketFinder::receive(ByteView bytes) {
    const std::size_t done = std::min(at_, held_.size());
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
    at_ -= done;
    held_.insert(held_.end(), bytes.begin(), bytes.end());
}

std::optional<ByteView> PacketFinder::next() {
    while (true) {
        if (distance_ == 0 && !find()) return std::nullopt;
        if (remaining() < packet_size) return std::nullopt;
        if (held_[at_] == sync_byte) break;
        ++losses_;
        distance_ = 0;
    }
    const ByteView packet = ByteView(held_).subspan(at_, packet_size);
    at_ += distance_;
    return packet;
}

bool PacketFinder::find() {
    for (; remaining() >= (finished_ ? packet_size : window) && !has_given_up(); ++at_) {
        const auto distance = std::ranges::find_if(distances, [this](std::size_t one) { return repeats(one); });
        if (distance != distances.end()) {
            distance_ = *distance;
            found_ = true;
            return true;
        }
        ++searched_;
    }
    return false;
}

bool PacketFinder::repeats(std::size_t distance) const noexcept {
    for (std::size_t i = 0; i < packets_in_a_row; ++i) {
        const std::size_t at = at_ + i * distance;
        if (at < held_.size() && held_[at] != sync_byte) return false;
    }
    return true;
}

// Counters

CounterWatch::Step CounterWatch::receive(const TransportPacket& packet, ByteView bytes) noexcept {
    if (!packet.has_payload) return Step::follows;
    const ByteView tail = bytes.last(tail_size);
    const bool is_same = counter_ == packet.counter && !repeated_ && std::ranges::equal(tail, tail_);
    const bool is_next = !counter_ || packet.discontinuity || packet.counter == (*counter_ + 1) % counters;
    repeated_ = is_same && !is_next;
    if (repeated_) return Step::repeats;
    counter_ = packet.counter;
    std::ranges::copy(tail, tail_.begin());
    return is_next ? Step::follows : Step::gap;
}

}  // namespace weir::format::mpegts
