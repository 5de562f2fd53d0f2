// What a shard knows of each connection that talks HTTP, whatever its version: where it stands among those that may have to make room,
// and how to end it. Lives on its shard.
#pragma once

#include "net/http_shard.hpp"

#include <memory>

namespace weir::net {

class HttpSession {
  public:
    virtual ~HttpSession();
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;

    /// Its place is needed: it ends soon, and no longer counts from now on.
    void evict(HttpFault fault);
    /// It ends soon, for this reason.
    virtual void expire(HttpFault fault) = 0;
    /// The server ends, and so does this connection, without another word.
    virtual void abandon() = 0;
    virtual void check_deadline(base::Instant now) = 0;

  protected:
    explicit HttpSession(std::shared_ptr<HttpShard> shard);

    void queue_up(HttpShard::Queue& queue);
    /// What a client is sent stays in memory, whatever leaves its window meanwhile.
    [[nodiscard]] bool is_memory_full() const noexcept;
    [[nodiscard]] const std::shared_ptr<HttpShard>& shard() const noexcept { return shard_; }
    [[nodiscard]] HttpService& service() const noexcept { return *shard_->service; }

  private:
    std::shared_ptr<HttpShard> shard_;
    HttpShard::Queue* queue_;  ///< where this connection stands
    HttpShard::Queue::iterator place_;
};

}  // namespace weir::net
