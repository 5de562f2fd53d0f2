#include "package/lane.hpp"

#include "format/cmaf_init.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::package {

namespace {

using base::Result;
using media::Ticks;

/// A rendition's segment starts with its own first frame when that is this near to the boundary; else at the boundary.
constexpr Ticks near_boundary = Ticks::milliseconds(500);

/// Pictures are decoded less than this after they are shown, or as many frames: what is more is no order of pictures.
constexpr Ticks longest_reordering = Ticks::milliseconds(1000);
constexpr std::int64_t deepest_reordering = 16;

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

/// Over a hole an encoder's dts goes on from before it for some frames, and then is over it too: a shift that spans the hole is
/// no longer true then.
bool Lane::renews_shift(const media::Packet& packet) const noexcept {
    const Ticks longest = std::max(longest_reordering, last_duration_ * deepest_reordering);
    return packet.keyframe || packet.dts + shift_ > packet.pts + longest;
}

Ticks Lane::decode_time(const media::Packet& packet) const noexcept {
    const Ticks decode = renews_shift(packet) ? packet.pts : packet.dts + shift_;
    if (!last_decode_) return decode;
    return std::max(decode, *last_decode_ + Ticks::from(1, timescale_));
}

void Lane::begin(const Boundary& boundary, Ticks time) { open(boundary, time); }

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
    open_bytes_ = 0;
    last_decode_ = closed_decode_;
    open_->gap = true;
    open_->parts.resize(is_open_shown() ? shown_parts_ : 0);
    open_->size = 0;
    covered_ = open_->start;
    for (const stream::Part& part : open_->parts) {
        open_->size += part.size;
        covered_ += part.duration;
    }
    if (!open_->parts.empty()) last_decode_ = covered_ - Ticks::from(1, timescale_);
}

void Lane::miss(Ticks time) {
    if (open_bytes_ == 0 && part_ != Ticks())
        add_gap_parts(covered_ + part_ * ((time - covered_).count() / part_.count()));
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
    covered_ = time;
}

void Lane::add(const media::PacketRef& packet) {
    const Ticks decode = decode_time(*packet);
    if (!samples_.empty() && decode + packet->duration - covered_ > part_) flush_part(decode);
    if (samples_.empty() && decode - covered_ > part_ / 4) add_gap_parts(decode);
    if (renews_shift(*packet)) shift_ = packet->pts - packet->dts;
    samples_.push_back({.decode = decode,
                        .presentation = packet->pts,
                        .keyframe = packet->keyframe,
                        .payload = packet->payload.view()});
    packets_.push_back(packet);
    open_bytes_ += packet->payload.size();
    last_decode_ = decode;
    needs_keyframe_ = is_interrupted_ = false;
    const bool is_steady = std::exchange(last_duration_, packet->duration) == packet->duration;
    if (is_steady && nominal_end() + packet->duration - covered_ > part_) flush_part(nominal_end());
}

void Lane::finish(Ticks end) { close(open_bytes_ != 0 ? nominal_end() : end); }

void Lane::close(Ticks end) {
    if (!samples_.empty()) flush_part(std::max(end, samples_.back().decode));
    const bool has_media = open_bytes_ != 0;
    if (!open_->parts.empty() && end - covered_ > (has_media ? part_ / 4 : Ticks())) add_gap_parts(end);
    open_->duration = std::max(Ticks(), end - open_->start);
    open_->gap = !has_media;
    was_gap_ = open_->gap;
    closed_decode_ = last_decode_;
    closed_.push_back(std::move(open_));
}

/// Closes the open part. Of a frame that lasts longer than there is room it has the beginning.
void Lane::flush_part(Ticks end) {
    using format::cmaf::Position;
    const bool is_first = open_->size == 0;
    base::Bytes bytes = writer_->write(samples_, end, is_first ? Position::starts_segment : Position::within_segment);
    const Ticks covered = std::clamp(end, covered_, covered_ + part_);
    stream::Part part;
    part.duration = covered - covered_;
    // A first part speaks for its segment, which is independent where it begins with a keyframe.
    part.independent =
        samples_.front().keyframe || (!is_first && std::ranges::any_of(samples_, &format::cmaf::Sample::keyframe));
    part.size = bytes.size();
    part.bytes.push_back(std::move(bytes));
    open_->size += part.size;
    open_->parts.push_back(std::move(part));
    covered_ = covered;
    samples_.clear();
    packets_.clear();
}

void Lane::add_gap_parts(Ticks end) {
    while (part_ > Ticks() && covered_ < end) {
        const Ticks duration = std::min(part_, end - covered_);
        open_->parts.push_back({.duration = duration, .independent = false, .gap = true, .bytes = {}, .size = 0});
        covered_ += duration;
    }
}

const stream::Segment& Lane::in_show() const noexcept {
    return shown_whole_ < closed_.size() ? *closed_[shown_whole_] : *open_;
}

stream::SegmentRef Lane::shown_open() const {
    if (!is_started() || shown_parts_ == 0) return nullptr;
    auto shown = std::make_shared<stream::Segment>(in_show());
    shown->parts.resize(shown_parts_);
    shown->duration = shown_end_ - shown->start;
    shown->gap = false;
    shown->size = 0;
    for (const stream::Part& part : shown->parts) shown->size += part.size;
    return shown;
}

stream::SegmentRef Lane::take_oldest() {
    stream::SegmentRef oldest = std::move(closed_.front());
    closed_.erase(closed_.begin());
    if (shown_whole_ != 0) --shown_whole_;
    else shown_parts_ = 0;
    return oldest;
}

/// Where the last packet ends, as far as it is known.
Ticks Lane::nominal_end() const noexcept {
    return *last_decode_ + std::max(last_duration_, Ticks::from(1, timescale_));
}

}  // namespace weir::package
