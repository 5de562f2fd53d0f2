#include "format/mpegts_pes.hpp"

#include "base/byte_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::format::mpegts {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

/// Streams whose packets have no header like that of media (Table 2-21).
bool is_media(std::uint8_t stream) {
    static constexpr std::array<std::uint8_t, 8> others{0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff};
    return stream >= 0xbc && std::ranges::find(others, stream) == others.end();
}

/// 33 bits among markers, which are not believed.
Result<std::uint64_t> parse_time(ByteReader& reader) {
    const std::uint64_t high = TRY(reader.u8()) >> 1 & 0x07U;
    const std::uint64_t middle = TRY(reader.u16()) >> 1;
    const std::uint64_t low = TRY(reader.u16()) >> 1;
    return high << 30 | middle << 15 | low;
}

}  // namespace

Result<std::optional<PesHeader>> parse_pes_header(ByteView bytes) {
    ByteReader reader(bytes);
    if (TRY(reader.u24()) != 1) return fail(ErrorKind::malformed, "this is not a PES packet");
    if (!is_media(TRY(reader.u8()))) return fail(ErrorKind::unsupported, "the PES packet is not of media");
    const std::size_t length = TRY(reader.u16());
    if ((TRY(reader.u8()) & 0xc0) != 0x80) return fail(ErrorKind::malformed, "the PES header is of another format");
    const std::uint8_t flags = TRY(reader.u8());
    const std::size_t extra = TRY(reader.u8());
    if (reader.remaining() < extra) return std::nullopt;
    PesHeader header{.size = PesHeader::fixed_size + extra};
    constexpr std::size_t counted = 3;  // of the fixed part; the length counts what is behind itself
    if (length != 0) {
        if (length < counted + extra) return fail(ErrorKind::malformed, "the PES packet is shorter than its header");
        header.payload = length - counted - extra;
    }
    ByteReader times(TRY(reader.take(extra)));
    if ((flags & 0x80) != 0) header.pts = TRY(parse_time(times));
    if ((flags & 0xc0) == 0xc0) header.dts = TRY(parse_time(times));
    return header;
}

void PesReader::receive(bool starts_unit, ByteView payload) {
    if (starts_unit) {
        if (missing_.value_or(0) > 0 || state_ == State::header) close(true);
        header_.clear();
        state_ = State::header;
    }
    if (state_ == State::idle) return;
    if (state_ == State::payload) return append(payload);
    header_.insert(header_.end(), payload.begin(), payload.end());
    if (header_.size() >= PesHeader::fixed_size) begin();
}

void PesReader::begin() {
    const auto header = parse_pes_header(header_);
    if (!header) {
        if (header.error().kind == ErrorKind::malformed) ++malformed_;
        close(header.error().kind == ErrorKind::malformed);
        state_ = State::idle;
        return;
    }
    if (!*header) return;
    const PesHeader& said = **header;
    if (said.pts) {
        close(false);
        open_ = Pes{.pts = said.pts, .dts = said.dts};
    } else {
        runs_on_ = true;
        if (!open_) open_.emplace();
    }
    state_ = State::payload;
    missing_ = said.payload;
    append(ByteView(header_).subspan(said.size));
}

void PesReader::append(ByteView bytes) {
    if (missing_) bytes = bytes.first(std::min(bytes.size(), *missing_));
    if (open_->payload.size() + bytes.size() > largest_) {
        ++oversized_;
        close(true);
        state_ = State::idle;
        return;
    }
    if (missing_ && open_->payload.empty()) open_->payload.reserve(std::min(*missing_, largest_));
    open_->payload.insert(open_->payload.end(), bytes.begin(), bytes.end());
    if (!missing_) return;
    *missing_ -= bytes.size();
    if (*missing_ > 0) return;
    state_ = State::idle;
    missing_.reset();
    if (!runs_on_) close(false);
}

void PesReader::lose() {
    close(true);
    state_ = State::idle;
}

void PesReader::finish() {
    close(state_ == State::payload && missing_.value_or(0) > 0);
    state_ = State::idle;
}

void PesReader::close(bool is_damaged) {
    missing_.reset();
    if (!open_) return;
    open_->is_damaged = is_damaged;
    units_.push_back(*std::exchange(open_, std::nullopt));
}

std::optional<Pes> PesReader::next() {
    if (units_.empty()) return std::nullopt;
    Pes unit = std::move(units_.front());
    units_.pop_front();
    return unit;
}

}  // namespace weir::format::mpegts
