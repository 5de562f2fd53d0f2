// The video of a transport stream: PES packets of Annex B become access units behind four-byte lengths, and the parameter sets among them the
// track's config. What the config says is taken out of the access units, delimiters and filling too; a picture parameter set that is not
// in it stays in. New sequence parameter sets make a new config.
//
// An HEVC CRA is a keyframe because its RASL pictures are dropped here. So is an H.264 picture with a recovery point, where the source sends no
// IDR (broadcasters' open groups): those that follow and are shown before it are dropped.
#pragma once

#include "format/mpegts_lane.hpp"
#include "format/mpegts_pes.hpp"
#include "media/codec.hpp"
#include "media/nal.hpp"

#include <array>
#include <optional>
#include <vector>

namespace weir::format::mpegts {

struct VideoCodec;

class VideoLane {
  public:
    VideoLane(media::Codec codec, LaneIdentity identity);

    void receive(const Pes& pes, Outlet out);
    /// Something is missing: nothing is passed on until the next keyframe.
    void lose() noexcept { is_waiting_ = true; }

  private:
    using Sets = std::array<std::vector<base::Bytes>, 3>;  ///< VPS, SPS, PPS
    /// A NAL unit of the picture under way.
    struct Unit {
        base::ByteView bytes;
        std::optional<std::size_t> set;  ///< which of `Sets` it belongs to
    };
    struct Times {
        std::uint64_t dts = 0;
        std::uint64_t pts = 0;
    };

    void finish_picture(Times times, Outlet out);
    void learn(Outlet out);
    [[nodiscard]] bool learn_sets(Outlet out);
    void announce(Outlet out);
    [[nodiscard]] base::Bytes gather() const;
    [[nodiscard]] bool is_known(const Unit& unit) const;
    [[nodiscard]] bool begins_group(media::nal::Picture picture, Times times);
    [[nodiscard]] bool may_pass(bool is_keyframe, std::uint64_t dts);

    const VideoCodec* codec_;
    LaneIdentity identity_;
    Sets sets_;
    std::optional<media::Track> track_;
    std::uint64_t frame_ = 0;  ///< how long one lasts, in units of the wire
    bool is_waiting_ = false;  ///< for a keyframe
    std::optional<std::uint64_t> waiting_since_;
    std::optional<std::uint64_t> idr_;         ///< when the newest was
    std::optional<std::uint64_t> open_group_;  ///< when the keyframe of the open group under way is shown
    std::vector<Unit> units_;                  ///< of the picture under way; views of the PES packet
};

}  // namespace weir::format::mpegts
