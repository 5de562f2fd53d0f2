// The broadcasters of one shard, by stream, rung and format. The first viewer of a log on this shard subscribes to it, the last one to
// leave lets it go. Lives on its shard; the streams it follows may live on any.
#pragma once

#include "net/broadcaster.hpp"
#include "net/sender.hpp"
#include "net/shards.hpp"
#include "stream/sessions.hpp"
#include "stream/stream.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace weir::net {

class BroadcastHub final : public stream::SessionSource {
  public:
    /// `memory` outlives it.
    BroadcastHub(Shard& shard, IoKind io, const base::MemoryLimit& memory)
        : shard_(shard), memory_(memory), sender_(create_sender(io)) {}
    ~BroadcastHub() override;
    BroadcastHub(const BroadcastHub&) = delete;
    BroadcastHub& operator=(const BroadcastHub&) = delete;

    /// Hands over a connection: the hub closes it. `viewers` is the stream's counter for this protocol; the
    /// viewer is in it from here on until it leaves. On the hub's shard.
    void add(std::shared_ptr<stream::Stream> stream, std::string_view rung, const stream::WireFormat& format,
             stream::ViewerCount& viewers, Conduit conduit, HttpPlace place, base::Bytes head, base::Instant asked,
             std::unique_ptr<ViewerInbox> inbox = {});

    void list_sessions(std::vector<stream::SessionInfo>& into) const override;
    bool end_session(std::string_view id) override;

    [[nodiscard]] std::string_view io() const noexcept { return sender_->name(); }

  private:
    struct Feed;
    using Key = std::tuple<const stream::Stream*, std::string, const stream::WireFormat*>;

    std::shared_ptr<Feed> open(const Key& key, std::shared_ptr<stream::Stream> stream, stream::ViewerCount& viewers);
    void drop(const Key& key);

    Shard& shard_;
    const base::MemoryLimit& memory_;
    std::unique_ptr<Sender> sender_;
    std::map<Key, std::shared_ptr<Feed>> feeds_;
};

}  // namespace weir::net
