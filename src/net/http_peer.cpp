#include "net/http_peer.hpp"

#include "net/endpoint_text.hpp"

#include <charconv>

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::address;
using base::ErrorKind;
using base::fail;

namespace {

/// Network byte order; four bytes or sixteen.
std::vector<std::uint8_t> bytes_of(const address& value) {
    if (value.is_v4()) {
        const auto bytes = value.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = value.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

bool shares_prefix(const address& a, const address& b, unsigned prefix) {
    const auto left = bytes_of(a);
    const auto right = bytes_of(b);
    if (left.size() != right.size()) return false;
    for (unsigned bit = 0; bit < prefix; ++bit)
        if (((left[bit / 8] ^ right[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
    return true;
}

base::Result<address> parse_address(std::string_view text) {
    boost::system::error_code error;
    const address parsed = asio::ip::make_address(std::string(text), error);
    if (error) return fail(ErrorKind::malformed, "a trusted proxy is an IP address or a network, as in 10.0.0.0/8");
    return plain_address(parsed);
}

}  // namespace

base::Result<TrustedProxies> TrustedProxies::create(std::span<const std::string> networks) {
    TrustedProxies proxies;
    for (const std::string& text : networks) {
        const std::size_t slash = text.find('/');
        const address network = TRY(parse_address(std::string_view(text).substr(0, slash)));
        const unsigned longest = network.is_v4() ? 32 : 128;
        unsigned prefix = longest;
        if (slash != std::string::npos) {
            const char* end = text.data() + text.size();
            const auto [stopped, error] = std::from_chars(text.data() + slash + 1, end, prefix);
            if (error != std::errc() || stopped != end || prefix > longest)
                return fail(ErrorKind::malformed,
                            "the length of a trusted network is not a number of its address's bits");
        }
        proxies.networks_.push_back({network, prefix});
    }
    return proxies;
}

bool TrustedProxies::trusts(const address& value) const {
    for (const Network& network : networks_)
        if (shares_prefix(network.address, value, network.prefix)) return true;
    return false;
}

address TrustedProxies::client(const address& peer, std::string_view forwarded_for) const {
    address client = plain_address(peer);
    while (!forwarded_for.empty() && trusts(client)) {
        const std::size_t comma = forwarded_for.rfind(',');
        const std::size_t start = comma == std::string_view::npos ? 0 : comma + 1;
        const auto named = parse_address(proto::http::trimmed(forwarded_for.substr(start)));
        if (!named) break;
        client = *named;
        forwarded_for = forwarded_for.substr(0, comma == std::string_view::npos ? 0 : comma);
    }
    return client;
}

address TrustedProxies::client(const address& peer, const proto::http::Request& request) const {
    if (networks_.empty()) return plain_address(peer);
    return client(peer, request.field("x-forwarded-for").value_or(std::string_view{}));
}

}  // namespace weir::net
