// Sends a media file to an RTMP server in real time, as an encoder would: `weir publish` and the demo's own source.
#pragma once

#include "app/media_file.hpp"
#include "app/url.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weir::app {

struct PublishOptions {
    bool loop = false;   ///< start again at the end of the file, without a seam
    bool clock = false;  ///< mark each video frame with the wall clock, in an SEI message
    std::function<void(media::Ticks sent, std::uint64_t bytes)> progress{};  ///< about once a second
};

/// Publishes until the file ends, or for ever. The error says in words what the server said.
struct PublishFailure {
    base::ErrorKind kind;
    std::string text;
};
[[nodiscard]] boost::asio::awaitable<std::expected<void, PublishFailure>> publish(MediaFile file, RtmpUrl url,
                                                                                  PublishOptions options);

}  // namespace weir::app
