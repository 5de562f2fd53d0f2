// Reads the bodies of FLV tags and RTMP messages into events (layout in flv_tags.hpp). Sans-IO; one parser per publisher,
// which keeps the config of its two tracks. Payloads leave as the inside of the server wants them: NAL units behind four-byte
// lengths (the same bytes where the source has them so), raw AAC frames.
//
// Keyframes go by the NAL units and not by the frame type. An HEVC CRA (or BLA) counts as one because its RASL pictures,
// which nobody who joins there can decode, are dropped here; so every packet behind a keyframe can be decoded from it.
#pragma once

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "format/flv_tags.hpp"
#include "media/track.hpp"

#include <array>
#include <optional>
#include <variant>

namespace weir::format::flv {

/// A sequence header: the first, or one that differs from the one before.
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

class BodyParser {
  public:
    struct Limits {
        base::ByteCount config{16U << 10};

        void fields(this auto& self, auto&& visit) {
            visit("config", self.config,
                  base::Limit{.what = "a decoder configuration, which every viewer gets",
                              .at_limit = "it is not taken, and its pictures neither",
                              .metric = "weir_rtmp_media_refused_total"});
        }
    };

    BodyParser() = default;
    explicit BodyParser(const Limits& limits) : limits_(limits) {}

    /// Nothing where the body says nothing to us: metadata and commands, a config seen before, frames before the first
    /// config, empty bodies. `unsupported` says which codec or feature is not served; `malformed` is about this body alone,
    /// and the parser may go on with the next.
    [[nodiscard]] base::Result<std::optional<Event>> receive(TagType type, std::uint32_t timestamp,
                                                             const base::Bytes& body);

    /// RASL pictures dropped so far: the source uses open groups of pictures, and would do better without.
    [[nodiscard]] std::uint64_t leading_pictures_dropped() const noexcept { return leading_pictures_dropped_; }
    /// Frames passed over because no config came before them.
    [[nodiscard]] std::uint64_t frames_without_config() const noexcept { return frames_without_config_; }

  private:
    using Outcome = base::Result<std::optional<Event>>;
    /// What is known of one kind of track.
    struct Lane {
        std::optional<media::Codec> codec;  ///< empty before the first config and after the end of a sequence
        base::Bytes config;                 ///< as it came
        unsigned length_size = 4;
    };

    [[nodiscard]] Outcome receive_video(std::uint32_t timestamp, const base::Bytes& body);
    [[nodiscard]] Outcome receive_enhanced_video(std::uint32_t timestamp, const base::Bytes& body);
    [[nodiscard]] Outcome receive_audio(std::uint32_t timestamp, const base::Bytes& body);
    [[nodiscard]] Outcome receive_enhanced_audio(std::uint32_t timestamp, const base::Bytes& body);
    [[nodiscard]] Outcome config(media::Codec codec, const base::Bytes& record);
    [[nodiscard]] Outcome frame(media::Codec codec, Sample sample);
    [[nodiscard]] Outcome end(media::Kind kind);
    [[nodiscard]] Lane& lane(media::Kind kind) noexcept { return lanes_[static_cast<std::size_t>(kind)]; }

    Limits limits_;
    std::array<Lane, 2> lanes_;
    std::uint64_t leading_pictures_dropped_ = 0;
    std::uint64_t frames_without_config_ = 0;
};

}  // namespace weir::format::flv
