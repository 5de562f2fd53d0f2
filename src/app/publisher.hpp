// Sends what a source gives to an RTMP server, as an encoder would: `weir publish` and the demo.
#pragma once

#include "app/media_file.hpp"
#include "app/url.hpp"
#include "base/result.hpp"
#include "media/ticks.hpp"
#include "net/tls_context.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weir::app {

struct PublishFailure {
    base::ErrorKind kind;
    std::string text;  ///< in words; what a server or a worker said
};

/// What is published. Times start near 0 and go on without a seam.
class LiveSource {
  public:
    virtual ~LiveSource() = default;
    using Next = std::expected<std::optional<MediaEvent>, PublishFailure>;
    /// The next event, at the moment that it is to be sent; nothing at the end. May be cancelled.
    [[nodiscard]] virtual boost::asio::awaitable<Next> next() = 0;
};

/// Hears about once a second how far it is.
using PublishProgress = std::function<void(media::Ticks sent, std::uint64_t bytes)>;

/// Publishes until the source ends, or for ever. Over RTMPS the server is believed by `tls`, which is null for RTMP.
[[nodiscard]] boost::asio::awaitable<std::expected<void, PublishFailure>> publish(std::unique_ptr<LiveSource> source,
                                                                                  RtmpUrl url,
                                                                                  PublishProgress progress = {},
                                                                                  net::TlsContextRef tls = {});

}  // namespace weir::app
