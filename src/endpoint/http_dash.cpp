#include "endpoint/http_dash.hpp"

#include "endpoint/expected_stream.hpp"
#include "endpoint/first_segments.hpp"
#include "endpoint/index_cache.hpp"
#include "endpoint/media_answers.hpp"
#include "format/mpd.hpp"
#include "package/dash.hpp"
#include "package/hls.hpp"

#include <array>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace dash = package::dash;

// The manifests of one shard, made once for each state of a segment index and not once for each viewer.
class HttpDash::ManifestCache {
  public:
    struct Manifest {
        base::Bytes text;
        std::string etag;
    };

    const Manifest& get(const base::StreamId& id, const stream::SegmentIndexRef& index, dash::Ended ended) {
        Manifest& made = manifests_.of(id, index)[static_cast<std::size_t>(ended)];
        if (!made.text.empty()) return made;
        const std::string text = dash::manifest(*index, ended);
        return made = {.text = base::Bytes::copy_of(text), .etag = package::hls::entity_tag(text)};
    }

  private:
    IndexCache<std::array<Manifest, 2>> manifests_;  ///< by `Ended`
};

namespace {

dash::Ended ended(const stream::StreamSnapshotRef& snapshot, const stream::SegmentIndex& index, base::Now now) {
    if (!index.ended || snapshot == nullptr) return dash::Ended::before;
    const bool is_parting =
        snapshot->state == stream::State::stopping || now.wall - snapshot->since < dash::parting(index);
    return is_parting ? dash::Ended::just_now : dash::Ended::before;
}

}  // namespace

HttpDash::HttpDash(Surroundings surroundings) : around_(surroundings) {
    for (std::size_t index = 0; index < around_.shards; ++index) caches_.push_back(std::make_unique<ManifestCache>());
}

HttpDash::~HttpDash() = default;

asio::awaitable<net::HttpResponse> HttpDash::manifest(const Request& request, net::RequestContext& context) {
    counts_.manifests.add();
    const auto id = stream_of(context);
    if (id) co_await wait_for_stream(around_.registry, *id, context);
    const auto stream = id ? around_.registry.find(*id) : nullptr;
    if (stream == nullptr) co_return no_stream(request);
    const auto index = co_await wait_for_segments(around_.registry, *id, context);
    if (index == nullptr) co_return no_segments(request, around_.registry.snapshot(*id));
    stream->shard().dispatch([stream, viewer = viewer_of(request, context), now = context.now] {
        stream->note_poll(viewer, now, stream::ViewerProtocol::dash);
    });
    const auto when = ended(around_.registry.snapshot(*id), *index, context.now);
    const auto& entry = caches_[context.shard.index()]->get(*id, index, when);
    net::HttpResponse response{.content_type = dash::content_type, .etag = entry.etag, .body = entry.text};
    response.fields.add("Cache-Control", cache_life::for_a_moment);
    co_return response;
}

// Players reckon with half of the way there and back: nobody may keep it.
net::HttpResponse HttpDash::clock(const Request&, net::RequestContext& context) {
    counts_.clocks.add();
    const auto now = std::chrono::floor<std::chrono::milliseconds>(context.now.wall);
    auto response = net::HttpResponse::of("text/plain; charset=utf-8", format::mpd::write(now));
    response.fields.add("Cache-Control", cache_life::never);
    return response;
}

std::vector<net::Route> HttpDash::routes() {
    using enum net::Audience;
    using enum proto::http::Method;
    return {
        {get, "/{app}/{name}/manifest.mpd", media,
         net::AwaitableHandler(
             [this](const Request& request, net::RequestContext& context) { return manifest(request, context); })},
        {get, "/{app}/{name}.mpd", media, net::PlainHandler([](const Request& request, net::RequestContext& context) {
             return moved_to(request, context, "manifest.mpd");
         })},
        {get, dash::clock_address, media,
         net::PlainHandler(
             [this](const Request& request, net::RequestContext& context) { return clock(request, context); })},
    };
}

}  // namespace weir::endpoint
