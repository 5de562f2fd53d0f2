// One low-latency media playlist being followed as a player does (RFC 8216bis 6.2.5.2, 6.2.6): it asks for the part that is hinted
// at before it is there, and then for the playlist that has it. For `weir watch`; one owner, one executor.
#pragma once

#include "app/http_client.hpp"
#include "app/watch.hpp"
#include "format/m3u8.hpp"
#include "package/hls.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <string>

namespace weir::app {

class PartFollower {
  public:
    /// What is done with what came.
    struct Hooks {
        std::function<void(const HttpAnswer&)> look;      ///< a header, a part
        std::function<void()> live;                       ///< from here on parts come as they are made
        std::function<void(base::Duration)> buffered;     ///< so much more is there to be played
        std::function<void(std::string_view)> complaint;  ///< the server did not do what it was asked for
        std::function<void(std::size_t)> received;        ///< bytes
    };

    PartFollower(const boost::asio::any_io_executor& executor, HttpUrl playlist, Hooks hooks)
        : client_(executor), timer_(executor), url_(std::move(playlist)), hooks_(std::move(hooks)) {}

    /// Until the stream has ended (true), or does not answer any more (false).
    [[nodiscard]] boost::asio::awaitable<bool> run();

  private:
    boost::asio::awaitable<std::optional<format::m3u8::MediaPlaylist>> read();
    boost::asio::awaitable<void> take_new(const format::m3u8::MediaPlaylist& playlist);
    boost::asio::awaitable<void> take_segment(const format::m3u8::Segment& segment, std::uint64_t sequence);
    boost::asio::awaitable<void> take_hinted(const format::m3u8::MediaPlaylist& playlist);
    boost::asio::awaitable<void> take_header(const std::string& map);
    boost::asio::awaitable<bool> take(const std::string& uri, base::Duration duration);
    boost::asio::awaitable<base::Result<HttpAnswer>> fetch(HttpUrl url);
    void start_from(const format::m3u8::MediaPlaylist& playlist);

    HttpClient client_;
    boost::asio::steady_timer timer_;
    HttpUrl url_;
    Hooks hooks_;
    std::optional<package::hls::Position> next_;   ///< the first part that was not taken
    std::optional<package::hls::Position> asked_;  ///< what the next playlist has to have
    std::string map_;
    bool is_live_ = false;
};

}  // namespace weir::app
