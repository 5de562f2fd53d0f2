#include "endpoint/rtmp_media.hpp"

#include <utility>

namespace weir::endpoint {

namespace flv = format::flv;

namespace {

constexpr stream::WireClock clock{.timescale = 1000, .bits = 32};

bool is_first_of_its_kind(std::uint32_t track) noexcept { return track <= media::audio_track_id; }
/// Further pictures are rungs; players of further sound there are none.
bool is_served(std::uint32_t track) noexcept {
    return is_first_of_its_kind(track) || track % 2 == media::video_track_id;
}

}  // namespace

base::Result<void> RtmpMedia::receive(const proto::rtmp::Media& media, Contribution& into, base::Now now) {
    auto event = TRY(bodies_.receive(flv::tag_type(media.kind), media.timestamp, media.body));
    for (; event; event = bodies_.next()) TRY(take(*std::move(event), into, now));
    return {};
}

base::Result<void> RtmpMedia::take(flv::Event event, Contribution& into, base::Now now) {
    if (auto* config = std::get_if<flv::Config>(&event)) {
        if (!is_served(config->track.id)) {
            into.trouble("a further sound of the source is left out");
            return {};
        }
        if (is_first_of_its_kind(config->track.id)) metadata_.apply_to(config->track);
        into.announce(std::move(config->track), clock, now);
    } else if (auto* sample = std::get_if<flv::Sample>(&event)) {
        if (!is_served(sample->track)) return {};
        TRY(into.receive({.track = sample->track,
                          .wire_time = sample->dts,
                          .composition_offset = sample->composition_offset,
                          .keyframe = sample->keyframe,
                          .payload = std::move(sample->payload)},
                         now));
    }
    return {};
}

void RtmpMedia::receive(const proto::rtmp::Metadata& metadata) {
    if (const auto parsed = flv::parse_metadata(metadata.body)) metadata_ = *parsed;
}

}  // namespace weir::endpoint
