// A publisher's hold on its stream, whichever shards the two live on. Every protocol's endpoint publishes through this: it asks for
// the name, pushes media, and lets go; what crosses from the session's shard to the stream's is posted in order. Lives on
// the session's shard; dropping it is a lost publisher.
#pragma once

#include "stream/registry.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::stream {

class Publication {
  public:
    /// Called once on the session's shard, with the publication or the reason for having none.
    using Answer = std::function<void(base::Result<std::unique_ptr<Publication>>)>;
    /// Called at most once on the session's shard: another publisher, an operator or the stream's `timeout` ended it.
    using Evicted = std::function<void(const std::string& reason)>;

    /// Asks for the stream `id`, which is made on the session's shard when there is none. `registry` and `session` outlive
    /// everything posted here.
    static void open(Registry& registry, const base::StreamId& id, const Stream::Settings& settings, PublisherInfo info,
                     base::Executor& session, base::Now now, Answer answer, Evicted evicted);
    ~Publication();
    Publication(const Publication&) = delete;
    Publication& operator=(const Publication&) = delete;

    /// An empty list says that the publisher is alive.
    void push(std::vector<Item> items, const TimestampFaults& faults, base::Now now);
    /// Somebody follows the stream as it comes: nothing should wait on its way in.
    [[nodiscard]] bool is_followed() const noexcept { return stream_->is_followed(); }
    /// For some time nobody has had anything of it.
    [[nodiscard]] bool is_unwatched() const noexcept { return stream_->is_unwatched(); }
    /// The publisher said goodbye, or is gone; the hold begins. Nothing may be pushed afterwards.
    void leave(std::string_view reason, base::Now now);
    /// The media broke; viewers wait as after `leave`.
    void fail(const base::Error& error, base::Now now);

  private:
    Publication(Registry& registry, std::shared_ptr<Stream> stream, PublicationId id)
        : registry_(registry), stream_(std::move(stream)), id_(id) {}

    Registry& registry_;
    std::shared_ptr<Stream> stream_;  ///< null once it has left
    PublicationId id_;
    base::Now last_{};
};

}  // namespace weir::stream
