#include "endpoint/first_segments.hpp"

#include "endpoint/media_answers.hpp"
#include "format/cmaf_entries.hpp"
#include "package/renditions.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

namespace weir::endpoint {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration longest_wait = 20s;

/// Why there will be no segment of the stream, whatever it goes on to send.
std::optional<std::string> nothing_to_package(const stream::StreamSnapshot& snapshot) {
    if (!snapshot.is_ladder_decided || snapshot.tracks == nullptr) return std::nullopt;
    const auto is_made = [](const stream::RungSnapshot& rung) {
        return rung.stats.state != stream::RungState::left_out;
    };
    if (std::ranges::any_of(snapshot.rungs, is_made)) return std::nullopt;
    return format::nothing_to_carry(format::cmaf::carriage, *snapshot.tracks);
}

/// What is listed has no sound yet, and a rung of it is on its way: who is given the playlist now stays deaf.
bool awaits_sound(const stream::StreamSnapshot& snapshot, const stream::SegmentIndex& index) {
    const auto is_coming = [](const stream::RungSnapshot& rung) {
        using enum stream::RungState;
        return rung.plan.kind == media::Kind::audio && (rung.stats.state == starting || rung.stats.state == running);
    };
    const bool is_silent = !index.ended && package::playable(index, media::Kind::audio).empty();
    return is_silent && std::ranges::any_of(snapshot.rungs, is_coming);
}

/// The stream is as its players will know it.
bool is_complete(const stream::StreamSnapshot& snapshot, const stream::SegmentIndexRef& index) {
    return index != nullptr && snapshot.is_ladder_decided && !awaits_sound(snapshot, *index);
}

}  // namespace

asio::awaitable<stream::SegmentIndexRef> wait_for_segments(stream::Registry& registry, base::StreamId id,
                                                           net::RequestContext& context) {
    asio::steady_timer timer(context.shard.context());
    const base::Instant give_up = context.now.instant + longest_wait;
    while (true) {
        const auto snapshot = registry.snapshot(id);
        auto index = registry.segments(id);
        if (snapshot == nullptr || is_complete(*snapshot, index) || nothing_to_package(*snapshot) ||
            base::read_clocks().instant > give_up)
            co_return index;
        timer.expires_after(50ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

net::HttpResponse no_segments(const proto::http::Request& request, const stream::StreamSnapshotRef& snapshot) {
    if (snapshot != nullptr)
        if (const auto why = nothing_to_package(*snapshot)) return no_rendition(request, *why);
    return not_now(request, "stream_not_ready", "the stream has no segment yet: its publisher has sent no keyframe");
}

std::uint64_t viewer_of(const proto::http::Request& request, const net::RequestContext& context) {
    const std::hash<std::string_view> hash;
    return std::hash<boost::asio::ip::address>()(context.peer) * 31 + hash(request.field("user-agent").value_or(""));
}

}  // namespace weir::endpoint
