#include "endpoint/open_segments.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace hls = package::hls;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration longest_wait = 5s;  // before it is seen that the client is gone
constexpr base::Duration short_wait = 20ms;  // where no more requests may wait

struct Answer {
    std::string rendition;
    hls::SegmentAddress address;
    std::weak_ptr<net::HttpGrowth> body;
    std::size_t sent = 0;  ///< parts
};

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

/// Appends what the body has not yet. False once it is whole, broken off, or nobody's.
bool grow(Answer& answer, const stream::SegmentIndex* index) {
    const auto body = answer.body.lock();
    if (body == nullptr) return false;
    const stream::SegmentList* list = index != nullptr ? index->find(answer.rendition) : nullptr;
    const stream::Segment* segment = list != nullptr ? find(*index, *list, answer.address) : nullptr;
    if (segment == nullptr || segment->gap || std::ranges::any_of(segment->parts, &stream::Part::gap)) {
        body->give_up();
        return false;
    }
    for (; answer.sent < segment->parts.size(); ++answer.sent) body->append(segment->parts[answer.sent].bytes);
    if (segment == list->open.get()) return true;
    body->finish();
    return false;
}

asio::awaitable<void> feed(OpenSegmentSurroundings around, base::StreamId id, Answer answer) {
    while (true) {
        const stream::SegmentIndexRef index = around.registry.segments(id);
        const std::size_t before = answer.sent;
        if (!grow(answer, index.get())) co_return;
        auto stream = around.registry.find(id);
        if (stream == nullptr) {
            if (const auto body = answer.body.lock()) body->give_up();
            co_return;
        }
        const base::Instant now = base::read_clocks().instant;
        const hls::Position next{.sequence = answer.address.sequence, .part = static_cast<std::uint32_t>(answer.sent)};
        co_await around.waiters.wait(around.shard, std::move(stream), {.rendition = answer.rendition, .position = next},
                                     now + longest_wait);
        if (answer.sent != before || base::read_clocks().instant - now >= short_wait) continue;
        asio::steady_timer timer(around.shard.context(), short_wait);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace

std::shared_ptr<net::HttpGrowth> follow_open_segment(OpenSegmentSurroundings around, const base::StreamId& id,
                                                     const stream::SegmentIndex& index, std::string_view rendition,
                                                     const hls::SegmentAddress& address) {
    const stream::SegmentList* list = index.find(rendition);
    const bool is_open = list != nullptr && list->open != nullptr && address.epoch == index.epoch &&
                         list->open->sequence == address.sequence;
    if (!is_open) return nullptr;
    auto body = std::make_shared<net::HttpGrowth>();
    Answer answer{.rendition = std::string(rendition), .address = address, .body = body};
    if (grow(answer, &index))
        asio::co_spawn(around.shard.context(), feed(around, id, std::move(answer)), asio::detached);
    return body;
}

}  // namespace weir::endpoint
