// What the configuration says about streams: the options of one, the rules that give options to many, and the ladders that
// they name.
#pragma once

#include "config/key.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::config {

using std::chrono::milliseconds;
using namespace std::chrono_literals;
using namespace base::literals;

/// What the contract has and this version does not do yet.
inline constexpr std::string_view unserved_codecs[] = {"hevc", "av1", "vp9"};
inline constexpr std::string_view unserved_transcode[] = {"on_demand"};

/// One rung of a ladder: what a rendition is encoded to. Zero and empty leave the choice to the encoder.
struct Rung {
    std::string name;
    std::uint32_t height = 0;
    base::BitRate bitrate{};
    base::BitRate maximum_bitrate{};
    RungCodec codec = RungCodec::h264;
    std::string preset = "veryfast";
    std::string profile{};
    double frame_rate = 0;
    std::uint32_t crf = 0;
    std::string device = "auto";

    void fields(this auto& self, auto&& visit) {
        constexpr auto streams = Change::new_streams;
        visit("name", self.name, Key{.help = "As in the address: `720p`.", .change = streams});
        visit("height", self.height, Key{.help = "In pixels; the width follows the source.", .change = streams},
              Range<std::uint32_t>{64, 8640});
        visit("bitrate", self.bitrate, Key{.help = "On average.", .change = streams},
              Range<base::BitRate>{10_kbps, 400_Mbps});
        visit("maximum_bitrate", self.maximum_bitrate,
              Key{.help = "At most; 0: what the encoder makes of `bitrate`.", .change = streams},
              Range<base::BitRate>{0_kbps, 800_Mbps});
        visit("codec", self.codec,
              Key{.help = "What it is encoded with.", .change = streams, .unserved = unserved_codecs});
        visit("preset", self.preset,
              Key{.help = "How hard the encoder tries: x264's `ultrafast` to `placebo`.", .change = streams});
        visit("profile", self.profile,
              Key{.help = "`baseline`, `main` or `high`; empty: the encoder's choice.", .change = streams});
        visit("frame_rate", self.frame_rate,
              Key{.help = "At most this many frames a second; 0: as the source.", .change = streams},
              Range<double>{0, 240});
        visit("crf", self.crf, Key{.help = "Constant quality in place of `bitrate`; 0: off.", .change = streams},
              Range<std::uint32_t>{0, 63});
        visit("device", self.device,
              Key{.help = "`auto`, `cpu`, `cuda:0`, `vaapi:/dev/dri/renderD128` or `qsv`.",
                  .change = streams,
                  .served = Served::no,
                  .also = "cpu"});
    }
    friend bool operator==(const Rung&, const Rung&) = default;
};

using Ladder = std::vector<Rung>;

/// What holds for one stream. `options_for` (config/streams.hpp) finds it.
struct StreamOptions {
    std::string ladder = "standard";
    Transcode transcode = Transcode::always;
    milliseconds segment = 6s;
    milliseconds part = 500ms;
    milliseconds keyframe = 2s;
    milliseconds window = 60s;
    milliseconds dvr = 0s;
    milliseconds hold = 15s;
    milliseconds timeout = 10s;
    Takeover takeover = Takeover::silent;
    bool paused = false;
    Latency latency = Latency::normal;
    std::string passphrase{};
    bool record = false;
    BackupSource backup;
    BackupMode backup_mode = BackupMode::hot;
    milliseconds backup_after = 1s;
    ReturnTime backup_return{5s};
    std::string slate;
    AddressList source;
    Pull pull = Pull::always;
    milliseconds pull_idle = 30s;

    void fields(this auto& self, auto&& visit) {
        constexpr auto streams = Change::new_streams;
        visit("ladder", self.ladder, Key{.help = "The ladder to encode to, by name; `none`: the source alone."});
        visit("transcode", self.transcode,
              Key{.help = "When the rungs are made: `always`, `on_demand` while somebody watches, or `never`.",
                  .unserved = unserved_transcode});
        visit("segment", self.segment,
              Key{.help = "The least length of a segment; it ends at the next keyframe.", .change = streams},
              Range<milliseconds>{1s, 30s});
        visit("part", self.part, Key{.help = "The length of an LL-HLS part.", .change = streams},
              Range<milliseconds>{100ms, 5s});
        visit("keyframe", self.keyframe,
              Key{.help = "The longest that an encoder goes without a keyframe.", .change = streams},
              Range<milliseconds>{250ms, 30s});
        visit("window", self.window, Key{.help = "How much of the stream its playlists list."},
              Range<milliseconds>{4s, 1h});
        visit("dvr", self.dvr,
              Key{.help = "How far back viewers may go; 0s: the window.", .change = streams, .served = Served::no},
              Range<milliseconds>{0s, 168h});
        visit("hold", self.hold,
              Key{.help = "How long viewers wait for a lost publisher to come back; with a `slate`, how long that is "
                          "shown."},
              Range<milliseconds>{0s, 720h});
        visit("timeout", self.timeout, Key{.help = "How long a publisher may say nothing."},
              Range<milliseconds>{1s, 5min});
        visit("takeover", self.takeover,
              Key{.help = "When a second publisher comes: `replace` the first, `refuse` the newcomer, or replace a "
                          "first that has been `silent` for two seconds."});
        visit("paused", self.paused,
              Key{.help = "Nothing is taken in: the publisher stays connected, what it sends is dropped, and viewers "
                          "wait as for one that is lost; without one `hold` runs as ever. The API's `pause` sets it."});
        visit("latency", self.latency,
              Key{.help = "`low` gives up encoder look-ahead and B-frames.", .change = streams});
        visit("passphrase", self.passphrase,
              Key{.help = "In place of `srt.passphrase`: of who publishes or plays this stream over SRT.",
                  .secret = true});
        visit("record", self.record,
              Key{.help = "Whether the stream is recorded.", .change = streams, .served = Served::no});
        visit("backup", self.backup,
              Key{.help = "What takes over while the source is silent or gone: another stream of this server, "
                          "`app/name`, or an address that it is fetched from, or a list of them, as in `source`. A "
                          "publisher that adds `?backup=1` to its address is one as well.",
                  .change = streams,
                  .secret = true});
        visit("backup_mode", self.backup_mode,
              Key{.help = "`hot`: the backup is there, and its last keyframe at hand; `cold`: it comes when it is "
                          "needed."});
        visit("backup_after", self.backup_after,
              Key{.help = "How long the source may send nothing before a backup or the slate takes over."},
              Range<milliseconds>{100ms, 1min});
        visit("backup_return", self.backup_return,
              Key{.help = "How long the source must have been back before it takes over again, at its next keyframe; "
                          "`never`: only when the backup fails."},
              Range<ReturnTime>{{0ms}, ReturnTime::never()});
        visit("slate", self.slate,
              Key{.help = "A file with a picture or a clip that is shown, without sound, while there is no source. The "
                          "stream lives on it for `hold`.",
                  .change = streams});
        visit(
            "source", self.source,
            Key{.help =
                    "An address that the server fetches the stream from, or a list of them: where one gives "
                    "nothing, the next is tried. In the rule of a pattern, `{app}` and `{name}` stand for those of the "
                    "stream, which is then fetched on demand.",
                .secret = true});
        visit("pull", self.pull,
              Key{.help = "When `source` is fetched: `always`, or `on_demand` with the first viewer."});
        visit("pull_idle", self.pull_idle,
              Key{.help = "How long after its last viewer a source that is fetched on demand goes on."},
              Range<milliseconds>{1s, 24h});
    }
    friend bool operator==(const StreamOptions&, const StreamOptions&) = default;
};

/// What the file says of the streams that match `pattern`: only the options that it sets, as canonical texts.
struct StreamRule {
    struct Setting {
        std::string key;
        std::string value;
        friend bool operator==(const Setting&, const Setting&) = default;
    };
    std::string pattern;  ///< a stream id, or a glob over one: `*` is any run of characters, `/` included
    std::vector<Setting> settings;

    friend bool operator==(const StreamRule&, const StreamRule&) = default;
};

struct Streams {
    StreamOptions defaults;
    std::vector<StreamRule> rules;  ///< in the order of the file

    friend bool operator==(const Streams&, const Streams&) = default;
};

}  // namespace weir::config
