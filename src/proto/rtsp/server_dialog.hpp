// The conversation of a server with a publisher or a player in requests: what each method means in each phase (RFC 2326 10 and A), as
// ffmpeg, GStreamer, live555 and cameras say it. Writes its responses itself and tells what follows. A session belongs to its
// connection, and to what it was begun for: what publishes cannot play, and neither reaches another stream. Stays silent about media.
#pragma once

#include "proto/rtsp/event_queue.hpp"
#include "proto/rtsp/limits.hpp"
#include "proto/rtsp/message.hpp"
#include "proto/rtsp/server_event.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proto::rtsp {

class ServerDialog {
  public:
    enum class Phase : std::uint8_t { idle, described, announced, playing, recording };
    enum class Asking : std::uint8_t { nothing, publish, play, datagrams, start };

    /// What this end calls itself; both are random, and secret until they are said.
    struct Names {
        std::string session;
        std::string nonce;
    };

    ServerDialog(const Limits& limits, Names names) : limits_(limits), names_(std::move(names)) {}

    /// Not while it is asking.
    void receive(Request request, EventQueue<Event>& events);

    void accept_publish(std::vector<TrackOffer> tracks);
    void accept_play(std::string description, std::vector<TrackOffer> tracks, EventQueue<Event>& events);
    void accept_datagrams(const Pair& server_ports);
    void accept_start();
    void refuse(Refusal refusal, std::string_view text);
    /// The visitor has to say who it is. False: it was wrong too often.
    [[nodiscard]] bool ask_password(std::string_view text);
    /// Of a message that could not be read, or whatever ends the connection.
    void say_broken(base::ErrorKind kind, std::string_view text);

    [[nodiscard]] Phase phase() const noexcept { return phase_; }
    [[nodiscard]] Asking asking() const noexcept { return asking_; }
    [[nodiscard]] bool is_over() const noexcept { return is_over_; }
    [[nodiscard]] bool has_session() const noexcept { return !set_up_.empty(); }
    [[nodiscard]] bool is_publisher() const noexcept { return is_publisher_; }
    /// A publisher that paused sends nothing that counts.
    [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }
    [[nodiscard]] std::span<const TrackSetup> set_up() const noexcept { return set_up_; }
    [[nodiscard]] std::string take_output() { return std::exchange(out_, {}); }

  private:
    struct Row;
    static const Row rows[];

    void options(EventQueue<Event>& events);
    void announce(EventQueue<Event>& events);
    void describe(EventQueue<Event>& events);
    void set_up_track(EventQueue<Event>& events);
    void start(EventQueue<Event>& events);
    void pause(EventQueue<Event>& events);
    void tear_down(EventQueue<Event>& events);
    void say_parameter(EventQueue<Event>& events);
    void set_parameter(EventQueue<Event>& events);

    [[nodiscard]] bool check(const Row& row);
    [[nodiscard]] Visitor visitor_of(const std::string& token, const base::StreamId& stream) const;
    void ask_to_play(EventQueue<Event>& events);
    [[nodiscard]] std::optional<Transport> choose(std::string_view offers) const;
    [[nodiscard]] bool is_channel_free(std::uint16_t channel) const noexcept;
    [[nodiscard]] Pair free_channels() const noexcept;
    void settle_track(std::size_t track, const Transport& transport);

    [[nodiscard]] Response response(std::uint16_t status) const;
    void say(const Response& response) { write(response, out_); }
    void say_error(std::uint16_t status, std::string_view text);

    Limits limits_;
    Names names_;
    Phase phase_ = Phase::idle;
    Asking asking_ = Asking::nothing;
    bool is_over_ = false;
    bool is_publisher_ = false;
    bool is_paused_ = false;
    std::uint32_t attempts_ = 0;  ///< passwords that were wrong
    Request request_;             ///< that is answered now, or asked about
    std::string base_;            ///< what relative controls stand behind
    std::vector<std::string> controls_;
    std::vector<TrackOffer> tracks_;
    std::vector<TrackSetup> set_up_;
    TrackSetup wanted_;  ///< waits for its ports
    std::string out_;
};

}  // namespace weir::proto::rtsp
