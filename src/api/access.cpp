#include "api/access.hpp"

#include <openssl/crypto.h>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace weir::api {

using base::ErrorKind;
using base::fail;
using config::PublishAccess;

namespace {

// Takes as long for a wrong key as for the right one of the same length.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool knows_a_key(const config::Auth& auth, std::string_view token) {
    return std::ranges::count_if(auth.keys,
                                 [&](const std::string& key) { return equal_in_constant_time(key, token); }) > 0;
}

}  // namespace

bool is_loopback(const boost::asio::ip::address& peer) noexcept {
    if (peer.is_v6() && peer.to_v6().is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, peer.to_v6()).is_loopback();
    return peer.is_loopback();
}

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

}  // namespace weir::api
