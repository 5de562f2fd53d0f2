// A transport stream from strangers. Properties: never a crash, the same events wherever the bytes are cut, times in their 33 bits, and no
// access unit beyond the limit.
#include "format/mpegts_demux.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace {

using namespace weir;
using namespace weir::format::mpegts;

constexpr DemuxLimits limits{
    .access_unit = base::ByteCount(1 << 16), .tracks = 4, .programs = 4, .search = base::ByteCount(4096)};

void require(bool property) {
    if (!property) std::abort();
}

struct Heard {
    std::vector<Event> events;
    bool failed = false;
};

void drain(Demuxer& demuxer, Heard& heard) {
    while (!heard.failed) {
        auto event = demuxer.next();
        heard.failed = !event.has_value();
        if (heard.failed || !*event) return;
        heard.events.push_back(std::move(**event));
    }
}

Heard read(Demuxer& demuxer, base::ByteView bytes, std::size_t step) {
    Heard heard;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(step, bytes.size()))) {
        demuxer.receive(bytes.first(std::min(step, bytes.size())));
        drain(demuxer, heard);
    }
    demuxer.finish();
    drain(demuxer, heard);
    return heard;
}

bool same(const Event& a, const Event& b) {
    if (a.index() != b.index()) return false;
    if (const auto* config = std::get_if<Config>(&a)) return config->track == std::get<Config>(b).track;
    if (const auto* refusal = std::get_if<Refusal>(&a)) return refusal->text == std::get<Refusal>(b).text;
    const auto& left = std::get<Sample>(a);
    const auto& right = std::get<Sample>(b);
    return left.track == right.track && left.dts == right.dts && left.composition_offset == right.composition_offset &&
           left.keyframe == right.keyframe && left.payload == right.payload;
}

void check(const Event& event) {
    const auto* sample = std::get_if<Sample>(&event);
    if (sample == nullptr) return;
    require(sample->dts <= time_mask && sample->track != 0);
    require(sample->payload.size() <= 2 * limits.access_unit.bytes());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView bytes(data, size);
    Demuxer demuxer({.every_track = true}, limits);
    const Heard whole = read(demuxer, bytes, SIZE_MAX);
    std::ranges::for_each(whole.events, check);
    for (const std::size_t step : {std::size_t{1}, size % 211 + 2}) {
        Demuxer again({.every_track = true}, limits);
        const Heard cut = read(again, bytes, step);
        require(cut.failed == whole.failed && std::ranges::equal(cut.events, whole.events, same));
        require(again.faults() == demuxer.faults());
    }
    return 0;
}
