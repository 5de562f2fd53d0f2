// HTTP addresses as one table of routes. A pattern is made of segments: `live` matches itself, `{app}` any segment,
// `{name}.flv` and `init-{hash}.mp4` what lies between. The first row that matches wins, so the special stand before the
// general. HEAD is answered by GET's row, OPTIONS by the table itself.
#pragma once

#include "base/clock.hpp"
#include "net/http_response.hpp"
#include "net/shards.hpp"
#include "proto/http/request.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::net {

/// What the braces of a pattern caught, in order.
class Captures {
  public:
    static constexpr std::size_t most = 4;

    void add(std::string_view name, std::string_view value) noexcept { entries_[count_++] = {name, value}; }
    /// Empty when the pattern has no such name.
    [[nodiscard]] std::string_view operator[](std::string_view name) const noexcept;

  private:
    std::array<proto::http::Field, most> entries_;
    std::size_t count_ = 0;
};

/// What a handler may know besides the request. Lives until its response is sent.
struct RequestContext {
    Shard& shard;  ///< the one that the connection lives on
    base::Now now;
    boost::asio::ip::address peer;  ///< the client's, behind trusted proxies
    std::uint16_t peer_port = 0;    ///< of the connection
    Captures captures;
    std::string body;
};

using PlainHandler = std::function<HttpResponse(const proto::http::Request&, RequestContext&)>;
/// For what has to ask another shard. The request and its context outlive the coroutine.
using AwaitableHandler =
    std::function<boost::asio::awaitable<HttpResponse>(const proto::http::Request&, RequestContext&)>;
using HttpHandler = std::variant<PlainHandler, AwaitableHandler>;

/// Who an address is for; decides the header fields that every answer has.
enum class Audience : std::uint8_t {
    media,  ///< players on any page: readable across origins
    page,   ///< a person's browser
    api,    ///< programs, and our own pages
};

struct Route {
    proto::http::Method method = proto::http::Method::get;
    std::string_view pattern;  ///< a literal
    Audience audience = Audience::page;
    HttpHandler handler;
};

/// The lines that every answer to such an address has.
[[nodiscard]] std::string_view standing_fields(Audience audience) noexcept;

class HttpRouter {
  public:
    explicit HttpRouter(std::vector<Route> routes);

    struct Match {
        const Route* route = nullptr;  ///< null: the answer is `response`
        Captures captures{};
        Audience audience = Audience::page;
        std::optional<HttpResponse> response{};  ///< to OPTIONS, to an unknown address (404), to another method (405)
    };
    [[nodiscard]] Match match(const proto::http::Request& request) const;

    [[nodiscard]] std::span<const Route> routes() const noexcept { return routes_; }

  private:
    struct Segment {
        std::string_view prefix;
        std::string_view capture;  ///< empty: the prefix is all
        std::string_view suffix;
    };
    struct Row {
        std::vector<Segment> segments;
        std::size_t route;
    };

    [[nodiscard]] static bool fits(const Row& row, std::span<const std::string_view> segments,
                                   Captures& captures) noexcept;

    std::vector<Route> routes_;
    std::vector<Row> rows_;
};

}  // namespace weir::net
