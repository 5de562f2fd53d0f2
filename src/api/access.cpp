#include "api/access.hpp"

#include "api/body.hpp"
#include "net/endpoint_text.hpp"

#include <openssl/crypto.h>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <utility>

namespace weir::api {

using base::ErrorKind;
using base::fail;
using config::PublishAccess;
namespace http = proto::http;

namespace {

// Takes as long for a wrong key as for the right one of the same length.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool knows_a_key(const config::Auth& auth, std::string_view token) {
    return std::ranges::count_if(auth.keys,
                                 [&](const std::string& key) { return equal_in_constant_time(key, token); }) > 0;
}

std::string_view token_of(const http::Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view authorization = request.field("authorization").value_or(std::string_view{});
    if (authorization.starts_with(scheme)) return authorization.substr(scheme.size());
    return request.target.parameter("token").value_or(std::string_view{});
}

// Browsers say where a request that may change something comes from (Fetch 3.1: Origin).
bool is_of_another_site(const http::Request& request) {
    const auto origin = request.field("origin");
    if (!origin) return false;
    const std::size_t slashes = origin->find("://");
    return slashes == std::string_view::npos || origin->substr(slashes + 3) != request.host();
}

bool is_passed_on(const http::Request& request) {
    constexpr std::string_view signs[] = {"forwarded", "x-forwarded-for", "x-real-ip", "via"};
    return std::ranges::any_of(signs, [&](std::string_view name) { return request.field(name).has_value(); });
}

}  // namespace

bool is_loopback(const boost::asio::ip::address& peer) noexcept { return net::plain_address(peer).is_loopback(); }

base::Result<void> may_publish(const config::Auth& auth, const boost::asio::ip::address& peer, std::string_view token) {
    switch (auth.publish) {
        case PublishAccess::any: return {};
        case PublishAccess::loopback:
            if (is_loopback(peer)) return {};
            return fail(ErrorKind::refused,
                        "only this machine may publish: set auth.publish to key (and auth.keys) or to any");
        case PublishAccess::key:
            if (token.empty())
                return fail(ErrorKind::refused, "publishing needs a key: put ?token=KEY behind the stream's name");
            if (knows_a_key(auth, token)) return {};
            return fail(ErrorKind::refused, "the token is none of auth.keys");
    }
    return fail(ErrorKind::internal, "auth.publish has no such value");
}

base::Result<void> may_control(const config::Auth& auth, const boost::asio::ip::address& peer,
                               const http::Request& request) {
    if (is_of_another_site(request))
        return fail(ErrorKind::refused, "a page of another site may not change anything here");
    switch (auth.publish) {
        case PublishAccess::any: return {};
        case PublishAccess::loopback:
            if (is_loopback(peer) && !is_passed_on(request)) return {};
            return fail(ErrorKind::refused,
                        "only this machine may change streams: set auth.publish to key (and auth.keys) or to any");
        case PublishAccess::key:
            if (knows_a_key(auth, token_of(request))) return {};
            return fail(ErrorKind::refused,
                        "changing streams needs one of auth.keys: send Authorization: Bearer KEY, or ?token=KEY");
    }
    return fail(ErrorKind::internal, "auth.publish has no such value");
}

net::AwaitableHandler guarded(const net::ShardValue<config::Config>& config, net::AwaitableHandler handler) {
    return
        [&config, handler = std::move(handler)](
            const http::Request& request, net::RequestContext& context) -> boost::asio::awaitable<net::HttpResponse> {
            const auto allowed = may_control(config.get(context.shard)->auth, context.peer, request);
            if (!allowed) co_return api_error(http::Status::forbidden, "forbidden", allowed.error().text);
            co_return co_await handler(request, context);
        };
}

}  // namespace weir::api
