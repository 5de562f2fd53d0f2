// Sends one log to every viewer of it on one shard. A viewer is a socket and an offset: at each batch every ready socket gets one
// gathered write of everything between its offset and the end; a socket that is not ready is left alone until it is. A viewer that falls
// behind what the log retains jumps to the newest join point; the rest of the message it is in is copied, so that it holds no slab.
// It never makes the writer wait and never makes the log longer; while memory is full it is closed instead. Over TLS what goes out is
// encrypted right before, one record at a time. A viewer with an inbox is heard, a few KiB at a time, and answered between two messages.
// Lives on its shard.
#pragma once

#include "base/bytes.hpp"
#include "base/memory.hpp"
#include "net/http_place.hpp"
#include "net/log_tail.hpp"
#include "net/sender.hpp"
#include "net/tls_link.hpp"
#include "net/viewer_inbox.hpp"
#include "stream/wire_log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace weir::net {

/// What a broadcaster has done. Read on its shard.
struct BroadcastCounts {
    std::uint64_t bytes = 0;
    std::uint64_t sends = 0;
    std::uint64_t jumps = 0;  ///< viewers that skipped to the newest join point
    std::uint64_t closed_slow =
        0;  ///< viewers that took nothing between two jumps, left too much unread, or fell behind when memory was full
};

class Broadcaster {
  public:
    /// Told after a batch or a wake-up changed something: how many viewers left, what was sent.
    struct Observer {
        std::function<void(std::uint32_t count)> left;
        std::function<void(std::uint64_t bytes, std::uint64_t jumps)> sent;
        std::function<void(base::Duration since_asked)> first_frame;  ///< a viewer has its first media
    };

    /// `memory` outlives it; without one there is always room.
    Broadcaster(boost::asio::io_context& context, Sender& sender, Observer observer,
                const base::MemoryLimit* memory = nullptr);
    ~Broadcaster();
    Broadcaster(const Broadcaster&) = delete;
    Broadcaster& operator=(const Broadcaster&) = delete;

    /// Takes over a connection. `head` (the HTTP response head) goes out at once, then the newest join point's
    /// greeting and everything since; without a join point yet the viewer waits for one.
    /// `asked` is when the viewer asked. `place` is kept as long as the socket.
    void add(Conduit conduit, base::Bytes head, base::Instant asked, HttpPlace place = {},
             std::unique_ptr<ViewerInbox> inbox = {});
    /// The next batch of the log, in order. After the last one viewers have `patience` to take what is left, or
    /// none while memory is short.
    void receive(const stream::LogBatch& batch);
    /// Closes every viewer.
    void close_all();
    /// Closes one; false where it is not here.
    bool close_viewer(std::uint64_t number);
    /// Calls `visit(number, socket)` for every viewer.
    void each_viewer(auto&& visit) const {
        for (const Viewer& viewer : viewers_)
            if (viewer.socket >= 0) visit(viewer.number, viewer.socket);
    }

    [[nodiscard]] std::size_t viewers() const noexcept { return count_; }
    [[nodiscard]] const BroadcastCounts& counts() const noexcept { return counts_; }

    static constexpr base::Duration patience = std::chrono::seconds(15);

  private:
    static constexpr std::uint64_t nowhere = UINT64_MAX;  ///< the offset of a viewer that waits for a join point

    struct Viewer {
        int socket = -1;       ///< -1: a free slot
        bool blocked = false;  ///< waits until its socket is ready
        bool watched = false;  ///< known to `readiness_`
        bool greeted = false;  ///< has had a greeting; from now on it resumes
        bool jumped = false;   ///< has taken nothing since its last jump
        bool paused = false;   ///< wants nothing from the log
        bool leaving = false;  ///< has had its last words, or they are in `first`; what it still says is dropped
        std::uint64_t offset = nowhere;
        std::uint64_t number = 0;  ///< of those of the process
        base::Instant asked{};     ///< zero once it has had its first media
        base::Bytes first;         ///< goes out before the bytes at `offset`
        std::size_t resume = 0;    ///< the last bytes of `first`: what belongs to the join point at `offset`
        HttpPlace place{};
        std::unique_ptr<ViewerInbox> inbox;
        std::size_t unread = 0;  ///< bytes of words since `first` was empty
        std::unique_ptr<TlsLink> tls{};

        [[nodiscard]] bool has_kept() const noexcept { return tls != nullptr && !tls->kept().empty(); }
    };
    struct Planned {
        std::uint32_t slot;
        std::uint32_t first_run;  ///< index into `gathered_`
        std::uint32_t run_count;
        std::size_t size;  ///< bytes in all
    };

    void catch_up(Viewer& viewer, std::uint64_t begin);
    void join(Viewer& viewer, const stream::LogMark& mark);

    void hear(std::uint32_t slot);
    void obey(std::uint32_t slot, ViewerInbox::Wish wish);
    [[nodiscard]] bool tell(Viewer& viewer, base::ByteView words);
    [[nodiscard]] bool leave_log(Viewer& viewer);
    void part_with(std::uint32_t slot);

    void flush();
    void plan(std::uint32_t slot);
    void send_planned();
    void settle(const Planned& planned, const SendRequest& request);
    [[nodiscard]] Planned gather(std::uint32_t slot);
    void block(std::uint32_t slot);
    void watch(std::uint32_t slot);
    void close(std::uint32_t slot);
    void report();

    void say_farewell();
    [[nodiscard]] bool is_memory_full() const noexcept { return memory_ != nullptr && memory_->is_full(); }
    void wait_for_readiness();
    void take_ready();
    void take_ready(std::uint32_t slot, std::uint32_t events);

    Sender& sender_;
    Observer observer_;
    const base::MemoryLimit* memory_;
    boost::asio::posix::stream_descriptor readiness_;  ///< an epoll of the blocked sockets
    boost::asio::steady_timer farewell_;               ///< runs from the end of the log on
    base::Instant ended_at_{};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

    std::vector<Viewer> viewers_;
    std::vector<std::uint32_t> free_;
    std::size_t count_ = 0;

    LogTail log_;
    bool ended_ = false;

    // Scratch of one flush: whom to send what, its gathered runs (many viewers share one range), and the requests made of them.
    std::vector<Planned> planned_;
    std::vector<Planned> sending_;
    std::vector<iovec> gathered_;
    std::vector<SendRequest> requests_;
    std::uint64_t shared_offset_ = nowhere;  ///< where the range that was gathered last starts
    Planned shared_{};

    static constexpr std::size_t heard_at_once = 4096;
    Scratch heard_{heard_at_once};  ///< of what a viewer says, while it is heard

    BroadcastCounts counts_;
    std::uint64_t reported_bytes_ = 0;
    std::uint64_t reported_jumps_ = 0;
    std::uint32_t left_ = 0;
};

}  // namespace weir::net
