#include "proto/http/h2_watch.hpp"

#include <algorithm>

namespace weir::proto::http {

namespace {

enum FrameType : std::uint8_t { data = 0, headers = 1, rst_stream = 3, window_update = 8, continuation = 9 };
constexpr std::uint8_t end_stream = 0x1;
constexpr std::uint8_t end_headers = 0x4;

}  // namespace

std::optional<H2Fault> H2Watch::receive(base::ByteView bytes, base::Instant now) {
    if (now - interval_began_ >= limits_.interval) {
        interval_began_ = now;
        resets_ = controls_ = updates_ = 0;
        sent_ = 0;
    }
    while (!bytes.empty() && !fault_) {
        if (skip_ > 0) {
            const std::size_t size = std::min(skip_, bytes.size());
            skip_ -= size;
            bytes = bytes.subspan(size);
            continue;
        }
        header_[header_size_++] = bytes.front();
        bytes = bytes.subspan(1);
        if (header_size_ < frame_header_size) continue;
        header_size_ = 0;
        take_frame();
    }
    return fault_;
}

std::optional<H2Fault> H2Watch::note_reset() {
    count(resets_, limits_.resets, H2Fault::resets);
    return fault_;
}

void H2Watch::take_frame() {
    const std::size_t length = std::size_t{header_[0]} << 16 | std::size_t{header_[1]} << 8 | header_[2];
    const std::uint8_t flags = header_[4];
    skip_ = length;
    switch (header_[3]) {
        case headers: block_size_ = continuations_ = 0; return take_header(length, (flags & end_headers) != 0);
        case continuation:
            count(continuations_, limits_.continuations, H2Fault::flood);
            return take_header(length, (flags & end_headers) != 0);
        case rst_stream: return count(resets_, limits_.resets, H2Fault::resets);
        case window_update:
            return count(updates_, limits_.window_updates + sent_ / limits_.update_worth.bytes(), H2Fault::flood);
        case data:
            if (length > 0 || (flags & end_stream) != 0) return;
            [[fallthrough]];
        default: return count(controls_, limits_.controls, H2Fault::flood);
    }
}

void H2Watch::take_header(std::size_t length, bool ends) {
    in_header_ = !ends;
    block_size_ += length;
    if (block_size_ > limits_.header_block.bytes() && !fault_) fault_ = H2Fault::flood;
}

void H2Watch::count(std::uint32_t& counter, std::uint64_t most, H2Fault fault) {
    if (++counter > most && !fault_) fault_ = fault;
}

}  // namespace weir::proto::http
