#include "transcode/replay.hpp"

#include <algorithm>

namespace weir::transcode {

namespace {

// What is encoded of the past comes on top of the present: a machine that makes its rungs just in time would not catch up. Of
// sound alone, which could, it is enough for the boundary that may have passed meanwhile.
constexpr media::Ticks longest_backlog = media::Ticks::seconds(2);

bool is_picture(const stream::Entry& entry) {
    const media::Track* const track = entry.tracks->find(entry.packet->track);
    return track != nullptr && track->kind == media::Kind::video;
}

std::size_t cost(const stream::Entry& entry) noexcept {
    return entry.packet->payload.size() + sizeof(stream::Entry) + sizeof(media::Packet);
}

}  // namespace

bool Replay::begins(const stream::Entry& entry) const {
    return entry.packet->keyframe && (made_ == media::Kind::audio || is_picture(entry));
}

void Replay::write(const stream::Entry& entry) {
    if (made_ == media::Kind::audio)
        while (!entries_.empty() && entry.packet->dts - entries_.front().packet->dts > longest_backlog) drop_oldest();
    else if (begins(entry)) clear();
    else if (entries_.empty()) return;
    entries_.push_back(entry);
    bytes_ += cost(entry);
    if (bytes_ > bytes_limit_ || entry.packet->dts - entries_.front().packet->dts > time_limit_) clear();
}

void Replay::drop_oldest() noexcept {
    bytes_ -= cost(entries_.front());
    entries_.pop_front();
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
