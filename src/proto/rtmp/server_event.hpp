// What an RTMP connection tells its driver, in order; `Closed` is always the last.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/stream_id.hpp"
#include "media/track.hpp"

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
    std::string client;  ///< what it says it is (flashVer): printable ASCII, at most 64 characters
};

struct PublishRequested {
    std::unique_ptr<const PublishRequest> request;
};
/// The body of an FLV audio or video tag.
struct Media {
    media::Kind kind = media::Kind::video;
    std::uint32_t timestamp = 0;  ///< milliseconds, wrapping at 2^32
    base::Bytes body;
};
/// The body of an FLV script tag: the AMF0 string "onMetaData" and its value. Only ever data.
struct Metadata {
    std::uint32_t timestamp = 0;
    base::Bytes body;
};
/// The publisher has said goodbye. It may publish again on the same connection.
struct Unpublished {};
/// Nothing follows. `text` is for the log; the peer was told the same where it could be told anything.
struct Closed {
    base::ErrorKind kind = base::ErrorKind::closed;
    std::string text;
};
using Event = std::variant<PublishRequested, Media, Metadata, Unpublished, Closed>;

/// The code that a refused publisher sees.
enum class Refusal : std::uint8_t {
    bad_name,  ///< NetStream.Publish.BadName: the name is no name, or is taken
    denied,    ///< NetStream.Publish.Denied: not allowed to publish
    failed,    ///< NetStream.Failed: the server has no room, or is going away
};

}  // namespace weir::proto::rtmp
