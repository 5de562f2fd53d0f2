// Which addresses the server may fetch from: those of the public Internet, and the networks that were configured. Whoever connects
// somewhere because media or a name said so (a playlist, a redirect, DNS) asks here about the address itself, right before it connects.
#pragma once

#include "base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::base {

/// IPv6, or IPv4 as `::ffff:a.b.c.d`: the two are the same here.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};
    friend bool operator==(const IpAddress&, const IpAddress&) = default;
};
/// "192.0.2.7", "2001:db8::1", "[2001:db8::1]"; nothing for a name.
[[nodiscard]] std::optional<IpAddress> parse_ip_address(std::string_view text);
[[nodiscard]] std::string print_ip_address(const IpAddress& address);
/// Reachable from everywhere and owned by somebody: not loopback, private, link-local, shared, multicast, reserved or none at all.
[[nodiscard]] bool is_public(const IpAddress& address) noexcept;
[[nodiscard]] bool is_multicast(const IpAddress& address) noexcept;

struct IpNetwork {
    IpAddress address;
    unsigned bits = 128;  ///< of the sixteen bytes

    [[nodiscard]] bool contains(const IpAddress& other) const noexcept;
    friend bool operator==(const IpNetwork&, const IpNetwork&) = default;
};
/// "10.0.0.0/8", "fd00::/8", or one address.
[[nodiscard]] Result<IpNetwork> parse_ip_network(std::string_view text);
[[nodiscard]] std::string print_ip_network(const IpNetwork& network);

class AddressPolicy {
  public:
    explicit AddressPolicy(std::vector<IpNetwork> networks = {}) : networks_(std::move(networks)) {}
    /// Any number of texts as `parse_ip_network` takes them; what is none is left out.
    [[nodiscard]] static AddressPolicy of(const std::vector<std::string>& networks);

    /// The same, and the address that `host` is where it is one: who writes a number into a source means that machine.
    [[nodiscard]] AddressPolicy with_host(std::string_view host) const;
    [[nodiscard]] bool admits(const IpAddress& address) const noexcept;
    [[nodiscard]] const std::vector<IpNetwork>& networks() const noexcept { return networks_; }

  private:
    std::vector<IpNetwork> networks_;
};

}  // namespace weir::base
