#include "endpoint/http_media.hpp"

#include "endpoint/expected_stream.hpp"
#include "endpoint/first_segments.hpp"
#include "endpoint/hls_directives.hpp"
#include "endpoint/index_cache.hpp"
#include "endpoint/media_answers.hpp"
#include "package/hls_media.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace http = proto::http;
namespace hls = package::hls;
using http::Status;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration longest_wait = 20s;  // for the first segment of a stream that has just begun
// In target durations: how long a player may be kept waiting (RFC 8216bis 6.2.5.2), and how long the answer that it waited for
// may be kept, which says at least what was asked for.
constexpr int longest_block = 3;
constexpr int blocked_life = 6;

}  // namespace

// The playlists of one shard as text, made once for each state of a segment index and not once for each viewer.
class HttpMedia::PlaylistCache {
  public:
    struct Text {
        base::Bytes bytes;
        std::string etag;
    };

    template <typename Write>
    const Text& get(const base::StreamId& id, const stream::SegmentIndexRef& index, std::string_view rendition,
                    Write&& write) {
        Texts& texts = texts_.of(id, index);
        const auto known = texts.find(rendition);
        if (known != texts.end()) return known->second;
        const std::string text = write();
        return texts.emplace(rendition, Text{base::Bytes::copy_of(text), hls::entity_tag(text)}).first->second;
    }

  private:
    /// By rendition and form; the multivariant playlist has no name.
    using Texts = std::map<std::string, Text, std::less<>>;
    IndexCache<Texts> texts_;
};

HttpMedia::HttpMedia(Surroundings surroundings) : around_(surroundings) {
    for (std::size_t index = 0; index < around_.shards; ++index) {
        caches_.push_back(std::make_unique<PlaylistCache>());
        waiters_.push_back(std::make_unique<IndexWaiters>(wait_counts_, around_.waiters));
        growing_.push_back(std::make_unique<GrowingObjects>(*waiters_.back(), around_.registry));
    }
}

HttpMedia::~HttpMedia() = default;

// A stream that has just begun has no segment yet: its first players wait for it, since most give up on an error.
asio::awaitable<stream::SegmentIndexRef> HttpMedia::first_index(const base::StreamId& id,
                                                                net::RequestContext& context) {
    if (auto stream = around_.registry.find(id))
        co_await wait(context, std::move(stream), {}, context.now.instant + longest_wait);
    co_return around_.registry.segments(id);
}

// Until the newest index has what is wanted, or until it is time to answer without.
asio::awaitable<void> HttpMedia::wait(net::RequestContext& context, std::shared_ptr<stream::Stream> stream,
                                      IndexWaiters::Want want, base::Instant deadline) {
    return waiters_[context.shard.index()]->wait(context.shard, std::move(stream), std::move(want), deadline);
}

namespace {

net::HttpResponse playlist_response(const base::Bytes& text, const std::string& etag, std::string_view life) {
    net::HttpResponse response{.content_type = hls::content_type, .etag = etag, .body = text};
    response.fields.add("Cache-Control", life);
    return response;
}

net::HttpResponse bad_directive(const http::Request& request, std::string_view why) {
    return passing_error(request, Status::bad_request, "bad_directive", why);
}

std::string key_of(std::string_view rendition, hls::Skip skip) {
    return std::string(rendition) + static_cast<char>('0' + static_cast<int>(skip));
}

}  // namespace

asio::awaitable<net::HttpResponse> HttpMedia::multivariant(const Request& request, net::RequestContext& context) {
    counts_.playlists.add();
    const auto id = stream_of(context);
    if (id) co_await wait_for_stream(around_.registry, *id, context);
    if (!id || around_.registry.find(*id) == nullptr) co_return no_stream(request);
    const auto index = co_await wait_for_segments(around_.registry, *id, context);
    if (index == nullptr)
        co_return around_.registry.find(*id) == nullptr ? no_stream(request)
                                                        : no_segments(request, around_.registry.snapshot(*id));
    const auto& text =
        caches_[context.shard.index()]->get(*id, index, "", [&] { return hls::multivariant_playlist(*index); });
    co_return playlist_response(text.bytes, text.etag, cache_life::for_a_moment);
}

asio::awaitable<net::HttpResponse> HttpMedia::media_playlist(const Request& request, net::RequestContext& context) {
    counts_.playlists.add();
    const auto id = stream_of(context);
    if (id && around_.registry.expects(*id, context.shard)) co_await wait_for_expected(around_.registry, *id, context);
    const auto stream = id ? around_.registry.find(*id) : nullptr;
    if (stream == nullptr) co_return no_stream(request);
    const auto directives = parse_directives(request.target);
    if (!directives) co_return bad_directive(request, directives.error());
    auto index = around_.registry.segments(*id);
    if (index == nullptr) index = co_await first_index(*id, context);
    if (index == nullptr) co_return no_segments(request, around_.registry.snapshot(*id));
    const std::string rung(context.captures["rung"]);
    const stream::SegmentList* list = index->find(rung);
    if (list == nullptr) co_return no_rendition(request);
    stream->shard().dispatch(
        [stream, viewer = viewer_of(request, context), now = context.now] { stream->note_poll(viewer, now); });
    if (const auto& position = directives->position; position && !hls::contains(*index, *list, *position)) {
        if (is_too_far(*index, *list, *position))
            co_return bad_directive(request, "the playlist is not nearly that far yet");
        const auto deadline = context.now.instant + index->target_duration.to_duration() * longest_block;
        if (base::read_clocks().instant < deadline)
            co_await wait(context, stream, {.rendition = rung, .position = *position}, deadline);
        index = around_.registry.segments(*id);
        list = index != nullptr ? index->find(rung) : nullptr;
        if (list == nullptr) co_return no_rendition(request);
        if (!hls::contains(*index, *list, *position))
            co_return not_now(request, "part_not_ready", "the stream has stopped short of that part");
    }
    const auto& text = caches_[context.shard.index()]->get(*id, index, key_of(rung, directives->skip), [&] {
        return hls::media_playlist(*index, *list, {.skip = directives->skip});
    });
    if (!directives->position) co_return playlist_response(text.bytes, text.etag, cache_life::for_a_moment);
    co_return playlist_response(text.bytes, text.etag,
                                fmt::format("public, max-age={}", index->target_duration.to(1) * blocked_life));
}

net::HttpResponse HttpMedia::init(const Request& request, net::RequestContext& context) {
    counts_.segments.add();
    const auto id = stream_of(context);
    const std::string_view hash = context.captures["hash"];
    const auto find = [&](const stream::SegmentIndexRef& index) {
        const auto* list = index != nullptr ? index->find(context.captures["rung"]) : nullptr;
        return list != nullptr ? hls::find_init(*list, hash) : nullptr;
    };
    const auto index = id ? around_.registry.segments(*id) : nullptr;
    auto found = find(index);
    if (found == nullptr && id) found = find(around_.registry.earlier_segments(*id));
    if (found == nullptr && index == nullptr) return no_stream(request);
    if (found == nullptr && index->find(context.captures["rung"]) == nullptr) return no_rendition(request);
    if (found == nullptr) return not_found(request, "segment_not_found", "no segment needs that header any more");
    net::HttpResponse response{
        .content_type = hls::content_type_of(found->track.kind), .ranges = true, .body = found->bytes};
    response.etag = '"' + found->hash + '"';
    response.fields.add("Cache-Control", cache_life::for_ever);
    return response;
}

namespace {

net::HttpResponse object_response(const stream::SegmentList& list, std::string_view name,
                                  std::vector<base::Bytes> body) {
    net::HttpResponse response{
        .content_type = hls::content_type_of(list.kind), .ranges = true, .body = std::move(body)};
    response.etag = fmt::format("\"{}\"", name);
    response.fields.add("Cache-Control", cache_life::for_ever);
    return response;
}

std::vector<base::Bytes> bytes_of(const stream::Segment& segment) {
    std::vector<base::Bytes> bytes;
    for (const stream::Part& part : segment.parts) bytes.insert(bytes.end(), part.bytes.begin(), part.bytes.end());
    return bytes;
}

}  // namespace

// A segment, or a part. One that a playlist has hinted at is answered when it is made (RFC 8216bis 6.2.6).
asio::awaitable<net::HttpResponse> HttpMedia::object(const Request& request, net::RequestContext& context) {
    const auto id = stream_of(context);
    const std::string_view stem = context.captures["segment"];
    const std::string_view name = request.target.segments.back();
    const auto part_address = hls::parse_part_address(name);
    const auto address = part_address ? std::nullopt : hls::parse_segment_address(name);
    (part_address ? counts_.parts : counts_.segments).add();
    const std::uint64_t epoch = part_address ? part_address->epoch : address ? address->epoch : 0;
    auto index = id ? around_.registry.segments(*id, epoch) : nullptr;
    if (index == nullptr) co_return no_stream(request);
    const std::string rung(context.captures["rung"]);
    const stream::SegmentList* list = index->find(rung);
    if (list == nullptr) co_return no_rendition(request);
    if (!part_address) {
        const auto segment = address ? hls::find_segment(*index, *list, *address) : nullptr;
        if (segment != nullptr) co_return object_response(*list, stem, bytes_of(*segment));
        co_return open_segment(request, context, *id, index);
    }
    const stream::Part* part = hls::find_part(*index, *list, *part_address);
    if (part == nullptr && hls::is_expected(*index, *list, *part_address)) {
        const auto deadline = context.now.instant + index->target_duration.to_duration() * longest_block;
        const hls::Position position{.sequence = part_address->sequence, .part = part_address->part};
        if (auto stream = around_.registry.find(*id))
            co_await wait(context, std::move(stream),
                          {.rendition = rung, .position = position, .slices = 0, .piece = hls::Piece::large}, deadline);
        index = around_.registry.segments(*id);
        list = index != nullptr ? index->find(rung) : nullptr;
        if (list == nullptr) co_return no_rendition(request);
        part = hls::find_part(*index, *list, *part_address);
        if (part == nullptr)
            if (auto growing = growing_object(context, *id, index, position, deadline)) co_return *std::move(growing);
    }
    if (part != nullptr) co_return object_response(*list, stem, part->bytes);
    co_return not_found(request, "part_not_found", "the part has left the window, or never was in it");
}

// One that is being made is sent as its parts are published. It comes to be what everybody gets of that address later.
net::HttpResponse HttpMedia::open_segment(const Request& request, net::RequestContext& context,
                                          const base::StreamId& id, const stream::SegmentIndexRef& index) {
    const auto address = hls::parse_segment_address(std::string(context.captures["segment"]) + ".m4s");
    if (address && address->epoch == index->epoch)
        if (auto growing = growing_object(context, id, index, {.sequence = address->sequence, .part = {}}, {}))
            return *std::move(growing);
    return not_found(request, "segment_not_found", "the segment has left the window, or never was in it");
}

// Nothing where nothing of it is there.
std::optional<net::HttpResponse> HttpMedia::growing_object(const net::RequestContext& context, const base::StreamId& id,
                                                           const stream::SegmentIndexRef& index, hls::Position position,
                                                           base::Instant deadline) {
    const std::string_view rung = context.captures["rung"];
    auto body = growing_[context.shard.index()]->follow(context.shard, id, index, rung, position, deadline);
    if (body == nullptr) return std::nullopt;
    net::HttpResponse response{.content_type = hls::content_type_of(index->find(rung)->kind), .body = std::move(body)};
    response.etag = fmt::format("\"{}\"", context.captures["segment"]);
    response.fields.add("Cache-Control", cache_life::for_ever);
    return response;
}

std::vector<net::Route> HttpMedia::routes() {
    const net::PlainHandler move_to_index = [](const Request& request, net::RequestContext& context) {
        return moved_to(request, context, "index.m3u8");
    };
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
        {get, "/{app}/{name}.m3u8", media, move_to_index},
        {get, "/{app}/{name}/{rung}/index.m3u8", media, awaiting(&HttpMedia::media_playlist)},
        {get, "/{app}/{name}/{rung}/init-{hash}.mp4", media, plain(&HttpMedia::init)},
        {get, "/{app}/{name}/{rung}/{segment}.m4s", media, awaiting(&HttpMedia::object)},
    };
}

}  // namespace weir::endpoint
