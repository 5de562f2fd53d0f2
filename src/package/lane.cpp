#include "package/lane.hpp"

#include "format/cmaf_init.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::package {

namespace {

using base::Result;
using media::Ticks;

/// A rendition's segment starts with its own first frame when that is this near to the boundary; else at the boundary.
constexpr Ticks near_boundary = Ticks::milliseconds(500);

/// FNV-1a: tells headers apart, and nobody gains by making two of his own alike.
std::string content_hash(base::ByteView bytes) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100'0000'01b3;
    return fmt::format("{:016x}", hash);
}

}  // namespace

Result<void> Lane::follow(const media::TrackSetRef& tracks) {
    if (tracks == tracks_) return {};
    const media::Track* track = tracks->first(kind_);
    if (track == nullptr) return base::fail(base::ErrorKind::not_found, "the stream has no such track");
    // A frame rate that becomes known later must not make another header of the same codec.
    const std::uint32_t timescale =
        init_ != nullptr && kind_ == media::Kind::video ? timescale_ : format::cmaf::timescale(*track);
    base::Bytes bytes = TRY(format::cmaf::init_segment(*track, timescale));
    tracks_ = tracks;
    track_ = *track;
    const stream::InitSegment* current = next_init_ != nullptr ? next_init_.get() : init_.get();
    if (current != nullptr && current->bytes == bytes) return {};
    timescale_ = timescale;
    std::string hash = content_hash(bytes);
    next_init_ = std::make_shared<const stream::InitSegment>(std::move(hash), std::move(bytes), track_, timescale_);
    if (is_started()) interrupt();
    return {};
}

void Lane::interrupt() noexcept {
    is_interrupted_ = true;
    needs_keyframe_ = true;
}

Ticks Lane::decode_time(const media::Packet& packet) const noexcept {
    const Ticks decode = packet.keyframe ? packet.pts : packet.dts + shift_;
    if (!last_decode_) return decode;
    return std::max(decode, *last_decode_ + Ticks::from(1, timescale_));
}

void Lane::start(const Boundary& boundary, Ticks time) { open(boundary, time); }

void Lane::cross(const Boundary& next, Ticks time) {
    const bool is_near = time - next.at <= near_boundary && next.at - time <= near_boundary;
    const Ticks start = is_near ? time : next.at;
    close(next.discontinuity && open_bytes_ != 0 ? nominal_end() : start);
    open(next, start);
}

void Lane::restart(const Boundary& boundary, Ticks time) {
    discard();
    needs_keyframe_ = true;
    open(boundary, time);
}

void Lane::discard() {
    packets_.clear();
    samples_.clear();
    open_->parts.clear();
    open_->size = 0;
    open_bytes_ = 0;
    last_decode_ = closed_decode_;
}

void Lane::open(const Boundary& boundary, Ticks time) {
    if (next_init_ != nullptr) {
        init_ = std::move(next_init_);
        writer_.emplace(timescale_);
    }
    open_ = std::make_shared<stream::Segment>();
    open_->sequence = boundary.sequence;
    open_->discontinuity_sequence = boundary.discontinuity_sequence;
    open_->discontinuity = boundary.discontinuity;
    open_->start = time;
    open_->wall = boundary.wall + (time - boundary.at).to_duration();
    open_->init = init_;
    open_bytes_ = 0;
}

void Lane::add(const media::PacketRef& packet) {
    const Ticks decode = decode_time(*packet);
    if (!samples_.empty() && decode + packet->duration - samples_.front().decode > part_) flush_chunk(decode);
    if (packet->keyframe) shift_ = packet->pts - packet->dts;
    samples_.push_back({.decode = decode,
                        .presentation = packet->pts,
                        .keyframe = packet->keyframe,
                        .payload = packet->payload.view()});
    packets_.push_back(packet);
    open_bytes_ += packet->payload.size();
    last_decode_ = decode;
    last_duration_ = packet->duration;
    needs_keyframe_ = is_interrupted_ = false;
}

void Lane::finish(Ticks end) { close(open_bytes_ != 0 ? nominal_end() : end); }

void Lane::close(Ticks end) {
    if (!samples_.empty()) flush_chunk(std::max(end, samples_.back().decode));
    open_->duration = std::max(Ticks(), end - open_->start);
    open_->gap = open_->parts.empty();
    was_gap_ = open_->gap;
    closed_decode_ = last_decode_;
    closed_.push_back(std::move(open_));
}

void Lane::flush_chunk(Ticks end) {
    using format::cmaf::Position;
    const auto position = open_->parts.empty() ? Position::starts_segment : Position::within_segment;
    base::Bytes bytes = writer_->write(samples_, end, position);
    stream::Part part;
    part.duration = end - samples_.front().decode;
    part.independent = samples_.front().keyframe;
    part.size = bytes.size();
    part.bytes.push_back(std::move(bytes));
    open_->size += part.size;
    open_->parts.push_back(std::move(part));
    samples_.clear();
    packets_.clear();
}

/// Where the last packet ends, as far as it is known.
Ticks Lane::nominal_end() const noexcept {
    return *last_decode_ + std::max(last_duration_, Ticks::from(1, timescale_));
}

}  // namespace weir::package
