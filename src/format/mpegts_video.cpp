#include "format/mpegts_video.hpp"

#include "media/h264.hpp"
#include "media/hevc.hpp"
#include "media/nal.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <cstring>

namespace weir::format::mpegts {

using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::nal::Picture;

namespace {

constexpr std::size_t vps = 0;
constexpr std::size_t sps = 1;
constexpr std::size_t pps = 2;
/// Sources exist that send one keyframe and then refresh the picture bit by bit.
constexpr std::int64_t longest_wait = 10 * time_scale;

/// What a NAL unit is to the lane.
enum class Role : std::uint8_t { vps, sps, pps, picture, delimiter, filling, other };

Role h264_role(ByteView unit) {
    using media::h264::NalType;
    const NalType type = media::h264::nal_type(unit);
    if (media::h264::is_picture(type)) return Role::picture;
    switch (static_cast<unsigned>(type)) {
        case static_cast<unsigned>(NalType::sps): return Role::sps;
        case static_cast<unsigned>(NalType::pps): return Role::pps;
        case static_cast<unsigned>(NalType::delimiter): return Role::delimiter;
        case 10:  // end of sequence
        case 11:  // end of stream
        case 12: return Role::filling;
        default: return Role::other;
    }
}

Role hevc_role(ByteView unit) {
    using media::hevc::NalType;
    const NalType type = media::hevc::nal_type(unit);
    if (media::hevc::is_picture(type)) return Role::picture;
    switch (static_cast<unsigned>(type)) {
        case static_cast<unsigned>(NalType::vps): return Role::vps;
        case static_cast<unsigned>(NalType::sps): return Role::sps;
        case static_cast<unsigned>(NalType::pps): return Role::pps;
        case static_cast<unsigned>(NalType::delimiter): return Role::delimiter;
        case 36:  // end of sequence
        case 37:  // end of bit stream
        case 38: return Role::filling;
        default: return Role::other;
    }
}

using Sets = std::array<std::vector<Bytes>, 3>;

Result<Bytes> h264_record(const Sets& sets) {
    base::ByteWriter out;
    media::h264::write_config(TRY(media::h264::config_from_parameter_sets(sets[sps], sets[pps])), out);
    return out.to_bytes();
}

Result<Bytes> hevc_record(const Sets& sets) {
    base::ByteWriter out;
    media::hevc::write_config(TRY(media::hevc::config_from_parameter_sets(sets[vps], sets[sps], sets[pps])), out);
    return out.to_bytes();
}

}  // namespace

/// What the lane knows of a codec.
struct VideoCodec {
    media::Codec codec;
    Role (*role)(ByteView unit);
    Result<Bytes> (*record)(const Sets& sets);
    std::size_t first_set;
    bool (*is_recovery_point)(ByteView unit);  ///< null where its pictures say so themselves
};

namespace {

constexpr std::array<VideoCodec, 2> codecs{{
    {media::Codec::h264, h264_role, h264_record, sps, media::h264::is_recovery_point},
    {media::Codec::hevc, hevc_role, hevc_record, vps, nullptr},
}};

}  // namespace

VideoLane::VideoLane(media::Codec codec, LaneIdentity identity)
    : codec_(std::ranges::find(codecs, codec, &VideoCodec::codec)), identity_(std::move(identity)) {}

// A PES packet has one picture; sources exist that put several into one, behind delimiters.
void VideoLane::receive(const Pes& pes, Outlet out) {
    if (pes.is_damaged || !pes.pts) {
        ++out.faults.frames_dropped;
        return lose();
    }
    Times times{.dts = pes.dts.value_or(*pes.pts), .pts = *pes.pts};
    units_.clear();
    bool has_picture = false;
    media::nal::AnnexBReader reader(pes.payload);
    while (const auto unit = reader.next()) {
        const Role role = codec_->role(*unit);
        if (role == Role::filling) continue;
        if (role != Role::delimiter) {
            const bool is_set = role <= Role::pps;
            units_.push_back({*unit, is_set ? std::optional(static_cast<std::size_t>(role)) : std::nullopt});
            has_picture = has_picture || role == Role::picture;
        } else if (has_picture && frame_ > 0) {
            finish_picture(times, out);
            times = {.dts = times.dts + frame_, .pts = times.dts + frame_};
            has_picture = false;
        }
    }
    finish_picture(times, out);
}

void VideoLane::finish_picture(Times times, Outlet out) {
    learn(out);
    const Bytes payload = gather();
    const auto picture = media::picture(codec_->codec, payload);
    const bool is_keyframe = picture && begins_group(*picture, times);
    units_.clear();
    if (!track_) {
        ++out.faults.frames_without_config;
        return;
    }
    if (!picture || *picture == Picture::none) return;
    const bool leads = !is_keyframe && open_group_ && distance(*open_group_, times.pts) < 0;
    if (*picture == Picture::rasl || leads) {
        ++out.faults.leading_pictures_dropped;
        return;
    }
    open_group_ = is_keyframe && *picture == Picture::ordinary ? std::optional(times.pts) : std::nullopt;
    if (!may_pass(is_keyframe, times.dts)) {
        ++out.faults.frames_dropped;
        return;
    }
    out.events.emplace_back(Sample{.track = identity_.track,
                                   .dts = times.dts & time_mask,
                                   .composition_offset = media::Ticks::from(distance(times.dts, times.pts), time_scale),
                                   .keyframe = is_keyframe,
                                   .payload = payload});
}

bool VideoLane::begins_group(Picture picture, Times times) {
    if (picture == Picture::idr) idr_ = times.dts;
    if (picture == Picture::idr || picture == Picture::open_access) return true;
    if (picture != Picture::ordinary || codec_->is_recovery_point == nullptr) return false;
    const std::int64_t since = idr_ ? distance(*idr_, times.dts) : longest_wait;
    if (since >= 0 && since < longest_wait) return false;
    return std::ranges::any_of(units_, [this](const Unit& unit) { return codec_->is_recovery_point(unit.bytes); });
}

bool VideoLane::may_pass(bool is_keyframe, std::uint64_t dts) {
    if (!is_waiting_) return true;
    if (!waiting_since_) waiting_since_ = dts;
    const std::int64_t waited = distance(*waiting_since_, dts);
    if (!is_keyframe && waited >= 0 && waited < longest_wait) return false;
    is_waiting_ = false;
    waiting_since_.reset();
    return true;
}

// Parameter sets

void VideoLane::learn(Outlet out) {
    const bool has_new_sequence = std::ranges::any_of(units_, [](const Unit& unit) { return unit.set == sps; });
    const bool has_set = std::ranges::any_of(units_, [](const Unit& unit) { return unit.set.has_value(); });
    if (has_set && (has_new_sequence || !track_) && learn_sets(out)) announce(out);
}

/// Whether there is anything new. Sets that the picture does not repeat stay in force.
bool VideoLane::learn_sets(Outlet out) {
    std::size_t size = 0;
    for (const Unit& unit : units_)
        if (unit.set) size += unit.bytes.size();
    if (size > out.limits.config.bytes()) {
        out.events.emplace_back(Refusal{"a decoder configuration is larger than allowed"});
        return false;
    }
    bool is_new = false;
    for (std::size_t kind = codec_->first_set; kind < sets_.size(); ++kind) {
        const auto is_unknown = [&](const Unit& unit) { return unit.set == kind && !is_known(unit); };
        if (std::ranges::none_of(units_, is_unknown)) continue;
        is_new = true;
        sets_[kind].clear();
        for (const Unit& unit : units_)
            if (unit.set == kind && !is_known(unit)) sets_[kind].push_back(Bytes::copy_of(unit.bytes));
    }
    return is_new;
}

void VideoLane::announce(Outlet out) {
    for (std::size_t kind = codec_->first_set; kind < sets_.size(); ++kind)
        if (sets_[kind].empty()) return;  // the others are still to come
    const auto record = codec_->record(sets_);
    auto track = record ? media::track_from_config(codec_->codec, *record) : std::unexpected(record.error());
    if (!track) {
        out.events.emplace_back(Refusal{track.error().text});
        track_.reset();
        return;
    }
    track->id = identity_.track;
    track->language = identity_.language;
    if (track_ == *track) return;
    track_ = *std::move(track);
    frame_ = static_cast<std::uint64_t>(media::frame_duration(*track_).to(time_scale));
    out.events.emplace_back(Config{*track_});
}

bool VideoLane::is_known(const Unit& unit) const {
    if (!unit.set) return false;
    return std::ranges::any_of(sets_[*unit.set],
                               [&](const Bytes& known) { return std::ranges::equal(known, unit.bytes); });
}

Bytes VideoLane::gather() const {
    std::size_t size = 0;
    for (const Unit& unit : units_)
        if (!is_known(unit)) size += 4 + unit.bytes.size();
    base::Buffer buffer(size);
    std::span<std::uint8_t> rest = buffer.span();
    for (const Unit& unit : units_) {
        if (is_known(unit)) continue;
        for (std::size_t i = 0; i < 4; ++i) rest[i] = static_cast<std::uint8_t>(unit.bytes.size() >> (24 - 8 * i));
        std::memcpy(rest.data() + 4, unit.bytes.data(), unit.bytes.size());
        rest = rest.subspan(4 + unit.bytes.size());
    }
    return std::move(buffer).freeze();
}

}  // namespace weir::format::mpegts
