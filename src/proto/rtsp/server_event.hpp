// What an RTSP connection tells its driver, in order; `Closed` is always the last.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/stream_id.hpp"
#include "proto/rtsp/authentication.hpp"
#include "proto/rtsp/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace weir::proto::rtsp {

/// Who wants what, and how it says who it is.
struct Visitor {
    base::StreamId stream;
    std::string token;  ///< of `?token=`, percent-decoded; empty when there is none
    std::optional<Credentials> credentials;
    std::string client;  ///< what it says it is (User-Agent): printable ASCII, at most 64 characters
};

/// ANNOUNCE. Asks whether this may be published at all; nothing is taken yet.
struct PublishRequest {
    Visitor visitor;
    std::string description;  ///< SDP, as it came
    bool is_backup = false;   ///< `?backup=1`
};
struct PublishRequested {
    std::unique_ptr<const PublishRequest> request;
};

/// DESCRIBE, or a SETUP without one.
struct PlayRequest {
    Visitor visitor;
    std::string rung;  ///< empty: the source
};
struct PlayRequested {
    std::unique_ptr<const PlayRequest> request;
};

/// SETUP of a track over UDP: a pair of ports is asked for.
struct DatagramsRequested {
    std::size_t track = 0;
    Pair client_ports;
};

/// RECORD or the first PLAY: the tracks that are set up begin.
struct StartRequested {};

/// A player wants nothing meanwhile, or goes on.
struct Paused {
    bool is_paused = false;
};

/// A packet that came interleaved.
struct Media {
    std::size_t track = 0;
    bool is_control = false;  ///< RTCP
    base::Bytes packet;
};

/// Nothing follows. `text` is for the log; the peer was told the same where it could be told anything.
struct Closed {
    base::ErrorKind kind = base::ErrorKind::closed;
    std::string text;
};

using Event = std::variant<PublishRequested, PlayRequested, DatagramsRequested, StartRequested, Paused, Media, Closed>;

/// How a request is refused; the words say why.
enum class Refusal : std::uint8_t {
    malformed,    ///< 400
    denied,       ///< 403: not allowed to, or the name is taken
    not_found,    ///< 404
    unsupported,  ///< 415: nothing in the description can be served
    transport,    ///< 461: clients try another
    busy,         ///< 503: the server has no room, or is going away
};

/// A track that can be set up.
struct TrackOffer {
    std::string control;           ///< as in the description
    std::optional<Pair> channels;  ///< what it is interleaved on; none: as the client likes
};

/// A track as it was set up.
struct TrackSetup {
    std::size_t track = 0;
    Transport transport;
};

}  // namespace weir::proto::rtsp
