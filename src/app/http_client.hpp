// A small HTTP/1.1 client over one kept-alive connection: whole requests and answers, bounded. For `weir watch` and `weir ctl`; one owner,
// one executor.
#pragma once

#include "app/watch.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "proto/http/response_parser.hpp"
#include "proto/http/status.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::app {

struct HttpAnswer {
    int status = 0;
    std::vector<std::uint8_t> body;
    [[nodiscard]] std::string_view text() const noexcept { return base::as_text(body); }
};

struct HttpQuestion {
    proto::http::Method method = proto::http::Method::get;
    std::string fields{};  ///< ready lines, each with its CRLF
    std::string body{};
};

class HttpClient {
  public:
    /// `agent` is a literal: who it says it is.
    explicit HttpClient(const boost::asio::any_io_executor& executor, std::string_view agent = "weir-watch")
        : socket_(executor), agent_(agent) {}

    [[nodiscard]] boost::asio::awaitable<base::Result<HttpAnswer>> get(HttpUrl url) {
        return request(std::move(url), {});
    }
    /// Connects when it is not connected to that host, and once more when a kept connection turns out to be gone.
    [[nodiscard]] boost::asio::awaitable<base::Result<HttpAnswer>> request(HttpUrl url, HttpQuestion question);

  private:
    static constexpr std::size_t largest_body = 256 << 20;

    boost::asio::awaitable<base::Result<void>> connect(HttpUrl url);
    boost::asio::awaitable<base::Result<HttpAnswer>> ask(HttpUrl url, HttpQuestion question);
    [[nodiscard]] std::string write(const HttpUrl& url, const HttpQuestion& question) const;

    boost::asio::ip::tcp::socket socket_;
    const std::string_view agent_;
    proto::http::ResponseParser parser_;
    std::string connected_to_;
    std::array<std::uint8_t, 64 << 10> input_;
};

}  // namespace weir::app
