#include "endpoint/open_segments.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace hls = package::hls;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration between_looks = 10ms;

/// The segment, open or not; null where there is none of that number any more.
const stream::Segment* find(const stream::SegmentIndex& index, const stream::SegmentList& list,
                            const hls::SegmentAddress& address) {
    if (address.epoch != index.epoch) return nullptr;
    if (list.open != nullptr && list.open->sequence == address.sequence) return list.open.get();
    for (const auto* segments : {&list.ahead, &list.listed, &list.lingering}) {
        const auto found =
            std::ranges::find(*segments, address.sequence, [](const auto& one) { return one->sequence; });
        if (found != segments->end()) return found->get();
    }
    return nullptr;
}

}  // namespace

std::shared_ptr<net::HttpGrowth> OpenSegments::follow(const std::shared_ptr<OpenSegments>& here,
                                                      const base::StreamId& id, const stream::SegmentIndexRef& index,
                                                      std::string_view rendition, const hls::SegmentAddress& address) {
    const stream::SegmentList* list = index->find(rendition);
    const bool is_open = list != nullptr && list->open != nullptr && address.epoch == index->epoch &&
                         list->open->sequence == address.sequence;
    if (!is_open) return nullptr;
    auto body = std::make_shared<net::HttpGrowth>();
    Answer answer{.rendition = std::string(rendition), .address = address, .body = body};
    if (!grow(answer, *index)) return body;
    here->streams_[id].answers.push_back(std::move(answer));
    if (!std::exchange(here->is_watching_, true)) asio::co_spawn(here->shard_.context(), watch(here), asio::detached);
    return body;
}

asio::awaitable<void> OpenSegments::watch(std::shared_ptr<OpenSegments> here) {
    asio::steady_timer timer(here->shard_.context());
    while (!here->streams_.empty()) {
        timer.expires_after(between_looks);
        co_await timer.async_wait(asio::use_awaitable);
        here->look();
    }
    here->is_watching_ = false;
}

void OpenSegments::look() {
    for (auto& [id, stream] : streams_) {
        const auto snapshot = registry_.snapshot(id);
        const stream::SegmentIndexRef index = snapshot != nullptr ? snapshot->segments : nullptr;
        if (index == stream.seen && index != nullptr) {
            std::erase_if(stream.answers, [](const Answer& answer) { return answer.body.expired(); });
            continue;
        }
        stream.seen = index;
        const stream::SegmentIndex none;
        std::erase_if(stream.answers, [&](Answer& answer) { return !grow(answer, index != nullptr ? *index : none); });
    }
    std::erase_if(streams_, [](const auto& one) { return one.second.answers.empty(); });
}

bool OpenSegments::grow(Answer& answer, const stream::SegmentIndex& index) {
    const auto body = answer.body.lock();
    if (body == nullptr) return false;
    const stream::SegmentList* list = index.find(answer.rendition);
    const stream::Segment* segment = list != nullptr ? find(index, *list, answer.address) : nullptr;
    if (segment == nullptr || segment->gap || std::ranges::any_of(segment->parts, &stream::Part::gap)) {
        body->give_up();
        return false;
    }
    for (; answer.sent < segment->parts.size(); ++answer.sent) body->append(segment->parts[answer.sent].bytes);
    if (segment == list->open.get()) return true;
    body->finish();
    return false;
}

}  // namespace weir::endpoint
