#include "endpoint/http_media.hpp"

#include "endpoint/first_segments.hpp"
#include "endpoint/media_answers.hpp"
#include "package/hls.hpp"

#include <functional>
#include <map>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace http = proto::http;
namespace hls = package::hls;
using http::Status;

namespace {

constexpr std::string_view for_ever = "public, max-age=31536000, immutable";
constexpr std::string_view for_a_moment = "public, max-age=1";

}  // namespace

// The playlists of one shard as text, made once for each state of a segment index and not once for each viewer. Bounded by the
// number of streams: an index that is no longer the newest makes room.
class HttpMedia::PlaylistCache {
  public:
    struct Text {
        base::Bytes bytes;
        std::string etag;
    };

    const Text& get(const base::StreamId& id, const stream::SegmentIndexRef& index, std::string_view rendition,
                    const std::function<std::string()>& write) {
        if (entries_.size() > most) entries_.clear();
        Entry& entry = entries_[id];
        if (entry.index != index) entry = {.index = index, .texts = {}};
        const auto known = entry.texts.find(rendition);
        if (known != entry.texts.end()) return known->second;
        const std::string text = write();
        return entry.texts.emplace(rendition, Text{base::Bytes::copy_of(text), hls::entity_tag(text)}).first->second;
    }

  private:
    static constexpr std::size_t most = 4096;
    struct Entry {
        stream::SegmentIndexRef index;
        std::map<std::string, Text, std::less<>> texts;  ///< by rendition; the multivariant playlist has no name
    };
    std::map<base::StreamId, Entry> entries_;
};

HttpMedia::HttpMedia(Surroundings surroundings) : around_(surroundings), open_(surroundings.shards) {
    for (std::size_t index = 0; index < around_.shards; ++index) caches_.push_back(std::make_unique<PlaylistCache>());
}

HttpMedia::~HttpMedia() = default;

namespace {

net::HttpResponse playlist_response(const base::Bytes& text, const std::string& etag) {
    net::HttpResponse response{.content_type = hls::content_type, .etag = etag, .body = text};
    response.fields.add("Cache-Control", for_a_moment);
    return response;
}

}  // namespace

asio::awaitable<net::HttpResponse> HttpMedia::multivariant(const Request& request, net::RequestContext& context) {
    counts_.playlists.add();
    const auto id = stream_of(context);
    if (!id) co_return no_stream(request);
    const auto snapshot = co_await wait_for_segments(around_.registry, *id, context);
    if (snapshot == nullptr) co_return no_stream(request);
    const stream::SegmentIndexRef& index = snapshot->segments;
    if (index == nullptr) co_return no_segments(request);
    const auto& text =
        caches_[context.shard.index()]->get(*id, index, "", [&] { return hls::multivariant_playlist(*index); });
    co_return playlist_response(text.bytes, text.etag);
}

asio::awaitable<net::HttpResponse> HttpMedia::media_playlist(const Request& request, net::RequestContext& context) {
    counts_.playlists.add();
    const auto id = stream_of(context);
    if (!id) co_return no_stream(request);
    const auto snapshot = co_await wait_for_segments(around_.registry, *id, context);
    if (snapshot == nullptr) co_return no_stream(request);
    const stream::SegmentIndexRef& index = snapshot->segments;
    if (index == nullptr) co_return no_segments(request);
    const std::string_view rung = context.captures["rung"];
    const stream::SegmentList* list = index->find(rung);
    if (list == nullptr) co_return no_rendition(request);
    if (const auto stream = around_.registry.find(*id))
        stream->shard().dispatch(
            [stream, viewer = viewer_of(request, context), now = context.now] { stream->note_poll(viewer, now); });
    const auto& text =
        caches_[context.shard.index()]->get(*id, index, rung, [&] { return hls::media_playlist(*index, *list); });
    co_return playlist_response(text.bytes, text.etag);
}

net::HttpResponse HttpMedia::init(const Request& request, net::RequestContext& context) {
    counts_.segments.add();
    const auto id = stream_of(context);
    const auto snapshot = id ? around_.registry.snapshot(*id) : nullptr;
    if (snapshot == nullptr || snapshot->segments == nullptr) return no_stream(request);
    const stream::SegmentList* list = snapshot->segments->find(context.captures["rung"]);
    if (list == nullptr) return no_rendition(request);
    const auto found = hls::find_init(*list, context.captures["hash"]);
    if (found == nullptr) return not_found(request, "segment_not_found", "no segment needs that header any more");
    net::HttpResponse response{.content_type = hls::content_type_of(list->kind), .ranges = true, .body = found->bytes};
    response.etag = '"' + found->hash + '"';
    response.fields.add("Cache-Control", for_ever);
    return response;
}

net::HttpResponse HttpMedia::segment(const Request& request, net::RequestContext& context) {
    counts_.segments.add();
    const auto id = stream_of(context);
    const auto snapshot = id ? around_.registry.snapshot(*id) : nullptr;
    if (snapshot == nullptr || snapshot->segments == nullptr) return no_stream(request);
    const stream::SegmentList* list = snapshot->segments->find(context.captures["rung"]);
    if (list == nullptr) return no_rendition(request);
    const std::string name = std::string(context.captures["segment"]) + ".m4s";
    const auto address = hls::parse_segment_address(name);
    const auto found = address ? hls::find_segment(*snapshot->segments, *list, *address) : nullptr;
    if (found == nullptr) return open_segment(request, context, *id, snapshot->segments);
    std::vector<base::Bytes> body;
    for (const stream::Part& part : found->parts) body.insert(body.end(), part.bytes.begin(), part.bytes.end());
    net::HttpResponse response{
        .content_type = hls::content_type_of(list->kind), .ranges = true, .body = std::move(body)};
    response.etag = '"' + std::string(context.captures["segment"]) + '"';
    response.fields.add("Cache-Control", for_ever);
    return response;
}

// One that is being made is sent as its parts are published. It comes to be what everybody gets of that address later.
net::HttpResponse HttpMedia::open_segment(const Request& request, net::RequestContext& context,
                                          const base::StreamId& id, const stream::SegmentIndexRef& index) {
    auto& here = open_[context.shard.index()];
    if (here == nullptr) here = std::make_shared<OpenSegments>(context.shard, around_.registry);
    const std::string name(context.captures["segment"]);
    const auto address = hls::parse_segment_address(name + ".m4s");
    auto body = address ? OpenSegments::follow(here, id, index, context.captures["rung"], *address) : nullptr;
    if (body == nullptr)
        return not_found(request, "segment_not_found", "the segment has left the window, or never was in it");
    const stream::SegmentList* list = index->find(context.captures["rung"]);
    net::HttpResponse response{.content_type = hls::content_type_of(list->kind), .body = std::move(body)};
    response.etag = '"' + name + '"';
    response.fields.add("Cache-Control", for_ever);
    return response;
}

namespace {

// Addresses in a playlist are relative to it, so one that stands elsewhere sends the player there.
net::HttpResponse move_to_index(const http::Request& request, net::RequestContext& context) {
    const auto id = stream_of(context);
    if (!id) return no_stream(request);
    net::HttpResponse response{.status = Status::found};
    std::string location = '/' + id->text() + "/index.m3u8";
    if (!request.target.query.empty()) location += '?' + std::string(request.target.query);
    response.fields.add("Location", location);
    return response;
}

}  // namespace

std::vector<net::Route> HttpMedia::routes() {
    const auto awaiting = [this](auto method) {
        return net::AwaitableHandler([this, method](const Request& request, net::RequestContext& context) {
            return (this->*method)(request, context);
        });
    };
    const auto plain = [this](auto method) {
        return net::PlainHandler([this, method](const Request& request, net::RequestContext& context) {
            return (this->*method)(request, context);
        });
    };
    using enum net::Audience;
    using enum http::Method;
    return {
        {get, "/{app}/{name}/index.m3u8", media, awaiting(&HttpMedia::multivariant)},
        {get, "/{app}/{name}/master.m3u8", media, awaiting(&HttpMedia::multivariant)},
        {get, "/{app}/{name}/playlist.m3u8", media, awaiting(&HttpMedia::multivariant)},
        {get, "/{app}/{name}.m3u8", media, net::PlainHandler(&move_to_index)},
        {get, "/{app}/{name}/{rung}/index.m3u8", media, awaiting(&HttpMedia::media_playlist)},
        {get, "/{app}/{name}/{rung}/init-{hash}.mp4", media, plain(&HttpMedia::init)},
        {get, "/{app}/{name}/{rung}/{segment}.m4s", media, plain(&HttpMedia::segment)},
    };
}

}  // namespace weir::endpoint
