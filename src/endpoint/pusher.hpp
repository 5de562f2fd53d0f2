// Restreaming, one attempt of it: sends one rendition of a stream to one address of another server, from connecting until either is
// over. When it is tried again, and what is remembered of a target, is not its business (endpoint/pushes). A protocol brings a
// factory; the table of schemes is in app/. A pusher takes media as a viewer does, so that a slow target costs what a slow viewer
// costs, and nobody waits for it. Lives on its shard, which is not always the stream's.
#pragma once

#include "base/clock.hpp"
#include "base/journal.hpp"
#include "base/result.hpp"
#include "net/shards.hpp"
#include "stream/push_plan.hpp"
#include "stream/stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace weir::endpoint {

/// What is sent where.
struct PushOrder {
    std::string url;  ///< passed the `check` of its scheme. May hold a key: neither log nor answer has it whole
    std::shared_ptr<stream::Stream> stream;
    std::string rung;             ///< "source", or that of a rung. It could be played when the order was given
    media::TrackSetRef tracks{};  ///< of the rendition, as far as they are known: for who announces them beforehand
    base::Log log{};              ///< bound to the stream and to the push
};

using stream::PushEnd;

/// Told on the pusher's shard. Either function may be called from within `start` and `tick`, neither once the pusher is destroyed.
struct PushEvents {
    /// The target takes the stream: media goes out from here on. At most once.
    std::function<void()> running;
    /// It is over; once, and last. `reason` is for people, and may quote the target. The pusher may be destroyed from within.
    std::function<void(PushEnd end, const std::string& reason)> over;
};

/// What is known of the way to the target. Zero where the protocol does not say.
struct PushStats {
    std::uint64_t bytes = 0;  ///< sent
    std::uint64_t retransmitted = 0;
    base::Duration round_trip{};

    void fields(this auto& self, auto&& visit) {
        visit("bytes", self.bytes);
        visit("retransmitted", self.retransmitted);
    }
};

class Pusher {
  public:
    /// Ends the connection, if there is one: without waiting, and as politely as that allows.
    virtual ~Pusher() = default;
    /// Begins to connect. Once.
    virtual void start(base::Now now) = 0;
    /// Deadlines. About ten times a second.
    virtual void tick(base::Now now) = 0;
    [[nodiscard]] virtual PushStats stats() const = 0;
};

/// One row of the table of schemes.
struct PushScheme {
    std::string_view scheme;  ///< "rtmp", without "://"
    /// Whether the address is one of this scheme; the error's text says what is wrong with it, in words.
    base::Result<void> (*check)(std::string_view url);
    std::function<std::unique_ptr<Pusher>(PushOrder order, net::Shard& shard, PushEvents events)> create;
};

/// The row of the table that `url` belongs to; null where there is none.
[[nodiscard]] inline const PushScheme* find_scheme(std::span<const PushScheme> table, std::string_view url) {
    const std::string_view scheme = url.substr(0, url.find("://"));
    for (const PushScheme& row : table)
        if (url.size() > scheme.size() && row.scheme == scheme) return &row;
    return nullptr;
}

}  // namespace weir::endpoint
