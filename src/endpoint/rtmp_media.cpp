#include "endpoint/rtmp_media.hpp"

#include <string>
#include <utility>

namespace weir::endpoint {

namespace flv = format::flv;

namespace {

void tell(const media::Track& track, const base::Log& log) {
    if (track.kind == media::Kind::video) {
        const std::string size = std::to_string(track.width) + 'x' + std::to_string(track.height);
        log.info("video", {{"codec", track.codec_string}, {"size", size}, {"frame_rate", track.frame_rate}});
    } else {
        log.info("audio",
                 {{"codec", track.codec_string}, {"sample_rate", track.sample_rate}, {"channels", track.channels}});
    }
}

}  // namespace

base::Result<void> RtmpMedia::receive(const proto::rtmp::Media& media, base::Now now, const base::Log& log) {
    auto event = TRY(bodies_.receive(flv::tag_type(media.kind), media.timestamp, media.body));
    for (; event; event = bodies_.next()) TRY(take(*std::move(event), now, log));
    return {};
}

base::Result<void> RtmpMedia::take(flv::Event event, base::Now now, const base::Log& log) {
    if (auto* config = std::get_if<flv::Config>(&event)) {
        metadata_.apply_to(config->track);
        tell(config->track, log);
        intake_.announce(std::move(config->track), {.timescale = 1000, .bits = 32}, now.instant);
    } else if (auto* sample = std::get_if<flv::Sample>(&event)) {
        TRY(intake_.receive({.track = sample->track,
                             .wire_time = sample->dts,
                             .composition_offset = sample->composition_offset,
                             .keyframe = sample->keyframe,
                             .payload = std::move(sample->payload)},
                            now.instant));
    }
    return {};
}

void RtmpMedia::receive(const proto::rtmp::Metadata& metadata) {
    if (const auto parsed = flv::parse_metadata(metadata.body)) metadata_ = *parsed;
}

}  // namespace weir::endpoint
