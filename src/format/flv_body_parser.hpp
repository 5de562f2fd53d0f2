// Reads the bodies of FLV tags and RTMP messages into events (layout in flv_tags.hpp and flv_enhanced.hpp). Sans-IO; one parser per
// publisher, which keeps the config of its tracks. Payloads leave as the inside of the server wants them: NAL units behind four-byte
// lengths, AV1 without temporal delimiters (the same bytes where the source has them so), raw frames of sound.
//
// Keyframes go by the payload and not by the frame type. An HEVC CRA (or BLA) counts as one because its RASL pictures,
// which nobody who joins there can decode, are dropped here; so every packet behind a keyframe can be decoded from it.
//
// A source may have several tracks of a kind (Enhanced RTMP v2). Its track 0 of video is track 1 here, its others 3, 5, ...; its track 0 of
// sound is track 2, and the others 4, 6, ... The first ones decide about a publication; another that is not served is passed over, and counted.
#pragma once

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "format/flv_enhanced.hpp"
#include "format/flv_tags.hpp"
#include "media/track.hpp"

#include <optional>
#include <variant>
#include <vector>

namespace weir::format::flv {

/// A sequence header: the first, or one that differs from the one before. Of codecs that have no size there, with the first keyframe.
struct Config {
    media::Track track;
};

/// One access unit.
struct Sample {
    std::uint32_t track = 0;          ///< `Track::id`
    std::uint32_t dts = 0;            ///< milliseconds as on the wire: 32 bits that wrap
    media::Ticks composition_offset;  ///< pts - dts
    bool keyframe = false;
    base::Bytes payload;
};

/// The source says that a track ends here; a new config may follow.
struct EndOfSequence {
    std::uint32_t track = 0;
};

using Event = std::variant<Config, Sample, EndOfSequence>;

/// A publisher may send the codec, by its number or by its FourCC.
[[nodiscard]] bool can_read(media::Codec codec) noexcept;

class BodyParser {
  public:
    struct Limits {
        base::ByteCount config{16U << 10};
        std::uint32_t tracks = 8;

        void fields(this auto& self, auto&& visit) {
            visit("config", self.config,
                  base::Limit{.what = "a decoder configuration, which every viewer gets",
                              .at_limit = "it is not taken, and its pictures neither",
                              .metric = "weir_rtmp_media_refused_total"});
            visit("tracks", self.tracks,
                  base::Limit{.what = "tracks of one publisher over RTMP",
                              .at_limit = "further ones are not taken",
                              .metric = "weir_rtmp_media_refused_total"});
        }
    };

    BodyParser() = default;
    explicit BodyParser(const Limits& limits) : limits_(limits) {}

    /// The first event of a body; `next` has the others, if there are any. Nothing where the body says nothing to us: metadata and
    /// commands, a config seen before, frames before the first config, empty bodies. `unsupported` says which codec or feature is
    /// not served; `malformed` is about this body alone, and the parser may go on with the next.
    [[nodiscard]] base::Result<std::optional<Event>> receive(TagType type, std::uint32_t timestamp,
                                                             const base::Bytes& body);
    /// The next event of the same body; nothing when that was all.
    [[nodiscard]] std::optional<Event> next();

    /// RASL pictures dropped so far: the source uses open groups of pictures, and would do better without.
    [[nodiscard]] std::uint64_t leading_pictures_dropped() const noexcept { return leading_pictures_dropped_; }
    /// Frames passed over because no config came before them.
    [[nodiscard]] std::uint64_t frames_without_config() const noexcept { return frames_without_config_; }
    /// Parts of multitrack messages that could not be taken.
    [[nodiscard]] std::uint64_t parts_refused() const noexcept { return parts_refused_; }

  private:
    using Done = base::Result<void>;
    /// What is known of one track.
    struct Lane {
        std::uint32_t id = 0;               ///< `Track::id`
        std::optional<media::Codec> codec;  ///< empty before the first config and after the end of a sequence
        base::Bytes record;                 ///< as it came
        unsigned length_size = 0;
        media::Track track;    ///< that it describes, without a size where that is still to come
        bool is_told = false;  ///< there was an event of it
    };

    [[nodiscard]] Done read(TagType type, std::uint32_t timestamp, const base::Bytes& body);
    [[nodiscard]] Done read_video(std::uint32_t timestamp, const base::Bytes& body);
    [[nodiscard]] Done read_audio(std::uint32_t timestamp, const base::Bytes& body);
    [[nodiscard]] Done read_enhanced(media::Kind kind, std::uint32_t timestamp, const base::Bytes& body);
    [[nodiscard]] Done take(media::Kind kind, const Part& part, Sample sample);
    [[nodiscard]] Done config(Lane& known, media::Codec codec, const base::Bytes& record);
    [[nodiscard]] Done frame(Lane& known, media::Codec codec, Sample sample);
    [[nodiscard]] Done learn(Lane& known, media::Codec codec, base::ByteView keyframe);
    void end(Lane& known);
    void tell(Lane& known);
    [[nodiscard]] base::Result<Lane*> lane(std::uint32_t id);

    Limits limits_;
    std::vector<Lane> lanes_;
    std::vector<Event> events_;  ///< of the body; there is one but for rare ones
    std::size_t next_ = 0;       ///< of those
    std::uint64_t leading_pictures_dropped_ = 0;
    std::uint64_t frames_without_config_ = 0;
    std::uint64_t parts_refused_ = 0;
};

}  // namespace weir::format::flv
