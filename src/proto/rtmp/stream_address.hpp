// From what a client says in connect and publish or play to the stream that it means: `app` and stream key, in any of the ways
// in which people cut `rtmp://HOST/live/demo?token=KEY` into a server and a key, and players `rtmp://HOST/live/demo/720p`.
#pragma once

#include "base/result.hpp"
#include "base/stream_id.hpp"

#include <string>
#include <string_view>

namespace weir::proto::rtmp {

struct StreamAddress {
    base::StreamId stream;
    std::string rung;        ///< of what is played: a legal name; empty when there is none
    std::string token;       ///< percent-decoded; empty when there is none
    bool is_backup = false;  ///< `?backup=1`: publishes as the backup of the stream
};

/// What can be said of an app before the stream key is known. The error's text is fit for the client.
[[nodiscard]] base::Result<void> check_app(std::string_view app, std::string_view tc_url);
/// Of what is published: APP/NAME. Token and `backup` are looked for in the key, then in the app, then in the address (`tc_url`).
[[nodiscard]] base::Result<StreamAddress> parse_stream_address(std::string_view app, std::string_view tc_url,
                                                               std::string_view key);
/// Of what is played: APP/NAME or APP/NAME/RUNG. ffmpeg, librtmp and GStreamer make APP/NAME the app of the latter.
[[nodiscard]] base::Result<StreamAddress> parse_play_address(std::string_view app, std::string_view tc_url,
                                                             std::string_view key);

}  // namespace weir::proto::rtmp
