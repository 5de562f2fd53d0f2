#include "endpoint/http_iframes.hpp"

#include "endpoint/cache_life.hpp"
#include "endpoint/expected_stream.hpp"
#include "endpoint/first_segments.hpp"
#include "endpoint/media_answers.hpp"
#include "package/iframes.hpp"

#include <fmt/format.h>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace hls = package::hls;
namespace iframes = package::iframes;

asio::awaitable<net::HttpResponse> HttpIFrames::playlist(const Request& request, net::RequestContext& context) {
    counts_.playlists.add();
    const auto id = stream_of(context);
    if (id) co_await wait_for_stream(registry_, *id, context);
    const auto stream = id ? registry_.find(*id) : nullptr;
    if (stream == nullptr) co_return no_stream(request);
    const auto index = co_await wait_for_segments(registry_, *id, context);
    if (index == nullptr) co_return no_segments(request, registry_.snapshot(*id));
    const stream::SegmentList* list = index->find(context.captures["rung"]);
    if (list == nullptr) co_return no_rendition(request);
    if (list->kind != media::Kind::video) co_return no_rendition(request, "only video has I-frames");
    stream->shard().dispatch(
        [stream, viewer = viewer_of(request, context), now = context.now] { stream->note_poll(viewer, now); });
    const std::string text = iframes::playlist(*index, *list);
    auto response = net::HttpResponse::of(hls::content_type, text);
    response.etag = hls::entity_tag(text);
    response.fields.add("Cache-Control", cache_life::for_a_moment);
    co_return response;
}

net::HttpResponse HttpIFrames::frame(const Request& request, net::RequestContext& context) {
    counts_.frames.add();
    const auto id = stream_of(context);
    const std::string_view numbers = context.captures["frame"];
    const auto address = iframes::parse_address(numbers);
    const auto index = id ? registry_.segments(*id, address ? address->epoch : 0) : nullptr;
    if (index == nullptr) return no_stream(request);
    const stream::SegmentList* list = index->find(context.captures["rung"]);
    if (list == nullptr) return no_rendition(request);
    const auto source = address ? iframes::find_frame(*index, *list, *address) : std::nullopt;
    if (!source) return not_found(request, "frame_not_found", "the I-frame has left the window, or never was in it");
    if (registry_.memory().is_full())
        return not_now(request, "memory_full", "the memory that `limits.memory` allows is in use");
    auto bytes = iframes::write(*source);
    if (!bytes) return not_now(request, "frame_unreadable", bytes.error().text);
    net::HttpResponse response{
        .content_type = hls::content_type_of(list->kind), .ranges = true, .body = std::move(*bytes)};
    response.etag = fmt::format("\"{}.iframe\"", numbers);
    response.fields.add("Cache-Control", cache_life::for_ever);
    return response;
}

std::vector<net::Route> HttpIFrames::routes() {
    const net::AwaitableHandler playlists = [this](const Request& request, net::RequestContext& context) {
        return playlist(request, context);
    };
    const net::PlainHandler frames = [this](const Request& request, net::RequestContext& context) {
        return frame(request, context);
    };
    using enum net::Audience;
    using enum proto::http::Method;
    return {
        {get, "/{app}/{name}/{rung}/iframes.m3u8", media, playlists},
        {get, "/{app}/{name}/{rung}/{frame}.iframe.mp4", media, frames},
    };
}

}  // namespace weir::endpoint
