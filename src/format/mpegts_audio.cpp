#include "format/mpegts_audio.hpp"

#include "media/track_config.hpp"

#include <algorithm>

namespace weir::format::mpegts {

using base::Bytes;
using base::ByteView;
using base::ErrorKind;

void AudioLane::receive(const Pes& pes, Outlet out) {
    if (pes.pts) {
        if (!marks_.empty() && marks_.back().at == held_.size()) marks_.pop_back();
        marks_.push_back({held_.size(), *pes.pts});
    }
    held_.insert(held_.end(), pes.payload.begin(), pes.payload.end());
    std::size_t at = 0;
    while (const auto frame = next_frame(at, out)) {
        keep_time(*frame, at);
        take(*frame, ByteView(held_).subspan(at, frame->size), out);
        samples_ += frame->samples;
        at += frame->size;
    }
    forget(at);
    if (!pes.is_damaged) return;
    if (!held_.empty()) ++out.faults.frames_dropped;
    lose();
}

void AudioLane::lose() noexcept {
    held_.clear();
    marks_.clear();
    in_step_ = false;
    anchor_.reset();
}

/// The next whole frame, and in `at` where it begins; bytes before it that are none are passed over.
std::optional<AudioFrame> AudioLane::next_frame(std::size_t& at, Outlet out) {
    while (at < held_.size()) {
        const ByteView bytes = ByteView(held_).subspan(at);
        const auto found = find_frame(family_, bytes);
        if (found && (!*found || (*found)->size > bytes.size())) return std::nullopt;
        if (found && (in_step_ || is_followed(**found, bytes))) {
            in_step_ = true;
            return **found;
        }
        const bool is_expected = in_step_ || (!marks_.empty() && marks_.front().at == at);
        if (!found && found.error().kind == ErrorKind::unsupported && is_expected) refuse(found.error().text, out);
        if (std::exchange(in_step_, false)) ++out.faults.frames_dropped;
        ++at;
    }
    return std::nullopt;
}

/// Nothing speaks against it: what looks like a header may be part of a frame.
bool AudioLane::is_followed(const AudioFrame& frame, ByteView bytes) const {
    const ByteView behind = bytes.subspan(frame.size);
    return behind.empty() || find_frame(family_, behind).has_value();
}

void AudioLane::keep_time(const AudioFrame& frame, std::size_t at) {
    if (anchor_ && sample_rate_ != frame.sample_rate) {
        anchor_ = *anchor_ + (sample_rate_ == 0 ? 0 : samples_ * time_scale / sample_rate_);
        samples_ = 0;
    }
    sample_rate_ = frame.sample_rate;
    while (!marks_.empty() && marks_.front().at <= at) {
        anchor_ = marks_.front().pts;
        samples_ = 0;
        marks_.pop_front();
    }
}

void AudioLane::take(const AudioFrame& frame, ByteView bytes, Outlet out) {
    if (!announce(frame, bytes, out)) {
        ++out.faults.frames_without_config;
        return;
    }
    if (!anchor_) {
        ++out.faults.frames_dropped;
        return;
    }
    const std::uint64_t time = *anchor_ + (samples_ * time_scale + frame.sample_rate / 2) / frame.sample_rate;
    out.events.emplace_back(Sample{.track = identity_.track,
                                   .dts = time & time_mask,
                                   .composition_offset = {},
                                   .keyframe = true,
                                   .payload = Bytes::copy_of(bytes.subspan(frame.header_size))});
}

bool AudioLane::announce(const AudioFrame& frame, ByteView bytes, Outlet out) {
    if (key_ == frame.key) return is_announced_;
    key_ = frame.key;
    is_announced_ = false;
    const auto config =
        identity_.config.empty() ? config_of_frame(frame, bytes) : base::Result<Bytes>(identity_.config);
    auto track = config ? media::track_from_config(frame.codec, *config) : std::unexpected(config.error());
    if (!track) {
        refuse(track.error().text, out);
        return false;
    }
    track->id = identity_.track;
    track->language = identity_.language;
    is_announced_ = true;
    out.events.emplace_back(Config{*std::move(track)});
    return true;
}

void AudioLane::refuse(std::string_view text, Outlet out) {
    if (std::exchange(refused_, text) != text) out.events.emplace_back(Refusal{text});
}

void AudioLane::forget(std::size_t until) {
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(until));
    for (Mark& mark : marks_) mark.at -= std::min(mark.at, until);
    while (marks_.size() > 1 && marks_[1].at == 0) marks_.pop_front();
}

}  // namespace weir::format::mpegts
