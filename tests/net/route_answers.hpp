// Asks a table of routes without a socket: the answer that a client would get, conditions and ranges applied.
#pragma once

#include "net/http_router.hpp"

#include <boost/asio/co_spawn.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

class RouteAnswers {
  public:
    explicit RouteAnswers(std::vector<Route> routes) : router_(std::move(routes)) {}

    HttpResponse get(std::string_view target, std::string_view fields = {}, base::Now now = base::read_clocks()) {
        const auto request = proto::http::parse_request("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" +
                                                        std::string(fields) + "\r\n");
        if (!request) return http_error(ErrorForm::text, request.error().status, request.error().text);
        HttpRouter::Match match = router_.match(*request);
        if (match.route == nullptr) return *std::move(match.response);
        RequestContext context{
            .shard = shard_, .now = now, .peer = peer, .peer_port = 50112, .captures = match.captures, .body = {}};
        HttpResponse response = answer(match.route->handler, *request, context);
        apply_conditions(*request, response);
        return response;
    }
    [[nodiscard]] Shard& shard() noexcept { return shard_; }
    [[nodiscard]] const HttpRouter& router() const noexcept { return router_; }

    boost::asio::ip::address peer = boost::asio::ip::make_address("192.0.2.7");

  private:
    HttpResponse answer(const HttpHandler& handler, const proto::http::Request& request, RequestContext& context) {
        if (const auto* plain = std::get_if<PlainHandler>(&handler)) return (*plain)(request, context);
        std::optional<HttpResponse> response;
        boost::asio::co_spawn(shard_.context(), std::get<AwaitableHandler>(handler)(request, context),
                              [&](const std::exception_ptr& failure, HttpResponse answered) {
                                  if (failure) std::rethrow_exception(failure);
                                  response = std::move(answered);
                              });
        while (!response) shard_.context().run_one();
        return *std::move(response);
    }

    Shard shard_{0};
    HttpRouter router_;
};

[[nodiscard]] inline std::string text_of(const HttpResponse& response) {
    std::string text;
    for (const base::Bytes& slice : slices_of(response.body)) text += base::as_text(slice.view());
    return text;
}

/// The value of one of the response's own fields, or nothing.
[[nodiscard]] inline std::string field_of(const HttpResponse& response, std::string_view name) {
    const std::string& lines = response.fields.text();
    const std::string start = std::string(name) + ": ";
    const std::size_t at = lines.find(start);
    return at == std::string::npos ? "" : lines.substr(at + start.size(), lines.find("\r\n", at) - at - start.size());
}

}  // namespace weir::net
