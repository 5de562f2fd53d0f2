#include "package/lane.hpp"

#include "format/cmaf_init.hpp"
#include "package/part_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::package {

namespace {

using base::Result;
using media::Ticks;

/// A rendition's segment starts with its own first frame when that is this near to the boundary; else at the boundary.
constexpr Ticks near_boundary = Ticks::milliseconds(500);
/// And where the one before ends when that is this near: that of another rendition may begin somewhat behind the boundary.
constexpr Ticks near_end = Ticks::milliseconds(400);

/// By as much a segment may last longer than TARGETDURATION, which is compared with the nearest whole second.
constexpr Ticks rounding = Ticks::milliseconds(490);

/// Frames that are decoded before one that is shown before them.
constexpr std::int64_t deepest_reordering = 4;

/// FNV-1a: tells headers apart, and nobody gains by making two of his own alike.
std::string content_hash(base::ByteView bytes) {
    std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
    for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 0x100'0000'01b3;
    return fmt::format("{:016x}", hash);
}

/// A chunk of a part that is being made lasts as long, or as one picture: each costs some hundred bytes, and a write for each
/// client that waits.
constexpr Ticks chunk_length = Ticks::milliseconds(100);

stream::Keyframe first_keyframe(std::span<const format::cmaf::Sample> samples) {
    const auto found = std::ranges::find_if(samples, &format::cmaf::Sample::keyframe);
    if (found == samples.end()) return {};
    return {.time = found->decode, .size = static_cast<std::uint32_t>(found->payload.size())};
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

/// An encoder that reorders gives the keyframe behind a pause a dts of before it: what follows that goes on by frames.
Ticks Lane::shift_for(const media::Packet& packet) const noexcept {
    const Ticks shift = shift_ - made_up_by(packet);
    const bool is_late = last_decode_ && packet.dts + shift > packet.pts + packet.duration * deepest_reordering;
    return is_late ? *last_decode_ + last_duration_ - packet.dts : shift;
}

/// Of what a short pause has put the keyframe's dts off, as much as the packet's dts skips.
Ticks Lane::made_up_by(const media::Packet& packet) const noexcept {
    return std::clamp(packet.dts - last_dts_ - packet.duration, Ticks(), put_off_);
}

Ticks Lane::decode_time(const media::Packet& packet) const noexcept {
    const Ticks decode = packet.keyframe ? packet.pts : packet.dts + shift_for(packet);
    if (!last_decode_) return decode;
    return std::max(decode, *last_decode_ + Ticks::from(1, timescale_));
}

/// How far its dts is from where it is decoded, which is as much as pictures are reordered; more, where some are missing before it.
void Lane::shift_by(const media::Packet& keyframe) noexcept {
    shift_ = keyframe.pts - keyframe.dts;
    put_off_ = std::max(shift_ - std::exchange(lag_, shift_).value_or(shift_), Ticks());
}

void Lane::begin(const Boundary& boundary, Ticks time) { open(boundary, time); }

void Lane::cross(const Boundary& next, Ticks time) {
    const bool is_near = time - next.at <= near_boundary && next.at - time <= near_boundary;
    Ticks start = is_near ? time : next.at;
    // No segment is longer than any: behind one that would be, the next begins a little early. So it does where the parts of this one end
    // a little before the boundary.
    if (!next.discontinuity && longest_ > Ticks())
        start = std::min(start, std::max(covered_, open_->start + longest_ + rounding));
    const bool has_media = open_bytes_ != 0 && !is_lost_;
    const Ticks end = next.discontinuity && has_media ? nominal_end() : start;
    if (!samples_.empty()) flush_part(std::max(end, samples_.back().decode));
    if (has_media && !next.discontinuity && start - covered_ <= near_end) start = covered_;
    close(next.discontinuity ? end_before_break(has_media, start) : start);
    open(next, start);
}

/// What has no media reaches up to a discontinuity, but is no longer than any segment.
Ticks Lane::end_before_break(bool has_media, Ticks at) const noexcept {
    if (has_media) return covered_;
    return longest_ > Ticks() ? std::min(at, open_->start + longest_) : at;
}

void Lane::restart(const Boundary& boundary, Ticks time) {
    discard();
    needs_keyframe_ = true;
    open(boundary, time);
}

void Lane::discard() {
    packets_.clear();
    samples_.clear();
    chunks_.clear();
    shown_chunks_ = 0;
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
    is_lost_ = !open_->parts.empty();
    if (is_lost_) last_decode_ = covered_ - Ticks::from(1, timescale_);
}

void Lane::miss(Ticks time) {
    if (longest_ > Ticks()) time = std::min(time, open_->start + longest_);
    if (open_bytes_ == 0 && part_ != Ticks())
        add_gap_parts(covered_ + part_ * ((time - covered_).count() / part_.count()));
}

void Lane::open(const Boundary& boundary, Ticks time) {
    open_ = std::make_shared<stream::Segment>();
    open_->sequence = boundary.sequence;
    open_->discontinuity_sequence = boundary.discontinuity_sequence;
    open_->discontinuity = boundary.discontinuity;
    open_->start = time;
    open_->wall = boundary.wall + (time - boundary.at).to_duration();
    open_->init = init_;
    open_bytes_ = 0;
    covered_ = time;
    is_lost_ = false;
    has_broken_ |= boundary.discontinuity;
}

/// What the open segment begins with. It is lost where that comes too late.
void Lane::start_with(Ticks decode) {
    is_lost_ |= decode - covered_ > near_boundary;
    if (is_lost_ || !open_->discontinuity || decode <= covered_) return;
    open_->wall += (decode - covered_).to_duration();
    open_->start = covered_ = decode;
}

void Lane::add(const media::PacketRef& packet) {
    if (is_interrupted_) lag_.reset();
    needs_keyframe_ = is_interrupted_ = false;
    Ticks decode = decode_time(*packet);
    if (open_bytes_ == 0 && open_->parts.empty()) start_with(decode);
    if (is_lost_) return;
    if (next_init_ != nullptr && open_bytes_ == 0) renew_init();
    if (!samples_.empty() && decode + packet->duration - covered_ > part_ && fills_part(decode)) flush_part(decode);
    else if (is_chunk_due(decode)) flush_chunk(decode);
    // A part begins where the one before ended: after a pause its first picture is decoded early, and shown when it is due.
    if (samples_.empty() && chunks_.empty()) decode = covered_;
    if (packet->keyframe) {
        shift_by(*packet);
    } else {
        shift_ = shift_for(*packet);
        put_off_ -= made_up_by(*packet);
    }
    last_dts_ = packet->dts;
    samples_.push_back({.decode = decode,
                        .presentation = kind_ == media::Kind::video ? packet->pts : decode,
                        .keyframe = packet->keyframe,
                        .payload = packet->payload.view()});
    packets_.push_back(packet);
    open_bytes_ += packet->payload.size();
    last_decode_ = decode;
    const bool is_steady = std::exchange(last_duration_, packet->duration) == packet->duration;
    if (is_steady && nominal_end() + packet->duration - covered_ > part_ && fills_part(nominal_end()))
        flush_part(nominal_end());
}

/// A part that would not be long enough takes the beginning of one more frame.
bool Lane::fills_part(Ticks end) const noexcept { return (end - covered_) * 100 >= part_ * least_filled; }

/// With the first media that needs it: a gap has that of what came before.
void Lane::renew_init() {
    open_->init = init_ = std::move(next_init_);
    writer_.emplace(timescale_);
}

void Lane::finish(Ticks end) { close(open_bytes_ != 0 ? nominal_end() : end); }

/// What ends long before its segment does, or was broken off, makes that a gap.
void Lane::close(Ticks end) {
    if (!samples_.empty()) flush_part(std::max(end, samples_.back().decode));
    was_gap_ = open_bytes_ == 0;
    is_lost_ |= was_gap_ || covered_ < end;
    if (is_lost_ && !open_->parts.empty()) add_gap_parts(end);
    open_->duration = std::max(open_->parts.empty() ? end : covered_, open_->start) - open_->start;
    open_->gap = is_lost_;
    has_broken_ &= is_lost_;
    closed_decode_ = last_decode_;
    closed_.push_back(std::move(open_));
}

bool Lane::is_chunk_due(Ticks next) const noexcept {
    return is_followed_ && kind_ == media::Kind::video && !samples_.empty() &&
           next - samples_.front().decode >= chunk_length;
}

/// Makes a chunk of what there is, and adds to what the part will be.
base::Bytes Lane::write_chunk(Ticks end) {
    using format::cmaf::Position;
    const bool begins_part = chunks_.empty();
    const bool is_of_first = open_->size == 0;
    base::Bytes bytes =
        writer_->write(samples_, end, begins_part && is_of_first ? Position::starts_segment : Position::within_segment);
    if (begins_part) made_ = {};
    made_.independent |= std::ranges::any_of(samples_, &format::cmaf::Sample::keyframe);
    if (kind_ == media::Kind::video && made_.keyframe.size == 0) made_.keyframe = first_keyframe(samples_);
    made_.size += bytes.size();
    samples_.clear();
    packets_.clear();
    return bytes;
}

void Lane::flush_chunk(Ticks end) {
    base::Bytes bytes = write_chunk(end);
    chunks_.push_back({.bytes = std::move(bytes), .end = end});
}

/// Closes the open part. Of a frame that lasts longer than there is room it has the beginning; what follows is decoded then.
void Lane::flush_part(Ticks end) {
    const Ticks covered = std::min(end, std::max(covered_ + part_, samples_.back().decode + Ticks(1)));
    base::Bytes last = write_chunk(covered);
    stream::Part part = std::exchange(made_, {});
    part.duration = covered - covered_;
    for (Chunk& chunk : chunks_) part.bytes.push_back(std::move(chunk.bytes));
    part.bytes.push_back(std::move(last));
    chunks_.clear();
    shown_chunks_ = 0;
    open_->size += part.size;
    open_->parts.push_back(std::move(part));
    covered_ = covered;
}

void Lane::add_gap_parts(Ticks end) {
    is_lost_ |= covered_ < end;
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

stream::PartUnderWay Lane::shown_under_way() const {
    if (!is_started() || shown_chunks_ == 0) return {};
    stream::PartUnderWay shown{.sequence = open_->sequence,
                               .part = open_->parts.size(),
                               .duration = chunks_[shown_chunks_ - 1].end - covered_,
                               .bytes = {}};
    for (std::size_t i = 0; i < shown_chunks_; ++i) shown.bytes.push_back(chunks_[i].bytes);
    return shown;
}

stream::SegmentRef Lane::take_oldest() {
    stream::SegmentRef oldest = std::move(closed_.front());
    closed_.erase(closed_.begin());
    if (shown_whole_ != 0) --shown_whole_;
    else shown_parts_ = 0;
    return oldest;
}

bool Lane::reaches(Ticks end) const noexcept {
    const bool has_parts_alone = samples_.empty() && chunks_.empty() && !open_->parts.empty();
    return kind_ == media::Kind::video && has_parts_alone && covered_ + at_the_boundary >= end;
}

/// Where the last packet ends, as far as it is known.
Ticks Lane::nominal_end() const noexcept {
    return *last_decode_ + std::max(last_duration_, Ticks::from(1, timescale_));
}

}  // namespace weir::package
