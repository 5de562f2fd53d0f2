#include "stream/rendition.hpp"

#include <algorithm>
#include <cassert>

namespace weir::stream {

namespace {

constexpr media::Ticks audio_join_interval = media::Ticks::milliseconds(1000);

// The packet and its place in the log, with what an allocator adds to them and to a slab.
constexpr std::size_t record_cost = sizeof(Entry) + sizeof(media::Packet) + 80;

// What an entry costs, so that empty packets are bounded too.
std::size_t cost(const Entry& entry) noexcept { return entry.packet->payload.size() + record_cost; }

}  // namespace

void Rendition::write(media::PacketRef packet, media::TrackSetRef tracks) {
    const bool join = is_join(*packet, *tracks);
    const Entry& entry = held_.emplace_back(next_sequence_++, std::move(packet), std::move(tracks), join);
    held_bytes_ += cost(entry);
    if (join) {
        joins_.push_back(entry.sequence);
        last_join_ = entry.packet->dts;
    }
    trim();
    records_.set(held_.size() * record_cost);
    for (RenditionReader* reader : readers_) reader->read(held_.back());
}

std::size_t Rendition::newest_join() const noexcept {
    return joins_.empty() ? held_.size() : joins_.back() - held_.front().sequence;
}

void Rendition::clear() {
    held_.clear();
    joins_.clear();
    held_bytes_ = 0;
    records_.set(0);
}

void Rendition::attach(RenditionReader& reader) {
    assert(std::ranges::find(readers_, &reader) == readers_.end());
    readers_.push_back(&reader);
}

void Rendition::detach(RenditionReader& reader) { std::erase(readers_, &reader); }

bool Rendition::is_join(const media::Packet& packet, const media::TrackSet& tracks) const {
    if (const media::Track* video = tracks.first(media::Kind::video))
        return packet.track == video->id && packet.keyframe;
    return packet.discontinuity || !last_join_ || packet.dts - *last_join_ >= audio_join_interval;
}

// Nobody joins before the last join point but one; what precedes the first is of no use to anyone.
void Rendition::trim() {
    while (joins_.size() > 2) joins_.pop_front();
    if (!joins_.empty())
        while (held_.front().sequence < joins_.front()) drop_oldest();
    const media::Ticks held_time = media::Ticks::from(limits_.held_time);
    while (held_.size() > 1 && (held_bytes_ > limits_.held_bytes.bytes() ||
                                held_.back().packet->dts - held_.front().packet->dts > held_time))
        drop_oldest();
}

void Rendition::drop_oldest() {
    if (!joins_.empty() && joins_.front() == held_.front().sequence) joins_.pop_front();
    held_bytes_ -= cost(held_.front());
    held_.pop_front();
}

}  // namespace weir::stream
