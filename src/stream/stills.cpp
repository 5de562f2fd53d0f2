#include "stream/stills.hpp"

#include <utility>

namespace weir::stream {

namespace {

constexpr std::string_view not_made = "the picture could not be made";
constexpr std::string_view too_slow = "the picture took too long to make";
constexpr std::string_view nothing_yet = "the stream has no picture yet";
constexpr std::string_view nobody = "as many pictures are being made as may be at once";

bool is_jpeg(base::ByteView bytes) noexcept {
    return bytes.size() > 4 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

}  // namespace

void Stills::want(Ladder& ladder, const Rendition& source, base::Now now) {
    if (wanted_ || (newest_ != nullptr && now.wall - newest_->taken < limits_.interval)) return;
    trouble_ = begin(ladder, source, now);
    if (trouble_.empty()) wanted_ = now.instant;
}

// Why none is being made; empty: one is.
std::string_view Stills::begin(Ladder& ladder, const Rendition& source, base::Now now) {
    const std::size_t at = source.newest_join();
    if (at == source.held().size()) return nothing_yet;
    const Entry& keyframe = source.held()[at];
    const media::Track* const track = keyframe.tracks->find(keyframe.packet->track);
    if (track == nullptr || track->kind != media::Kind::video) return nothing_yet;
    if (ladder.want_still(now)) return {};
    is_done_ = false;
    job_ = factory_ ? factory_(id_, keyframe, *this, shard_) : nullptr;
    return job_ != nullptr ? std::string_view() : nobody;
}

void Stills::take_still(Still still, base::Now now) {
    if (!std::exchange(wanted_, {})) return;
    is_done_ = true;
    const bool is_good = is_jpeg(still.jpeg) && still.jpeg.size() <= limits_.bytes.bytes();
    trouble_ = is_good ? std::string_view() : not_made;
    if (!is_good) return;
    still.taken = now.wall;
    newest_ = std::make_shared<const Still>(std::move(still));
}

void Stills::tick(base::Now now) {
    if (is_done_) job_.reset();
    if (!wanted_ || now.instant - *wanted_ < limits_.patience) return;
    wanted_.reset();
    job_.reset();
    trouble_ = too_slow;
}

void Stills::close() {
    wanted_.reset();
    job_.reset();
}

}  // namespace weir::stream
