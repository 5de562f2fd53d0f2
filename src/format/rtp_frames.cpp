#include "format/rtp_frames.hpp"

#include "media/frames.hpp"
#include "media/h264.hpp"
#include "media/track_config.hpp"

#include <utility>

namespace weir::format::rtp {

using base::ErrorKind;
using base::fail;
using base::Result;
using media::nal::Picture;

namespace {

/// Without an IDR for so long, in units of 90 kHz, none comes.
constexpr std::int32_t longest_wait = 10 * 90'000;
/// What is earlier by more comes of a clock that jumped, in the same units.
constexpr std::int32_t longest_disorder = 90'000;

bool has_recovery_point(media::Codec codec, base::ByteView frame) {
    using namespace media::h264;
    if (codec != media::Codec::h264) return false;
    media::nal::UnitReader units(frame);
    for (auto unit = units.next(); unit && *unit; unit = units.next())
        if (nal_type(**unit) == NalType::sei && is_recovery_point(**unit)) return true;
    return false;
}

}  // namespace

VideoDepacketizer::VideoDepacketizer(Format format, std::unique_ptr<FrameBuilder> builder,
                                     const DepacketizerLimits& limits)
    : format_(std::move(format)), builder_(std::move(builder)), limits_(limits) {
    if (auto track = builder_->take_track(); track && *track) announce(std::move(**track));
}

void VideoDepacketizer::receive(const Packet& packet, bool gap) {
    if (gap) {
        damage();
        if (frame_ != Frame::none) frame_ = Frame::damaged;
    }
    const bool is_same_frame = frame_ != Frame::none && packet.header.timestamp == timestamp_;
    if (frame_ != Frame::none && !is_same_frame) close();
    if (gap && !is_same_frame) begin_is_missing_ = true;
    if (packet.payload.empty()) return;  // padding alone
    if (frame_ == Frame::none) open(packet);
    add(packet);
    if (packet.header.marker && !markers_lie_) close();
}

void VideoDepacketizer::open(const Packet& packet) {
    const bool begins = builder_->begins_frame(packet.payload);
    frame_ = begin_is_missing_ && !begins ? Frame::damaged : Frame::whole;
    // A second frame of the same moment is the rest of the first.
    if (had_picture_ && packet.header.timestamp == timestamp_) {
        markers_lie_ = true;
        damage();
        frame_ = Frame::damaged;
    }
    begin_is_missing_ = false;
    had_picture_ = false;
    timestamp_ = packet.header.timestamp;
    frame_bytes_ = 0;
    frame_packets_ = 0;
}

void VideoDepacketizer::add(const Packet& packet) {
    if (frame_ != Frame::whole) return;
    frame_bytes_ += packet.payload.size();
    ++frame_packets_;
    if (frame_bytes_ > limits_.frame.bytes() || frame_packets_ > limits_.packets)
        return spoil(fail(ErrorKind::too_large, "a frame over RTP is larger than allowed").error());
    if (const auto added = builder_->add(packet.payload); !added) spoil(added.error());
}

/// The frame is complete, or will never be.
void VideoDepacketizer::close() {
    if (std::exchange(frame_, Frame::none) == Frame::damaged) {
        builder_->drop();
        ++tally.frames_dropped;
        had_picture_ = true;
        return damage();
    }
    auto payload = builder_->finish();
    if (payload) return hand_on(std::move(*payload));
    refuse(payload.error());
    ++tally.frames_dropped;
    damage();
}

void VideoDepacketizer::hand_on(base::Bytes payload) {
    if (payload.empty()) return;
    const auto picture = media::picture(format_.codec, payload);
    if (picture && *picture == Picture::none) return;
    const bool keyframe = picture && begins_group(*picture, payload);
    had_picture_ = true;
    const auto updated = picture ? update_track(payload, keyframe) : std::unexpected(picture.error());
    if (!updated) {
        refuse(updated.error());
        damage();
    }
    if (!keyframe && precedes_its_idr()) damage();
    const bool is_wanted = keyframe || (group_ == Group::whole && !leads_open_group(*picture));
    if (!updated || !is_wanted || !track_) {
        ++tally.frames_dropped;
        return;
    }
    const bool gap = std::exchange(group_, Group::whole) == Group::damaged;
    emit(Unit{.timestamp = timestamp_, .keyframe = keyframe, .gap = gap, .payload = std::move(payload)});
}

// A recovery point of H.264 counts where no IDR comes: a source that has both is joined at the better one.
bool VideoDepacketizer::begins_group(Picture picture, base::ByteView frame) {
    const bool is_idr = picture == Picture::idr;
    if (is_idr) idr_ = timestamp_;
    const bool waits = idr_ && since(*idr_) < longest_wait;
    const bool is_open = picture == Picture::ordinary && !waits && has_recovery_point(format_.codec, frame);
    if (is_open) open_group_ = timestamp_;
    else if (is_idr) open_group_.reset();
    return is_idr || is_open || picture == Picture::open_access;
}

/// Nobody who joins at an open keyframe can decode the pictures that lead it.
bool VideoDepacketizer::leads_open_group(Picture picture) const noexcept {
    return picture == Picture::rasl || (open_group_ && since(*open_group_) < 0);
}

/// No picture of H.264 that follows an IDR is shown before it (8.2.1): its timestamp is damaged, and so may be the picture.
bool VideoDepacketizer::precedes_its_idr() const noexcept {
    return format_.codec == media::Codec::h264 && idr_ && since(*idr_) < 0 && since(*idr_) > -longest_disorder;
}

/// How long before the present frame, in units of the timestamp.
std::int32_t VideoDepacketizer::since(std::uint32_t timestamp) const noexcept {
    return static_cast<std::int32_t>(timestamp_ - timestamp);
}

Result<void> VideoDepacketizer::update_track(base::ByteView frame, bool keyframe) {
    if (auto track = TRY(builder_->take_track())) announce(std::move(*track));
    if (!keyframe || !media::describes_itself(format_.codec)) return {};
    announce(TRY(media::track_from_frame(format_.codec, frame)));
    return {};
}

void VideoDepacketizer::announce(media::Track track) {
    if (track.frame_rate == 0) track.frame_rate = format_.frame_rate;
    track.announced_bitrate = format_.announced_bitrate;
    if (track_ == track) return;
    track_ = track;
    emit(std::move(track));
}

/// Something is missing, and what follows needs it.
void VideoDepacketizer::damage() noexcept {
    if (std::exchange(group_, Group::damaged) != Group::damaged) ++tally.groups_damaged;
}

void VideoDepacketizer::spoil(const base::Error& error) {
    refuse(error);
    builder_->drop();
    frame_ = Frame::damaged;
    damage();
}

}  // namespace weir::format::rtp
