// The framed messages between the server and a worker, over one reliable byte stream in each direction; an edge follows its
// origin in the same frames. Each frame is a length, a type and a body; integers are big-endian. The first message in each
// direction is `Hello`: another version is refused in words, nothing is guessed. Sans-IO. The layout is in docs/relay.md.
#pragma once

#include "base/bytes.hpp"
#include "base/journal.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace weir::format::relay {

inline constexpr std::uint16_t version = 1;

/// Rendition numbers: the source is 0, the rungs of `Setup` count from 1 in its order.
using Rendition = std::uint8_t;
inline constexpr Rendition source = 0;

struct Hello {
    std::uint16_t version = relay::version;
    std::string program;  ///< "weir 0.1.0", for people
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
};

/// Server to worker, once, after Hello: what to make.
struct Setup {
    std::vector<RungSetup> rungs;
    media::Ticks keyframe;     ///< the longest that an encoder goes without a keyframe of its own
    bool low_latency = false;  ///< no look-ahead, no B-frames
    std::uint64_t memory = 0;  ///< bytes that the worker may use; it ends itself beyond
    std::uint32_t cores = 0;   ///< processors it may count on; 0: all
};

/// The tracks in force for the packets of a rendition that follow.
struct Tracks {
    Rendition rendition = source;
    media::TrackSetRef tracks;
};

struct Media {
    Rendition rendition = source;
    media::Packet packet;
};

/// Server to worker: stop or resume a rung (overload). A resumed rung begins at the next segment boundary.
struct SwitchRung {
    Rendition rendition = 1;
    bool on = true;
};

/// Server to worker: encode everything that you have, and say `Drained`. The next Media starts anew.
struct Drain {};
/// Worker to server: everything before the Drain has come out.
struct Drained {};

/// Worker to server, about once a second and after each change: how it goes. Also its sign of life.
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
};
struct Report {
    std::uint64_t frames = 0;  ///< decoded
    std::uint64_t decode_errors = 0;
    std::uint64_t dropped = 0;  ///< before the split, by overload
    std::uint32_t lag =
        0;  ///< milliseconds: age of the oldest source packet of which nothing has come out, beyond the encoders' own delay
    std::uint64_t memory = 0;        ///< bytes resident
    std::uint64_t alive_frames = 0;  ///< FFmpeg objects alive
    std::uint64_t alive_packets = 0;
    std::uint64_t alive_contexts = 0;
    std::vector<RungReport> rungs;  ///< in the order of Setup
};

/// Worker to server: for the journal.
struct Remark {
    base::LogLevel level = base::LogLevel::info;
    std::string text;
};

using Message = std::variant<Hello, Setup, Tracks, Media, SwitchRung, Drain, Drained, Report, Remark>;

struct Limits {
    base::ByteCount frame{32U << 20};
    std::uint32_t text = 4096;
    std::uint32_t rungs = 16;
    std::uint32_t tracks = 16;

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("frame", self.frame,
              Limit{.what = "bytes of one message",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
        visit("text", self.text,
              Limit{.what = "bytes of one text in a message",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
        visit("rungs", self.rungs,
              Limit{.what = "rungs of one worker",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
        visit("tracks", self.tracks,
              Limit{.what = "tracks of one rendition",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
    }
};

/// Bytes in, messages out. Payloads are slices of a slab of their own. After an error nothing follows.
class Reader {
  public:
    explicit Reader(Limits limits = {}) : limits_(limits) {}
    void receive(base::ByteView bytes);
    [[nodiscard]] base::Result<std::optional<Message>> next();

  private:
    Limits limits_;
    std::vector<std::uint8_t> pending_;
    std::size_t used_ = 0;
};

/// The message as bytes end to end; a payload is shared, not copied.
[[nodiscard]] std::vector<base::Bytes> write(const Message& message);

}  // namespace weir::format::relay
