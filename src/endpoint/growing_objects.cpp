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

Made made_of(const stream::SegmentIndex* index, std::uint64_t epoch, std::string_view rendition,
             hls::Position position) {
    const stream::SegmentList* list = index != nullptr && index->epoch == epoch ? index->find(rendition) : nullptr;
    if (list == nullptr) return {.state = Made::State::lost};
    return position.part ? made_of_part(*index, *list, position) : made_of_segment(*list, position.sequence);
}

}  // namespace

struct GrowingObjects::Object {
    explicit Object(Name its_name)
        : name(std::move(its_name)), deadline(name.position.part ? base::Instant::min() : base::Instant::max()) {}

    Name name;
    base::Instant deadline;
    std::vector<std::weak_ptr<net::HttpGrowth>> bodies{};
    std::vector<base::Bytes> sent{};
    stream::SegmentIndexRef seen{};  ///< of which that was
    Made::State state = Made::State::growing;
    hls::Position next{};       ///< what it grows by
    std::size_t under_way = 0;  ///< slices of that, which were sent
    bool is_sending = false;

    /// Sends what was not sent yet. False once it is whole or broken off.
    bool grow(const stream::SegmentIndexRef& index) {
        if (is_sending || (index != nullptr && index == seen)) return state == Made::State::growing;
        Made made = made_of(index.get(), name.epoch, name.rendition, name.position);
        // A part that was thrown away and made anew is another.
        const bool is_other = name.position.part && !sent.empty() && !made.slices.empty() &&
                              made.slices.front().data() != sent.front().data();
        const std::size_t before = sent.size();
        state = is_other ? Made::State::lost : made.state;
        if (state != Made::State::lost && made.slices.size() >= before) sent = std::move(made.slices);
        next = {.sequence = name.position.sequence, .part = made.part};
        under_way = made.under_way;
        seen = index;
        send(before);
        return state == Made::State::growing;
    }
    void give_up() {
        state = Made::State::lost;
        send(sent.size());
    }
    /// One more that it is sent to.
    std::shared_ptr<net::HttpGrowth> join(base::Instant until) {
        auto body = std::make_shared<net::HttpGrowth>();
        body->append(sent);
        bodies.push_back(body);
        if (name.position.part) deadline = std::max(deadline, until);
        return body;
    }
    [[nodiscard]] IndexWaiters::Want want() const {
        return {.rendition = name.rendition,
                .position = next,
                .slices = under_way,
                .piece = name.position.part ? hls::Piece::large : hls::Piece::any};
    }
    [[nodiscard]] bool is_wanted() const {
        return std::ranges::any_of(bodies, [](const auto& body) { return !body.expired(); });
    }

  private:
    /// Who takes it may ask for more of it at once.
    void send(std::size_t from) {
        std::erase_if(bodies, [](const auto& body) { return body.expired(); });
        is_sending = true;
        const std::span fresh = std::span<const base::Bytes>(sent).subspan(from);
        for (std::size_t i = 0, count = bodies.size(); i < count; ++i) {
            const auto body = bodies[i].lock();
            if (body == nullptr) continue;
            if (!fresh.empty()) body->append(fresh);
            if (state == Made::State::whole) body->finish();
            if (state == Made::State::lost) body->give_up();
        }
        is_sending = false;
    }
};

std::shared_ptr<net::HttpGrowth> GrowingObjects::follow(net::Shard& shard, const base::StreamId& id,
                                                        const stream::SegmentIndexRef& index,
                                                        std::string_view rendition, hls::Position position,
                                                        base::Instant deadline) {
    Name name{.stream = id, .rendition = std::string(rendition), .epoch = index->epoch, .position = position};
    if (const auto known = objects_.find(name); known != objects_.end()) {
        if (known->second->grow(index)) return known->second->join(deadline);
        objects_.erase(known);
    }
    auto object = std::make_shared<Object>(name);
    if (!object->grow(index) || (position.part && object->sent.empty())) return nullptr;
    auto body = object->join(deadline);
    objects_.emplace(std::move(name), object);
    asio::co_spawn(shard.context(), feed(shard, std::move(object)), asio::detached);
    return body;
}

asio::awaitable<void> GrowingObjects::feed(net::Shard& shard, ObjectRef object) {
    while (object->is_wanted()) {
        const std::size_t before = object->sent.size();
        if (!object->grow(registry_.segments(object->name.stream))) break;
        const base::Instant now = base::read_clocks().instant;
        auto stream = registry_.find(object->name.stream);
        if (stream == nullptr || now >= object->deadline) {
            object->give_up();
            break;
        }
        co_await waiters_.wait(shard, std::move(stream), object->want(),
                               std::min(now + longest_wait, object->deadline));
        if (object->sent.size() != before || base::read_clocks().instant - now >= short_wait) continue;
        asio::steady_timer timer(shard.context(), short_wait);
        co_await timer.async_wait(asio::use_awaitable);
    }
    const auto known = objects_.find(object->name);
    if (known != objects_.end() && known->second == object) objects_.erase(known);
}

}  // namespace weir::endpoint
