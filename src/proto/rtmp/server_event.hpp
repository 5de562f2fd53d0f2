// What an RTMP connection tells its driver, in order; `Closed` is always the last.
#pragma once

#include "base/result.hpp"
#include "base/stream_id.hpp"
#include "proto/rtmp/media_event.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace weir::proto::rtmp {

/// Who wants to publish what.
struct PublishRequest {
    base::StreamId stream;
    std::string
        token;  ///< of `?token=` in the stream key, the app or the address, percent-decoded; empty when there is none
    std::string client;      ///< what it says it is (flashVer): printable ASCII, at most 64 characters
    bool is_backup = false;  ///< `?backup=1`
};

struct PublishRequested {
    std::unique_ptr<const PublishRequest> request;
};
/// Who wants to play what.
struct PlayRequest {
    base::StreamId stream;
    std::string rung;    ///< empty: the source
    std::string client;  ///< as of a publisher
};
struct PlayRequested {
    std::unique_ptr<const PlayRequest> request;
};
/// The player wants nothing meanwhile, or goes on.
struct Paused {
    bool is_paused = false;
};
/// The publisher has said goodbye. It may publish or play on the same connection.
struct Unpublished {};
/// Nothing follows. `text` is for the log; the peer was told the same where it could be told anything.
struct Closed {
    base::ErrorKind kind = base::ErrorKind::closed;
    std::string text;
};
using Event = std::variant<PublishRequested, PlayRequested, Media, Metadata, Unpublished, Paused, Closed>;

/// The code that who is refused sees: a publisher, a player.
enum class Refusal : std::uint8_t {
    bad_name,  ///< NetStream.Publish.BadName, NetStream.Play.StreamNotFound: no name, taken, or not live
    denied,    ///< NetStream.Publish.Denied, NetStream.Play.Failed: not allowed to
    failed,  ///< NetStream.Failed, NetStream.Play.Failed: the server has no room, nothing that RTMP carries, or is going away
};

}  // namespace weir::proto::rtmp
