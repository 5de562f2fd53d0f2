#include "proto/srt/address.hpp"

#include "base/authority.hpp"
#include "base/units.hpp"
#include "base/url.hpp"
#include "proto/srt/stream_id.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace weir::proto::srt {

using base::ErrorKind;
using base::fail;

namespace {

constexpr std::string_view scheme = "srt://";
constexpr std::chrono::milliseconds longest_latency = std::chrono::seconds(8);

base::Result<std::chrono::milliseconds> parse_latency(std::string_view text) {
    std::uint32_t plain = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), plain);
    std::chrono::milliseconds latency(plain);
    if (error != std::errc() || end != text.data() + text.size())
        latency = std::chrono::duration_cast<std::chrono::milliseconds>(TRY(base::parse_duration(text)));
    if (latency > longest_latency)
        return fail(ErrorKind::malformed, "the latency of an SRT address is in milliseconds, and 8000 at most");
    return latency;
}

std::string value_of(std::string_view query, std::string_view name) {
    return base::percent_decoded(base::query_parameter(query, name).value_or(""));
}

}  // namespace

base::Result<Address> parse_address(std::string_view url) {
    if (!url.starts_with(scheme))
        return fail(ErrorKind::malformed, "an address of SRT is srt://HOST:PORT?streamid=...");
    std::string_view place = base::before_query(url.substr(scheme.size()));
    while (place.ends_with('/')) place.remove_suffix(1);
    constexpr std::uint16_t none = 0;
    const base::Authority authority = TRY(base::parse_authority(place, none));
    if (authority.port == none) return fail(ErrorKind::malformed, "an address of SRT has a port: srt://HOST:PORT");
    const std::string_view query = base::query_of(url);
    if (const auto mode = base::query_parameter(query, "mode"); mode && *mode != "caller")
        return fail(ErrorKind::unsupported,
                    "of the modes of SRT the server is a caller: leave mode out of the address");
    Address address{.host = authority.host,
                    .port = authority.port,
                    .stream_id = value_of(query, "streamid"),
                    .passphrase = value_of(query, "passphrase")};
    if (address.stream_id.size() > longest_stream_id)
        return fail(ErrorKind::malformed, "the stream id is longer than 512 bytes");
    if (!address.passphrase.empty() && (address.passphrase.size() < 10 || address.passphrase.size() > 79))
        return fail(ErrorKind::malformed, "a passphrase of SRT has 10 to 79 characters");
    if (const auto latency = base::query_parameter(query, "latency")) address.latency = TRY(parse_latency(*latency));
    return address;
}

}  // namespace weir::proto::srt
