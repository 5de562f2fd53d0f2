// The media of one publication over RTSP: from its description to what can be set up, and from RTP packets to the samples of a
// contribution. Owned by the session, anew for each ANNOUNCE; says nothing on the wire, but has the reports that the peer wants.
#pragma once

#include "base/journal.hpp"
#include "endpoint/contribution.hpp"
#include "endpoint/rtsp.hpp"
#include "format/rtp_format.hpp"
#include "format/rtp_receiver.hpp"
#include "proto/rtsp/server_event.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::endpoint {

/// A section of a session description.
struct RtspSection {
    std::string control;
    std::optional<format::rtp::Format> format;  ///< nothing: it is left out
    std::uint32_t track = 0;                    ///< `Track::id`
    std::string_view left_out;                  ///< why
};

/// The first picture and the first sound that can be served are taken; what is wrong with the others is said. An error where there is
/// neither.
[[nodiscard]] base::Result<std::vector<RtspSection>> parse_description(std::string_view description);

/// The clock of the samples, and one of them as an intake takes it.
inline constexpr stream::WireClock rtp_clock{.timescale = media::Ticks::per_second, .bits = 48};
[[nodiscard]] stream::Sample sample_of(format::rtp::Sample sample);
/// Samples of two tracks, of which each was read on its own: in the order of time, and of each track as they came.
[[nodiscard]] std::vector<format::rtp::Sample> in_order_of_time(std::vector<format::rtp::Sample> samples);

class RtspSource {
  public:
    struct Report {
        std::size_t section = 0;
        base::Bytes packet;  ///< RTCP
    };

    RtspSource(std::vector<RtspSection> sections, RtpCounts& counts);
    ~RtspSource();
    RtspSource(const RtspSource&) = delete;
    RtspSource& operator=(const RtspSource&) = delete;

    /// Those that are left out may be set up as well: clients give up on all where they may not.
    [[nodiscard]] std::vector<proto::rtsp::TrackOffer> offers() const;
    [[nodiscard]] const std::vector<RtspSection>& sections() const noexcept { return sections_; }
    /// `ssrc`: anything random.
    [[nodiscard]] base::Result<void> begin(format::rtp::Receiver::Transport transport, std::uint32_t ssrc);

    /// RTP timestamps of one moment, by section, where they are known.
    void begin_at(std::span<const std::optional<std::uint32_t>> timestamps);

    void receive(std::size_t section, bool is_control, const base::Bytes& packet, base::Now now);
    /// What has become of it, in order: of what was received since the last time, in that of time.
    [[nodiscard]] std::optional<format::rtp::Receiver::Event> next_event();
    [[nodiscard]] std::string_view take_trouble() noexcept;
    /// Every track has said goodbye.
    [[nodiscard]] bool has_left() const noexcept { return receiver_ != nullptr && left_ >= receiver_->media(); }
    /// Moves all of that; false where every track has said goodbye.
    [[nodiscard]] bool drain(Contribution& contribution, base::Now now);
    void tick(base::Now now);
    /// Every five seconds or so, for each track that something came of.
    [[nodiscard]] std::vector<Report> take_reports(base::Now now);

  private:
    void sort_events();
    void count();

    std::vector<RtspSection> sections_;
    std::vector<std::optional<std::size_t>> media_;  ///< of the receiver, by section
    std::unique_ptr<format::rtp::Receiver> receiver_;
    std::deque<format::rtp::Receiver::Event> events_;
    std::size_t left_ = 0;  ///< tracks that have said goodbye
    base::Instant reported_{};
    RtpCounts& counts_;
    std::vector<format::rtp::ReceptionCounts> counted_;  ///< by medium
};

}  // namespace weir::endpoint
