// What others may know of a stream: how it is described, and when that is news.
#include "stream/stream.hpp"

namespace weir::stream {

StreamSnapshotRef Stream::snapshot(base::Now now) const {
    auto snapshot = std::make_shared<StreamSnapshot>();
    snapshot->id = id_;
    snapshot->state = state_;
    snapshot->reason = reason_;
    snapshot->since = since_;
    snapshot->started = started_.wall;
    snapshot->tracks = splice_.tracks();
    snapshot->input = input_;
    snapshot->input.bitrate = rate_.bits_per_second(now.instant);
    snapshot->input.timestamp_faults += contenders_.faults();
    if (const auto* const on_air = contenders_.on_air()) snapshot->publisher = on_air->info;
    snapshot->contenders = contenders_.snapshot(rules(), now.instant);
    snapshot->switches = contenders_.switches();
    snapshot->groups_dropped = contenders_.groups_dropped();
    snapshot->options = settings_.options;
    snapshot->source_left_out = source_left_out_;
    snapshot->rungs = ladder_.snapshot(now.instant);
    snapshot->is_ladder_decided = ladder_.is_decided();
    snapshot->worker = ladder_.worker();
    snapshot->still = stills_.newest();
    snapshot->still_trouble = stills_.trouble();
    return snapshot;
}

bool Stream::is_news(const StreamSnapshot& shown) const noexcept {
    const auto* const on_air = contenders_.on_air();
    const std::string_view publisher = on_air != nullptr ? std::string_view(on_air->info.id) : std::string_view();
    const std::string_view shown_publisher =
        shown.publisher ? std::string_view(shown.publisher->id) : std::string_view();
    return state_ != shown.state || since_ != shown.since || publisher != shown_publisher ||
           splice_.tracks() != shown.tracks || source_left_out_ != shown.source_left_out ||
           ladder_.is_decided() != shown.is_ladder_decided || stills_.newest() != shown.still ||
           stills_.trouble() != shown.still_trouble || ladder_.is_news(shown.rungs);
}

}  // namespace weir::stream
