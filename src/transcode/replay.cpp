#include "transcode/replay.hpp"

#include <algorithm>

namespace weir::transcode {

namespace {

// What is encoded of the past comes on top of the present: a machine that makes its rungs just in time would not catch up.
constexpr media::Ticks longest_backlog = media::Ticks::seconds(2);

bool is_picture(const stream::Entry& entry) {
    const media::Track* const track = entry.tracks->find(entry.packet->track);
    return track != nullptr && track->kind == media::Kind::video;
}

}  // namespace

bool begins_pictures(const stream::Entry& entry) { return entry.packet->keyframe && is_picture(entry); }

void Replay::write(const stream::Entry& entry) {
    if (begins_pictures(entry)) clear();
    else if (entries_.empty()) return;
    entries_.push_back(entry);
    bytes_ += entry.packet->payload.size() + sizeof(stream::Entry) + sizeof(media::Packet);
    if (bytes_ > bytes_limit_ || entry.packet->dts - entries_.front().packet->dts > time_limit_) clear();
}

void Replay::clear() noexcept {
    entries_.clear();
    bytes_ = 0;
}

std::optional<media::Ticks> Replay::worth_encoding(std::optional<media::Ticks> delivered) const {
    std::optional<media::Ticks> boundary;
    std::optional<media::Ticks> newest;
    for (const stream::Entry& entry : entries_) {
        if (!is_picture(entry)) continue;
        const media::Ticks pts = entry.packet->pts;
        newest = std::max(newest, std::optional(pts));
        if (entry.packet->segment_boundary && (!delivered || pts > *delivered)) boundary = pts;
    }
    return boundary && *newest - *boundary <= longest_backlog ? boundary : newest;
}

}  // namespace weir::transcode
