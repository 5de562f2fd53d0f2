// A small HTTP/1.1 client over one kept-alive connection: GET, whole answers, bounded. For `weir watch`; one owner, one executor.
#pragma once

#include "app/watch.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "proto/http/response_parser.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <vector>

namespace weir::app {

struct HttpAnswer {
    int status = 0;
    std::vector<std::uint8_t> body;
    [[nodiscard]] std::string_view text() const noexcept { return base::as_text(body); }
};

class HttpClient {
  public:
    explicit HttpClient(const boost::asio::any_io_executor& executor) : socket_(executor) {}

    /// Connects when it is not connected to that host, and once more when a kept connection turns out to be gone.
    [[nodiscard]] boost::asio::awaitable<base::Result<HttpAnswer>> get(HttpUrl url);

  private:
    static constexpr std::size_t largest_body = 256 << 20;

    boost::asio::awaitable<base::Result<void>> connect(HttpUrl url);
    boost::asio::awaitable<base::Result<HttpAnswer>> ask(HttpUrl url);

    boost::asio::ip::tcp::socket socket_;
    proto::http::ResponseParser parser_;
    std::string connected_to_;
    std::array<std::uint8_t, 64 << 10> input_;
};

}  // namespace weir::app
