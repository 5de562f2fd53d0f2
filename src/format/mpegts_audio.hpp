// The audio of a transport stream: frames are cut out of the elementary stream, wherever PES packets begin and end in it. A PES packet's time is
// that of the first frame that begins in it (ISO/IEC 13818-1 2.4.3.7); those behind follow by their samples.
#pragma once

#include "format/mpegts_frames.hpp"
#include "format/mpegts_lane.hpp"
#include "format/mpegts_pes.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace weir::format::mpegts {

class AudioLane {
  public:
    AudioLane(media::Codec family, LaneIdentity identity) : family_(family), identity_(std::move(identity)) {}

    void receive(const Pes& pes, Outlet out);
    /// Something is missing: what was begun is lost, and time starts anew with the next PES packet.
    void lose() noexcept;

  private:
    /// Where a time begins to hold.
    struct Mark {
        std::size_t at = 0;  ///< in `held_`
        std::uint64_t pts = 0;
    };

    [[nodiscard]] std::optional<AudioFrame> next_frame(std::size_t& at, Outlet out);
    [[nodiscard]] bool is_followed(const AudioFrame& frame, base::ByteView bytes) const;
    void keep_time(const AudioFrame& frame, std::size_t at);
    void take(const AudioFrame& frame, base::ByteView bytes, Outlet out);
    [[nodiscard]] bool announce(const AudioFrame& frame, base::ByteView bytes, Outlet out);
    void refuse(std::string_view text, Outlet out);
    void forget(std::size_t until);

    media::Codec family_;
    LaneIdentity identity_;
    std::vector<std::uint8_t> held_;  ///< not cut into frames yet
    std::deque<Mark> marks_;
    bool in_step_ = false;  ///< the frame before ended right here

    std::optional<std::uint64_t> anchor_;  ///< a time of the wire
    std::uint64_t samples_ = 0;            ///< since then
    std::uint32_t sample_rate_ = 0;

    std::optional<std::uint64_t> key_;  ///< of the newest frame
    bool is_announced_ = false;         ///< its config is
    std::string_view refused_;          ///< told last
};

}  // namespace weir::format::mpegts
