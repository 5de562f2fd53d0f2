#include "media/nal.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace weir::media::nal {

using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

/// Where the next three-byte start code begins; the size where there is none.
std::size_t find_start_code(ByteView bytes) noexcept {
    std::size_t at = 0;
    while (at + 3 <= bytes.size()) {
        if (bytes[at + 2] > 1) at += 3;
        else if (bytes[at] == 0 && bytes[at + 1] == 0 && bytes[at + 2] == 1) return at;
        else ++at;
    }
    return bytes.size();
}

void write_unit(ByteView unit, std::span<std::uint8_t>& out) {
    const auto size = static_cast<std::uint32_t>(unit.size());
    for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
    std::memcpy(out.data() + 4, unit.data(), unit.size());
    out = out.subspan(4 + unit.size());
}

}  // namespace

Result<std::optional<ByteView>> UnitReader::next() {
    while (!rest_.empty()) {
        if (rest_.size() < length_size_) return fail(ErrorKind::malformed, "the length of a NAL unit is cut short");
        std::size_t size = 0;
        for (unsigned i = 0; i < length_size_; ++i) size = size << 8 | rest_[i];
        if (size > rest_.size() - length_size_)
            return fail(ErrorKind::malformed, "a NAL unit passes the end of its frame");
        const ByteView unit = rest_.subspan(length_size_, size);
        rest_ = rest_.subspan(length_size_ + size);
        if (size > 0) return unit;
    }
    return std::nullopt;
}

AnnexBReader::AnnexBReader(ByteView bytes) noexcept {
    const std::size_t start = find_start_code(bytes);
    if (start < bytes.size()) rest_ = bytes.subspan(start + 3);
}

std::optional<ByteView> AnnexBReader::next() noexcept {
    while (!rest_.empty()) {
        const std::size_t end = find_start_code(rest_);
        ByteView unit = rest_.first(end);
        rest_ = end < rest_.size() ? rest_.subspan(end + 3) : ByteView();
        while (!unit.empty() && unit.back() == 0) unit = unit.first(unit.size() - 1);
        if (!unit.empty()) return unit;
    }
    return std::nullopt;
}

Result<base::Bytes> with_four_byte_lengths(const base::Bytes& access_unit, unsigned length_size) {
    std::size_t total = 0;
    UnitReader sizes(access_unit, length_size);
    while (const auto unit = TRY(sizes.next())) total += 4 + unit->size();
    if (length_size == 4) return access_unit;
    base::Buffer buffer(total);
    std::span<std::uint8_t> out = buffer.span();
    UnitReader units(access_unit, length_size);
    while (const auto unit = TRY(units.next())) write_unit(*unit, out);
    return std::move(buffer).freeze();
}

base::Bytes from_annex_b(ByteView annex_b) {
    std::size_t total = 0;
    for (AnnexBReader sizes(annex_b); const auto unit = sizes.next();) total += 4 + unit->size();
    base::Buffer buffer(total);
    std::span<std::uint8_t> out = buffer.span();
    for (AnnexBReader units(annex_b); const auto unit = units.next();) write_unit(*unit, out);
    return std::move(buffer).freeze();
}

Result<void> write_annex_b(ByteView access_unit, base::ByteWriter& out) {
    UnitReader units(access_unit);
    while (const auto unit = TRY(units.next())) {
        out.u32(1);
        out.bytes(*unit);
    }
    return {};
}

std::vector<std::uint8_t> unescape(ByteView unit) {
    std::vector<std::uint8_t> raw;
    raw.reserve(unit.size());
    unsigned zeros = 0;
    for (const std::uint8_t byte : unit) {
        if (zeros >= 2 && byte == 3) {
            zeros = 0;
            continue;
        }
        zeros = byte == 0 ? zeros + 1 : 0;
        raw.push_back(byte);
    }
    return raw;
}

void write_escaped(ByteView raw, base::ByteWriter& out) {
    unsigned zeros = 0;
    for (const std::uint8_t byte : raw) {
        if (zeros >= 2 && byte <= 3) {
            out.u8(3);
            zeros = 0;
        }
        zeros = byte == 0 ? zeros + 1 : 0;
        out.u8(byte);
    }
    if (zeros >= 2) out.u8(3);
}

}  // namespace weir::media::nal
