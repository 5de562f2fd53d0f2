#include "stream/publication.hpp"

namespace weir::stream {

void Publication::open(Registry& registry, const base::StreamId& id, const Stream::Settings& settings,
                       PublisherInfo info, base::Executor& session, base::Now now, Answer answer, Evicted evicted) {
    auto stream = registry.open(id, settings, session, now);
    if (!stream) {
        answer(std::unexpected(stream.error()));
        return;
    }
    (*stream)->shard().dispatch([&registry, &session, now, of = std::move(*stream), info = std::move(info),
                                 answer = std::move(answer), evicted = std::move(evicted)]() mutable {
        auto evict = [&session, evicted = std::move(evicted)](std::string_view reason) {
            session.dispatch([evicted, reason = std::string(reason)] { evicted(reason); });
        };
        const auto admitted = of->publish(std::move(info), std::move(evict), now);
        if (admitted) registry.refresh(of, now);
        session.dispatch([&registry, of = std::move(of), admitted, answer = std::move(answer)]() mutable {
            if (!admitted) answer(std::unexpected(admitted.error()));
            else answer(std::unique_ptr<Publication>(new Publication(registry, std::move(of), *admitted)));
        });
    });
}

Publication::~Publication() { leave("the connection was lost", last_); }

void Publication::push(std::vector<Item> items, const TimestampFaults& faults, base::Now now) {
    last_ = now;
    if (stream_->shard().is_current()) {
        stream_->push(id_, std::move(items), faults, now);
        return;
    }
    stream_->shard().post([of = stream_, id = id_, items = std::move(items), faults, now]() mutable {
        of->push(id, std::move(items), faults, now);
    });
}

void Publication::leave(std::string_view reason, base::Now now) {
    if (stream_ == nullptr) return;
    base::Executor& shard = stream_->shard();
    shard.dispatch([&registry = registry_, of = std::move(stream_), id = id_, reason = std::string(reason), now] {
        of->leave(id, reason, now);
        registry.refresh(of, now);
    });
}

void Publication::fail(const base::Error& error, base::Now now) {
    if (stream_ == nullptr) return;
    base::Executor& shard = stream_->shard();
    shard.dispatch([&registry = registry_, of = std::move(stream_), id = id_, error, now] {
        of->fault(id, error, now);
        registry.refresh(of, now);
    });
}

}  // namespace weir::stream
