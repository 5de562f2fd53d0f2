// Reads one source from its beginning to its end, or several one after the other as if they were one, and says what comes as messages of
// the relay. Whatever waits, waits until a deadline.
#pragma once

#include "av/demuxer.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "format/elementary.hpp"
#include "format/relay_messages.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weir::worker {

class SourceReader {
  public:
    struct Settings {
        media::Ticks connect;  ///< from the beginning to the first packet
        media::Ticks silence;  ///< between two packets
        /// Called for each message; an error ends the reading.
        std::function<base::Result<void>(format::relay::Message)> say;
        /// Asked between two packets; an error ends the reading.
        std::function<base::Result<void>()> check;
    };
    explicit SourceReader(Settings settings) : settings_(std::move(settings)) {}

    /// Until the end. `scheme` and `peer` are for Connected; an empty peer is what was connected to.
    [[nodiscard]] base::Result<void> read(av::DemuxerSettings input, std::string_view scheme, std::string_view peer);
    /// The same in real time, behind what was read before, on one time line.
    [[nodiscard]] base::Result<void> play(av::DemuxerSettings input, std::string_view name);
    /// What FFmpeg says of the last error; may be empty.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
    /// How many packets were handed on.
    [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }

  private:
    struct Line {
        av::ElementaryStream stream;
        format::Elementary elementary;
        std::uint32_t track = 0;
        bool is_useless = false;  ///< it was said why
        media::Track described{};
        media::Ticks expected{};  ///< the next dts
    };

    [[nodiscard]] base::Result<void> read_all(av::DemuxerSettings input, std::string_view scheme,
                                              std::string_view peer);
    [[nodiscard]] base::Result<void> begin(av::Demuxer& demuxer, std::string_view scheme, std::string_view peer);
    [[nodiscard]] base::Result<void> receive(const av::ElementaryPacket& packet);
    [[nodiscard]] base::Result<void> give_up(Line& line, std::string_view text);
    [[nodiscard]] base::Result<void> announce(const Line& line, media::Track track);
    void find_place();
    [[nodiscard]] media::Ticks& end_of(std::uint32_t track) noexcept { return ends_[track == media::audio_track_id]; }
    [[nodiscard]] media::Ticks placed(media::Ticks time);
    void wait_for(media::Ticks time) const;
    void wait_at_most(media::Ticks time);

    const Settings settings_;
    base::Instant deadline_{};
    std::string trouble_;
    std::uint64_t packets_ = 0;

    std::vector<Line> lines_;
    media::TrackSet tracks_;
    bool has_connected_ = false;

    // Of files on one time line.
    bool in_real_time_ = false;
    std::optional<media::Ticks> offset_;  ///< from the file's time to ours; nothing before its first packet
    std::array<media::Ticks, 2> ends_{};  ///< of what was handed on of each kind: the end of its presentation
    base::Instant zero_{};                ///< when our time was 0
};

}  // namespace weir::worker
