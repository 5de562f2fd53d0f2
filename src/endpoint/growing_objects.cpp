#include "endpoint/growing_objects.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace weir::endpoint {

namespace asio = boost::asio;
namespace hls = package::hls;
using namespace std::chrono_literals;

namespace {

constexpr base::Duration longest_wait = 5s;  // before it is seen that the client is gone
constexpr base::Duration short_wait = 20ms;  // where no more requests may wait

/// What there is of an object.
struct Made {
    enum class State : std::uint8_t { growing, whole, lost };
    State state = State::growing;
    std::vector<base::Bytes> slices{};
    std::uint32_t part = 0;     ///< the one that comes next, or that is being made
    std::size_t under_way = 0;  ///< slices of that
};

struct Answer {
    std::string rendition;
    hls::Position object;
    std::uint64_t epoch;
    base::Instant deadline;
    std::weak_ptr<net::HttpGrowth> body;
    std::size_t sent = 0;                 ///< slices
    const std::uint8_t* first = nullptr;  ///< what was sent began with this
    hls::Position next{};                 ///< what it grows by
    std::size_t slices = 0;               ///< of that, which it has
};

/// The segment, open or not; null where there is none of that number, or none any more.
const stream::Segment* find(const stream::SegmentList& list, std::uint64_t sequence) {
    if (list.open != nullptr && list.open->sequence == sequence) return list.open.get();
    for (const auto* segments : {&list.ahead, &list.listed, &list.lingering}) {
        const auto found = std::ranges::find(*segments, sequence, [](const auto& one) { return one->sequence; });
        if (found != segments->end()) return found->get();
    }
    return nullptr;
}

void append(Made& made, const std::vector<base::Bytes>& slices) {
    std::ranges::copy(slices, std::back_inserter(made.slices));
}

void append_under_way(Made& made, const stream::SegmentList& list, std::uint64_t sequence) {
    if (list.under_way.sequence != sequence || list.under_way.part != made.part) return;
    append(made, list.under_way.bytes);
    made.under_way = list.under_way.bytes.size();
}

Made made_of_segment(const stream::SegmentList& list, std::uint64_t sequence) {
    using enum Made::State;
    const stream::Segment* const segment = find(list, sequence);
    if (segment == nullptr || segment->gap || std::ranges::any_of(segment->parts, &stream::Part::gap))
        return {.state = lost};
    Made made{.state = segment == list.open.get() ? growing : whole,
              .part = static_cast<std::uint32_t>(segment->parts.size())};
    for (const stream::Part& part : segment->parts) append(made, part.bytes);
    if (made.state == growing) append_under_way(made, list, sequence);
    return made;
}

Made made_of_part(const stream::SegmentIndex& index, const stream::SegmentList& list, hls::Position position) {
    using enum Made::State;
    Made made{.part = *position.part};
    if (const stream::Part* part = hls::find_part(index, list, {index.epoch, position.sequence, made.part})) {
        made.state = whole;
        append(made, part->bytes);
    } else if (hls::contains(index, list, position)) {
        made.state = lost;
    } else {
        append_under_way(made, list, position.sequence);
    }
    return made;
}

Made made_of(const Answer& answer, const stream::SegmentIndex* index) {
    const stream::SegmentList* list =
        index != nullptr && index->epoch == answer.epoch ? index->find(answer.rendition) : nullptr;
    if (list == nullptr) return {.state = Made::State::lost};
    return answer.object.part ? made_of_part(*index, *list, answer.object)
                              : made_of_segment(*list, answer.object.sequence);
}

/// Appends what the body has not yet. False once it is whole, broken off, or nobody's.
bool grow(Answer& answer, const stream::SegmentIndex* index) {
    const auto body = answer.body.lock();
    if (body == nullptr) return false;
    const Made made = made_of(answer, index);
    // A part that was thrown away and made anew is another.
    const bool is_other = answer.object.part && answer.sent != 0 && !made.slices.empty() &&
                          made.slices.front().view().data() != answer.first;
    if (made.state == Made::State::lost || is_other) {
        body->give_up();
        return false;
    }
    if (made.slices.size() > answer.sent) {
        body->append(std::span(made.slices).subspan(answer.sent));
        answer.first = made.slices.front().view().data();
        answer.sent = made.slices.size();
    }
    answer.next = {.sequence = answer.object.sequence, .part = made.part};
    answer.slices = made.under_way;
    if (made.state != Made::State::whole) return true;
    body->finish();
    return false;
}

asio::awaitable<void> feed(GrowingObjectSurroundings around, base::StreamId id, Answer answer) {
    while (true) {
        const stream::SegmentIndexRef index = around.registry.segments(id);
        const std::size_t before = answer.sent;
        if (!grow(answer, index.get())) co_return;
        const base::Instant now = base::read_clocks().instant;
        auto stream = around.registry.find(id);
        if (stream == nullptr || now >= answer.deadline) {
            if (const auto body = answer.body.lock()) body->give_up();
            co_return;
        }
        co_await around.waiters.wait(around.shard, std::move(stream),
                                     {.rendition = answer.rendition,
                                      .position = answer.next,
                                      .slices = answer.slices,
                                      .piece = answer.object.part ? hls::Piece::large : hls::Piece::any},
                                     std::min(now + longest_wait, answer.deadline));
        if (answer.sent != before || base::read_clocks().instant - now >= short_wait) continue;
        asio::steady_timer timer(around.shard.context(), short_wait);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace

std::shared_ptr<net::HttpGrowth> follow_growing_object(GrowingObjectSurroundings around, const base::StreamId& id,
                                                       const stream::SegmentIndex& index, std::string_view rendition,
                                                       hls::Position position, base::Instant deadline) {
    auto body = std::make_shared<net::HttpGrowth>();
    Answer answer{.rendition = std::string(rendition),
                  .object = position,
                  .epoch = index.epoch,
                  .deadline = position.part ? deadline : base::Instant::max(),
                  .body = body};
    const Made made = made_of(answer, &index);
    if (made.state != Made::State::growing || (position.part && made.slices.empty())) return nullptr;
    if (grow(answer, &index))
        asio::co_spawn(around.shard.context(), feed(around, id, std::move(answer)), asio::detached);
    return body;
}

}  // namespace weir::endpoint
