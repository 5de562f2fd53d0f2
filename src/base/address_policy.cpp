#include "base/address_policy.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include <arpa/inet.h>

namespace weir::base {

namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

constexpr IpNetwork v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, unsigned bits) {
    return {.address = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, 0}}, .bits = 96 + bits};
}
constexpr IpNetwork v6(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, unsigned bits) {
    return {.address = {{a, b, c, d}}, .bits = bits};
}

// The special-purpose registries of IANA (RFC 6890): what is not "globally reachable". Forms of IPv6 that hold an IPv4 address
// within (translation, 6to4, Teredo) lead to wherever that is, and so nowhere.
constexpr IpNetwork special[] = {v4(0, 0, 0, 8),
                                 v4(10, 0, 0, 8),
                                 v4(100, 64, 0, 10),
                                 v4(127, 0, 0, 8),
                                 v4(169, 254, 0, 16),
                                 v4(172, 16, 0, 12),
                                 v4(192, 0, 0, 24),
                                 v4(192, 0, 2, 24),
                                 v4(192, 88, 99, 24),
                                 v4(192, 168, 0, 16),
                                 v4(198, 18, 0, 15),
                                 v4(198, 51, 100, 24),
                                 v4(203, 0, 113, 24),
                                 v4(224, 0, 0, 4),
                                 v4(240, 0, 0, 4),
                                 v6(0x00, 0x64, 0xff, 0x9b, 32),
                                 v6(1, 0, 0, 0, 64),
                                 v6(0x20, 1, 0, 0, 23),
                                 v6(0x20, 1, 0x0d, 0xb8, 32),
                                 v6(0x20, 2, 0, 0, 16),
                                 v6(0xfc, 0, 0, 0, 7),
                                 v6(0xfe, 0x80, 0, 0, 10),
                                 v6(0xfe, 0xc0, 0, 0, 10),
                                 v6(0xff, 0, 0, 0, 8)};
// Of ::/96 nothing is anybody's; the mapped form of IPv4 is not in it.
constexpr IpNetwork none{.address = {}, .bits = 80};

bool is_v4(const IpAddress& address) noexcept { return std::ranges::equal(mapped, std::span(address.bytes).first(12)); }

}  // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    const std::string whole(text.substr(0, text.find('%')));  // without the interface
    IpAddress result;
    if (::inet_pton(AF_INET6, whole.c_str(), result.bytes.data()) == 1) return result;
    std::ranges::copy(mapped, result.bytes.begin());
    if (::inet_pton(AF_INET, whole.c_str(), &result.bytes[mapped.size()]) == 1) return result;
    return std::nullopt;
}

std::string print_ip_address(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool old = is_v4(address);
    ::inet_ntop(old ? AF_INET : AF_INET6, &address.bytes[old ? mapped.size() : 0], text.data(), text.size());
    return text.data();
}

bool is_public(const IpAddress& address) noexcept {
    if (!is_v4(address) && none.contains(address)) return false;
    return std::ranges::none_of(special, [&](const IpNetwork& network) { return network.contains(address); });
}

bool is_multicast(const IpAddress& address) noexcept {
    return v4(224, 0, 0, 4).contains(address) || v6(0xff, 0, 0, 0, 8).contains(address);
}

bool IpNetwork::contains(const IpAddress& other) const noexcept {
    const std::size_t whole = bits / 8;
    if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin())) return false;
    if (bits % 8 == 0) return true;
    const unsigned differs = address.bytes[whole] ^ other.bytes[whole];
    return (differs >> (8 - bits % 8)) == 0;
}

Result<IpNetwork> parse_ip_network(std::string_view text) {
    constexpr std::string_view form = "a network is written as 10.0.0.0/8, fd00::/8, or one address";
    const std::size_t slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    if (!address) return fail(ErrorKind::malformed, form);
    IpNetwork result{.address = *address};
    if (slash == std::string_view::npos) return result;
    const unsigned before = is_v4(*address) ? 96 : 0;
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits > 128 - before)
        return fail(ErrorKind::malformed, form);
    result.bits = before + bits;
    return result;
}

std::string print_ip_network(const IpNetwork& network) {
    const bool old = is_v4(network.address) && network.bits >= 96;
    return print_ip_address(network.address) + '/' + std::to_string(old ? network.bits - 96 : network.bits);
}

AddressPolicy AddressPolicy::of(const std::vector<std::string>& networks) {
    std::vector<IpNetwork> parsed;
    for (const std::string& text : networks)
        if (const auto network = parse_ip_network(text)) parsed.push_back(*network);
    return AddressPolicy(std::move(parsed));
}

AddressPolicy AddressPolicy::with_host(std::string_view host) const {
    AddressPolicy result = *this;
    if (const auto address = parse_ip_address(host)) result.networks_.push_back({.address = *address});
    return result;
}

bool AddressPolicy::admits(const IpAddress& address) const noexcept {
    return is_public(address) ||
           std::ranges::any_of(networks_, [&](const IpNetwork& network) { return network.contains(address); });
}

}  // namespace weir::base
