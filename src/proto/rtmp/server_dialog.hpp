// The conversation of a server with a publisher or a player in commands: connect, createStream, publish or play, and the way
// back, as OBS, ffmpeg, GStreamer, VLC and librtmp say it (Adobe RTMP 1.0, 7; Enhanced RTMP 2 for the capabilities). Writes
// its answers itself and tells the connection what follows. Stays silent about media.
#pragma once

#include "proto/rtmp/command.hpp"
#include "proto/rtmp/limits.hpp"
#include "proto/rtmp/sender.hpp"
#include "proto/rtmp/server_event.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace weir::proto::rtmp {

class ServerDialog {
  public:
    enum class Phase : std::uint8_t { unconnected, connected, asking, publishing, asking_to_play, playing };
    /// What a command leads to besides its answer.
    using Step = std::variant<std::monostate, std::unique_ptr<const PublishRequest>, std::unique_ptr<const PlayRequest>,
                              Unpublished, Paused, Closed>;

    ServerDialog(std::uint32_t message_streams, std::span<const std::string_view> fourccs) noexcept
        : message_streams_(message_streams), fourccs_(fourccs) {}

    [[nodiscard]] Phase phase() const noexcept { return phase_; }
    /// It waits for an answer to a request.
    [[nodiscard]] bool is_asking() const noexcept { return phase_ == Phase::asking || phase_ == Phase::asking_to_play; }
    /// Its last request was to play.
    [[nodiscard]] bool is_player() const noexcept { return is_player_; }
    [[nodiscard]] Step receive(const Command& command, std::uint32_t stream_id, Sender& out);
    void accept_publish(Sender& out);
    void accept_play(Sender& out);
    /// Answers either request.
    void refuse(Refusal refusal, std::string_view text, Sender& out);
    /// Tells the client why the connection ends, in the code that fits the phase.
    void say_goodbye(std::string_view text, Sender& out);

    /// The window that a server asks for, and grants.
    static constexpr std::uint32_t window = 2'500'000;
    static constexpr std::uint32_t chunk_size = 4096;

  private:
    struct Call {
        const Command& command;
        std::uint32_t stream_id;
        Sender& out;
    };
    struct Row {
        std::string_view name;
        Step (ServerDialog::*answer)(const Call&);
    };
    static const Row rows[];

    Step connect(const Call& call);
    Step create_stream(const Call& call);
    Step publish(const Call& call);
    Step leave(const Call& call);
    Step acknowledge(const Call& call);
    Step stream_length(const Call& call);
    Step play(const Call& call);
    Step pause(const Call& call);
    Step seek(const Call& call);
    Step pass_over(const Call& call);
    Step subscribe(const Call& call);
    Step unknown(const Call& call);

    [[nodiscard]] amf0::Object capabilities(const amf0::Object& offered) const;
    Step reject_connect(const Call& call, base::ErrorKind kind, std::string_view text);
    Step reject(Refusal refusal, std::string_view text, Sender& out);
    [[nodiscard]] std::string_view code_of(Refusal refusal) const noexcept;

    std::uint32_t message_streams_;
    std::span<const std::string_view> fourccs_;
    Phase phase_ = Phase::unconnected;
    bool is_player_ = false;
    std::uint32_t created_ = 0;       ///< message streams so far; they are numbered from 1
    std::uint32_t media_stream_ = 0;  ///< the one that publishes or plays, or asks to
    std::string app_;
    std::string tc_url_;
    std::string client_;
};

}  // namespace weir::proto::rtmp
