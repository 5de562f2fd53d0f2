#include "endpoint/http_ts.hpp"

#include "endpoint/expected_stream.hpp"
#include "endpoint/first_segments.hpp"
#include "endpoint/media_answers.hpp"
#include "package/hls.hpp"
#include "package/hls_ts.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace http = proto::http;
namespace hls = package::hls;
namespace hls_ts = package::hls_ts;

namespace {

/// Why none of the renditions is there as MPEG-TS, or the one that was asked for is not. `source` may be null: what it has beside them is
/// no rendition, and has a reason too.
std::optional<std::string> nothing_to_carry(const stream::SegmentIndex& index, const stream::SegmentList* list,
                                            const media::TrackSetRef& source) {
    if (list != nullptr) return format::nothing_to_carry(hls_ts::carriage, {{list->track}});
    media::TrackSet tracks;
    for (const auto& each : index.renditions) tracks.tracks.push_back(each->track);
    if (source != nullptr) std::ranges::copy(source->tracks, std::back_inserter(tracks.tracks));
    return format::nothing_to_carry(hls_ts::carriage, tracks);
}

}  // namespace

HttpTs::HttpTs(Surroundings surroundings) : around_(surroundings) {
    const base::ByteCount each(around_.limits.kept.bytes() / around_.shards);
    for (std::size_t index = 0; index < around_.shards; ++index)
        made_.push_back(std::make_unique<TsSegments>(each, around_.registry.memory(), counts_));
}

asio::awaitable<net::HttpResponse> HttpTs::playlist(const Request& request, net::RequestContext& context) {
    counts_.playlists.add();
    const auto id = stream_of(context);
    if (id) co_await wait_for_stream(around_.registry, *id, context);
    if (!id || around_.registry.find(*id) == nullptr) co_return no_stream(request);
    const auto newest = co_await wait_for_segments(around_.registry, *id, context);
    if (newest == nullptr)
        co_return around_.registry.find(*id) == nullptr ? no_stream(request)
                                                        : no_segments(request, around_.registry.snapshot(*id));
    const stream::SegmentIndex& index = *newest;
    const std::string_view rung = context.captures["rung"];
    const stream::SegmentList* list = index.find(rung);
    if (!rung.empty() && list == nullptr) co_return no_rendition(request);
    const auto snapshot = around_.registry.snapshot(*id);
    const auto why = nothing_to_carry(index, list, snapshot != nullptr ? snapshot->tracks : nullptr);
    if (why) co_return no_rendition(request, *why);
    if (const auto stream = around_.registry.find(*id); stream != nullptr && list != nullptr)
        stream->shard().dispatch(
            [stream, viewer = viewer_of(request, context), now = context.now] { stream->note_poll(viewer, now); });
    const std::string text =
        list == nullptr ? hls_ts::multivariant_playlist(index) : hls_ts::media_playlist(index, *list);
    auto response = net::HttpResponse::of(hls::content_type, text);
    response.etag = hls::entity_tag(text);
    response.fields.add("Cache-Control", cache_life::for_a_moment);
    co_return response;
}

net::HttpResponse HttpTs::segment(const Request& request, net::RequestContext& context) {
    counts_.segments.add();
    const auto id = stream_of(context);
    const std::string name(context.captures["segment"]);
    const auto address = hls::parse_segment_address(name + ".m4s");
    const auto index = id ? around_.registry.segments(*id, address ? address->epoch : 0) : nullptr;
    if (index == nullptr) return no_stream(request);
    const stream::SegmentList* list = index->find(context.captures["rung"]);
    if (list == nullptr) return no_rendition(request);
    const auto sources = address ? hls_ts::find_segment(*index, *list, *address) : std::nullopt;
    if (!sources) return not_found(request, "segment_not_found", "the segment has left the window, or never was in it");
    const auto bytes = made_[context.shard.index()]->get(id->text() + '/' + list->name + '/' + name, *sources);
    if (!bytes) return not_now(request, "memory_full", bytes.error().text);
    net::HttpResponse response{.content_type = hls_ts::content_type, .ranges = true, .body = *bytes};
    response.etag = '"' + name + ".ts\"";
    response.fields.add("Cache-Control", cache_life::for_ever);
    return response;
}

std::vector<net::Route> HttpTs::routes() {
    const net::AwaitableHandler playlists = [this](const Request& request, net::RequestContext& context) {
        return playlist(request, context);
    };
    const net::PlainHandler segments = [this](const Request& request, net::RequestContext& context) {
        return segment(request, context);
    };
    using enum net::Audience;
    using enum http::Method;
    return {
        {get, "/{app}/{name}/ts.m3u8", media, playlists},
        {get, "/{app}/{name}/{rung}/ts.m3u8", media, playlists},
        {get, "/{app}/{name}/{rung}/{segment}.ts", media, segments},
    };
}

}  // namespace weir::endpoint
