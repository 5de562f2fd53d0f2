// What fetches one address once: a client of RTMP, RTSP or SRT, or a worker that reads what FFmpeg can. It connects, tells its sink what
// comes, and says how it ended; when to try again, where, and for whom is decided by whoever made it (endpoint/pull). Everything is
// called, and answers, on one shard. The table of schemes is in app/.
#pragma once

#include "base/address_policy.hpp"
#include "base/clock.hpp"
#include "base/journal.hpp"
#include "base/result.hpp"
#include "media/track.hpp"
#include "net/shards.hpp"
#include "stream/intake.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace weir::endpoint {

/// How a fetch ended. `closed`: the source said goodbye, or a file is at its end; whether that is good news the owner knows.
struct PullEnd {
    base::ErrorKind kind = base::ErrorKind::closed;
    std::string
        text;  ///< for people; what the other side said, where it said something. Never the address: it may hold a password
};

/// Who the other side is, once it has agreed to send.
struct PullPeer {
    std::string protocol;  ///< "rtsp", "srt", "hls": as in the API's `publisher`
    std::string peer;      ///< "192.0.2.7:8554"; of a file its name
    std::string client;    ///< what it says it is: attacker's text; may be empty
};

/// Hears what a puller fetches. None of these may destroy the puller; who wants that, does it in a task of its own.
class PullSink {
  public:
    virtual ~PullSink() = default;
    /// Once, before everything else but `over`.
    virtual void connected(PullPeer peer) = 0;
    /// A new track, or new parameters of a known one (`Track::id`). Before the samples that need it.
    virtual void track(media::Track track, stream::WireClock clock) = 0;
    virtual void sample(stream::Sample sample) = 0;
    /// Something was unusable, and is left out. A string literal: it is added up.
    virtual void trouble(std::string_view text) = 0;
    /// After each read, when all of it was told: what came is handed on. How long nothing should be read; zero: go on.
    [[nodiscard]] virtual base::Duration read_done() = 0;
    /// Last, and once, unless the puller is destroyed before. Not from within the factory.
    virtual void over(PullEnd end) = 0;
};

/// What to fetch, and how.
struct PullRequest {
    std::string url;  ///< whole; may hold a user and a password, and is never told to the journal
    base::Log log;    ///< bound to the stream
    /// How long connecting may take, from the name to the first media; then `over` with `timed_out`.
    base::Duration connect = std::chrono::seconds(10);
    /// How long a source that has sent may send nothing; then the same.
    base::Duration silence = std::chrono::seconds(10);
    /// Asked about each address before it is connected to, and already with the address that `url` itself is.
    base::AddressPolicy addresses;
    std::uint64_t seed = 0;  ///< of what a handshake wants at random
};

/// Fetches until its end, or until it is destroyed: then at once, and the sink hears no more.
class Puller {
  public:
    virtual ~Puller() = default;
};

/// Begins to fetch. `sink` outlives the puller, as `shard` does. A failure is `over`, also that of an address that cannot be read.
using PullerFactory = std::function<std::unique_ptr<Puller>(PullRequest request, PullSink& sink, net::Shard& shard)>;

/// A row of the table: "rtsp", and what fetches it.
struct PullerScheme {
    std::string_view scheme;
    PullerFactory create;
};

}  // namespace weir::endpoint
