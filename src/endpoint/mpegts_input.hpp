// From a transport stream that was taken apart to whoever takes tracks and samples: a publication, or the sink of a pull.
#pragma once

#include "base/result.hpp"
#include "format/mpegts_demux.hpp"
#include "stream/intake.hpp"

#include <utility>
#include <variant>

namespace weir::endpoint {

inline constexpr stream::WireClock mpegts_clock{.timescale = format::mpegts::time_scale,
                                                .bits = format::mpegts::time_bits};

/// Hands on all that the demultiplexer has: `track(media::Track, stream::WireClock)`, `sample(stream::Sample)` and, in words,
/// `trouble(std::string_view)`. An error is the source's end: it sends no transport stream.
[[nodiscard]] base::Result<void> drain(format::mpegts::Demuxer& demuxer, auto& sink) {
    namespace ts = format::mpegts;
    while (auto event = TRY(demuxer.next())) {
        if (auto* config = std::get_if<ts::Config>(&*event)) {
            sink.track(std::move(config->track), mpegts_clock);
        } else if (auto* sample = std::get_if<ts::Sample>(&*event)) {
            sink.sample(stream::Sample{.track = sample->track,
                                       .wire_time = sample->dts,
                                       .composition_offset = sample->composition_offset,
                                       .keyframe = sample->keyframe,
                                       .payload = std::move(sample->payload)});
        } else if (const auto* refusal = std::get_if<ts::Refusal>(&*event)) {
            sink.trouble(refusal->text);
        }
    }
    return {};
}

}  // namespace weir::endpoint
