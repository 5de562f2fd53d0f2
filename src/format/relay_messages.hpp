// What the server and a worker say to each other. Each struct lists its members once, in the order of the wire: reader, writer
// and docs/relay.md follow that list. A change of a list is a new `version`.
#pragma once

#include "base/journal.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace weir::format::relay {

inline constexpr std::uint16_t version = 3;

/// Rendition numbers: the source is 0, the rungs of `Setup` count from 1 in its order.
using Rendition = std::uint8_t;
inline constexpr Rendition source = 0;

struct Hello {
    std::uint16_t version = relay::version;
    std::string program;  ///< "weir 0.1.0", for people

    void fields(this auto& self, auto&& visit) {
        visit("version", self.version);
        visit("program", self.program);
    }
};

/// One rung to make.
struct RungSetup {
    std::string name;
    media::Kind kind = media::Kind::video;
    std::string codec;        ///< of `media::codecs()`: "h264"; "aac" for sound
    std::uint32_t width = 0;  ///< even
    std::uint32_t height = 0;
    std::uint64_t bitrate = 0;          ///< bits a second, on average
    std::uint64_t maximum_bitrate = 0;  ///< 0: what the encoder makes of `bitrate`
    std::string preset;
    std::string profile;
    double frame_rate = 0;  ///< at most; 0: as the source
    std::uint32_t crf = 0;  ///< 0: off
    std::string device;     ///< "auto", "cpu", ...

    void fields(this auto& self, auto&& visit) {
        visit("name", self.name);
        visit("kind", self.kind);
        visit("codec", self.codec);
        visit("width", self.width);
        visit("height", self.height);
        visit("bitrate", self.bitrate);
        visit("maximum_bitrate", self.maximum_bitrate);
        visit("preset", self.preset);
        visit("profile", self.profile);
        visit("frame_rate", self.frame_rate);
        visit("crf", self.crf);
        visit("device", self.device);
    }
};

/// Server to worker, once, after Hello: what to make.
struct Setup {
    std::vector<RungSetup> rungs;
    media::Ticks keyframe;     ///< the longest that an encoder goes without a keyframe of its own
    bool low_latency = false;  ///< no look-ahead, no B-frames
    std::uint64_t memory = 0;  ///< bytes that the worker may use; it ends itself beyond
    std::uint32_t cores = 0;   ///< processors it may count on; 0: all
    /// Frames presented before this are decoded and not encoded: what a worker begins with in the middle of a stream is there
    /// for the frames that follow.
    media::Ticks encode_from{INT64_MIN};
    bool live = true;  ///< frames that come too late are dropped; a file's wait instead

    void fields(this auto& self, auto&& visit) {
        visit("rungs", self.rungs);
        visit("keyframe", self.keyframe);
        visit("low_latency", self.low_latency);
        visit("memory", self.memory);
        visit("cores", self.cores);
        visit("encode_from", self.encode_from);
        visit("live", self.live);
    }
};

/// The tracks in force for the packets of a rendition that follow. Never null.
struct Tracks {
    Rendition rendition = source;
    media::TrackSetRef tracks;

    void fields(this auto& self, auto&& visit) {
        visit("rendition", self.rendition);
        visit("tracks", self.tracks);
    }
};

struct Media {
    Rendition rendition = source;
    media::Packet packet;

    void fields(this auto& self, auto&& visit) {
        visit("rendition", self.rendition);
        visit("packet", self.packet);
    }
};

/// Server to worker: stop or resume a rung (overload). A resumed rung begins at the next segment boundary.
struct SwitchRung {
    Rendition rendition = 1;
    bool on = true;

    void fields(this auto& self, auto&& visit) {
        visit("rendition", self.rendition);
        visit("on", self.on);
    }
};

/// Server to worker: encode everything that you have, and say `Drained`. The next Media starts anew.
struct Drain {
    void fields(this auto&, auto&&) {}
};
/// Worker to server: everything before the Drain has come out.
struct Drained {
    void fields(this auto&, auto&&) {}
};

/// How one rung goes.
struct RungReport {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    std::uint64_t dropped = 0;  ///< by overload
    std::uint32_t p50 = 0;      ///< microseconds to encode one frame, over the last seconds
    std::uint32_t p95 = 0;
    std::uint32_t p99 = 0;
    std::uint32_t queue_depth = 0;  ///< frames that wait
    std::uint32_t queue_limit = 0;
    std::uint32_t speed = 0;  ///< 1/1000: what it could encode by what it has to
    bool on = true;

    void fields(this auto& self, auto&& visit) {
        visit("frames", self.frames);
        visit("bytes", self.bytes);
        visit("dropped", self.dropped);
        visit("p50", self.p50);
        visit("p95", self.p95);
        visit("p99", self.p99);
        visit("queue_depth", self.queue_depth);
        visit("queue_limit", self.queue_limit);
        visit("speed", self.speed);
        visit("on", self.on);
    }
};

/// Worker to server, about once a second and after each change: how it goes. Also its sign of life.
struct Report {
    std::uint64_t frames = 0;  ///< decoded
    std::uint64_t decode_errors = 0;
    std::uint64_t dropped = 0;  ///< before the split, by overload
    /// Milliseconds: age of the oldest source packet of which nothing has come out, beyond the encoders' own delay.
    std::uint32_t lag = 0;
    std::uint64_t memory = 0;        ///< bytes resident
    std::uint64_t alive_frames = 0;  ///< FFmpeg objects alive
    std::uint64_t alive_packets = 0;
    std::uint64_t alive_contexts = 0;
    std::vector<RungReport> rungs;  ///< in the order of Setup

    void fields(this auto& self, auto&& visit) {
        visit("frames", self.frames);
        visit("decode_errors", self.decode_errors);
        visit("dropped", self.dropped);
        visit("lag", self.lag);
        visit("memory", self.memory);
        visit("alive_frames", self.alive_frames);
        visit("alive_packets", self.alive_packets);
        visit("alive_contexts", self.alive_contexts);
        visit("rungs", self.rungs);
    }
};

/// Worker to server: for the journal.
struct Remark {
    base::LogLevel level = base::LogLevel::info;
    std::string text;

    void fields(this auto& self, auto&& visit) {
        visit("level", self.level);
        visit("text", self.text);
    }
};

/// Server to worker: a picture of now, of the next one that is decoded.
struct WantStill {
    std::uint32_t width = 0;  ///< at most; the height follows

    void fields(this auto& self, auto&& visit) { visit("width", self.width); }
};
/// Worker to server: the picture that was asked for.
struct Still {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    base::Bytes jpeg;  ///< empty: none could be made

    void fields(this auto& self, auto&& visit) {
        visit("width", self.width);
        visit("height", self.height);
        visit("jpeg", self.jpeg);
    }
};

/// Server to worker, once, after Hello and in place of Setup: what to read, and what may be reached for that.
struct Fetch {
    std::string url;                    ///< as it is configured; empty: `files`
    std::vector<std::string> files;     ///< to read one after the other, again and again: names below `folder`
    std::string folder;                 ///< what files there are; empty: none
    std::vector<std::string> networks;  ///< that may be connected to besides public addresses: "10.0.0.0/8"
    media::Ticks connect;               ///< how long until the first media
    media::Ticks silence;               ///< how long nothing may come afterwards
    std::uint64_t memory = 0;           ///< bytes that the worker may use; it ends itself beyond

    void fields(this auto& self, auto&& visit) {
        visit("url", self.url);
        visit("files", self.files);
        visit("folder", self.folder);
        visit("networks", self.networks);
        visit("connect", self.connect);
        visit("silence", self.silence);
        visit("memory", self.memory);
    }
};
/// Worker to server: the source answers. Its Tracks and Media follow, with the source's own times.
struct Connected {
    std::string protocol;  ///< "hls"
    std::string peer;      ///< "192.0.2.7:443"; of a file its name
    std::string client;    ///< what it says it is

    void fields(this auto& self, auto&& visit) {
        visit("protocol", self.protocol);
        visit("peer", self.peer);
        visit("client", self.client);
    }
};
/// Worker to server, last: nothing follows, and why.
struct Over {
    base::ErrorKind kind = base::ErrorKind::closed;
    std::string text;

    void fields(this auto& self, auto&& visit) {
        visit("kind", self.kind);
        visit("text", self.text);
    }
};

/// In the order of their types on the wire, which count from 1.
using Message = std::variant<Hello, Setup, Tracks, Media, SwitchRung, Drain, Drained, Report, Remark, WantStill, Still,
                             Fetch, Connected, Over>;

}  // namespace weir::format::relay
