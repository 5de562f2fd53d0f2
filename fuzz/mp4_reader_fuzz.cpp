// Fragmented MP4 from strangers: never a crash, and the same samples however the bytes are split.
#include "format/mp4_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace {

using weir::base::ByteView;
namespace mp4 = weir::format::mp4;

struct Heard {
    std::vector<weir::media::Packet> packets;
    std::size_t headers = 0;
    bool failed = false;
};

void drain(mp4::Reader& reader, Heard& heard) {
    while (!heard.failed) {
        auto event = reader.next();
        heard.failed = !event.has_value();
        if (heard.failed || !*event) return;
        if (auto* packet = std::get_if<weir::media::Packet>(&**event)) heard.packets.push_back(std::move(*packet));
        else ++heard.headers;
    }
}

Heard read(ByteView bytes, std::size_t step) {
    mp4::Reader reader({.header_bytes = 1 << 16, .fragment_bytes = 1 << 20, .fragment_samples = 1 << 10});
    Heard heard;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(step, bytes.size()))) {
        reader.receive(bytes.first(std::min(step, bytes.size())));
        drain(reader, heard);
    }
    return heard;
}

bool is_same(const weir::media::Packet& a, const weir::media::Packet& b) {
    return a.track == b.track && a.dts == b.dts && a.pts == b.pts && a.duration == b.duration &&
           a.keyframe == b.keyframe && a.payload == b.payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const Heard whole = read(bytes, SIZE_MAX);
    for (const std::size_t step : {std::size_t{1}, size % 13 + 2}) {
        const Heard split = read(bytes, step);
        if (split.headers != whole.headers || split.failed != whole.failed ||
            !std::ranges::equal(split.packets, whole.packets, is_same))
            std::abort();
    }
    return 0;
}
