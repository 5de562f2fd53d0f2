#include "proto/rtsp/url.hpp"

#include "base/url.hpp"
#include "proto/rtsp/syntax.hpp"

#include <algorithm>
#include <utility>

namespace weir::proto::rtsp {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

struct Scheme {
    std::string_view text;
    std::uint16_t port;
    bool tls;
};
constexpr std::string_view transport_name = "transport=";
constexpr Scheme schemes[] = {{"rtsp://", 554, false}, {"rtsps://", 322, true}};

/// Takes `HOST[:PORT]` apart; an address of IPv6 stands in brackets.
Result<void> parse_place(std::string_view place, Url& url) {
    const bool is_bracketed = place.starts_with('[');
    const std::size_t end = is_bracketed ? place.find(']') : std::min(place.find(':'), place.size());
    if (end == std::string_view::npos) return fail(ErrorKind::malformed, "the address has a bracket without its other");
    url.host = place.substr(is_bracketed ? 1 : 0, end - (is_bracketed ? 1 : 0));
    if (url.host.empty()) return fail(ErrorKind::malformed, "the address names no host: it is rtsp://HOST/...");
    const std::string_view rest = place.substr(std::min(end + (is_bracketed ? 1 : 0), place.size()));
    if (rest.empty()) return {};
    const auto port = parse_decimal(rest.substr(1), 65535);
    if (rest.front() != ':' || !port || *port == 0) return fail(ErrorKind::malformed, "the address has no proper port");
    url.port = static_cast<std::uint16_t>(*port);
    return {};
}

/// Takes `transport=...` out of what is asked for.
Result<void> take_transport(Url& url) {
    const std::string whole = std::exchange(url.address, {});
    url.address = base::before_query(whole);
    std::string_view query = base::query_of(whole);
    char mark = '?';
    while (!query.empty()) {
        const std::string_view field = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(field.size() + 1, query.size()));
        if (!field.starts_with(transport_name)) {
            url.address.append(1, std::exchange(mark, '&')).append(field);
            continue;
        }
        const std::string_view value = field.substr(transport_name.size());
        if (value != "udp" && value != "tcp")
            return fail(ErrorKind::malformed, "`transport` of an address of RTSP is udp or tcp");
        url.lower = value == "udp" ? Transport::Lower::udp : Transport::Lower::tcp;
    }
    if (url.tls && url.lower == Transport::Lower::udp)
        return fail(ErrorKind::unsupported, "over rtsps RTP goes over the connection: `transport` is not udp");
    return {};
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
    if (!is_address_text(text)) return fail(ErrorKind::malformed, "the address has characters that it must not have");
    const auto scheme =
        std::ranges::find_if(schemes, [text](const Scheme& one) { return starts_ignoring_case(text, one.text); });
    if (scheme == std::end(schemes)) return fail(ErrorKind::malformed, "the address begins with rtsp:// or rtsps://");
    Url url{.port = scheme->port, .tls = scheme->tls};
    const std::string_view rest = text.substr(scheme->text.size());
    std::string_view place = rest.substr(0, rest.find_first_of("/?"));
    const std::string_view path = rest.substr(place.size());
    if (const std::size_t at = place.rfind('@'); at != std::string_view::npos) {
        const std::string_view login = place.substr(0, at);
        const std::size_t colon = std::min(login.find(':'), login.size());
        url.login.user = base::percent_decoded(login.substr(0, colon));
        url.login.password = base::percent_decoded(login.substr(std::min(colon + 1, login.size())));
        place = place.substr(at + 1);
    }
    TRY(parse_place(place, url));
    url.address = std::string(scheme->text).append(place).append(path);
    TRY(take_transport(url));
    return url;
}

}  // namespace weir::proto::rtsp
