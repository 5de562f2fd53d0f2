// The types of configuration values that are more than a number, and how each is written: `parse_value` turns what a person
// wrote into a value or says, in words with an example, what is wrong; `print_value` gives the canonical text.
// `parse_value(print_value(x)) == x`.
#pragma once

#include "base/units.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// Where a listener binds: `:8080` (every address, IPv4 and IPv6), `127.0.0.1:1935`, `[::1]:8080`, or empty: off.
/// Port 0 lets the system choose.
struct ListenAddress {
    std::string host;  ///< an IP address without brackets; empty: every address
    std::uint16_t port = 0;
    bool enabled = false;

    [[nodiscard]] static ListenAddress every(std::uint16_t port) { return {.host = {}, .port = port, .enabled = true}; }
    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// How many shards: `auto` is one per core.
struct ThreadCount {
    std::uint32_t count = 0;  ///< 0: auto
    friend auto operator<=>(ThreadCount, ThreadCount) = default;
};

/// After how long something is done again, or `never`.
struct ReturnTime {
    std::chrono::milliseconds after{};

    [[nodiscard]] static constexpr ReturnTime never() noexcept { return {std::chrono::milliseconds::max()}; }
    friend auto operator<=>(ReturnTime, ReturnTime) = default;
};

/// Addresses that a source is fetched from, the liked first: in the file one, or a list; as one text, with blanks between.
struct AddressList {
    std::vector<std::string> addresses;
    friend bool operator==(const AddressList&, const AddressList&) = default;
};

/// What stands in for a stream's source: another stream of this server, or addresses that it is fetched from.
struct BackupSource {
    std::string stream{};   ///< `app/name`; empty: it is fetched
    AddressList fetched{};  ///< empty where `stream` is not
    [[nodiscard]] bool empty() const noexcept { return stream.empty() && fetched.addresses.empty(); }
    friend bool operator==(const BackupSource&, const BackupSource&) = default;
};

/// A mapping of the contract whose inside this version does not read: it can only be empty.
struct EmptyMapping {
    friend bool operator==(EmptyMapping, EmptyMapping) = default;
};
/// The same for a list.
struct EmptyList {
    friend bool operator==(EmptyList, EmptyList) = default;
};

/// Who may publish.
enum class PublishAccess : std::uint8_t { loopback, key, any };
/// What happens to the publisher of a live name when an authorized newcomer arrives.
enum class Takeover : std::uint8_t { silent, replace, refuse };
/// Whether a backup is there before it is needed.
enum class BackupMode : std::uint8_t { hot, cold };
/// When the rungs of the ladder are made.
enum class Transcode : std::uint8_t { always, on_demand, never };
/// When a source is fetched.
enum class Pull : std::uint8_t { always, on_demand };
/// Whether encoders look ahead.
enum class Latency : std::uint8_t { normal, low };
/// What a rung is encoded with.
enum class RungCodec : std::uint8_t { h264, hevc, av1, vp9 };

/// In the order of the enumerators.
constexpr auto enumerator_names(PublishAccess) { return std::array<std::string_view, 3>{"loopback", "key", "any"}; }
constexpr auto enumerator_names(Takeover) { return std::array<std::string_view, 3>{"silent", "replace", "refuse"}; }
constexpr auto enumerator_names(BackupMode) { return std::array<std::string_view, 2>{"hot", "cold"}; }
constexpr auto enumerator_names(Transcode) { return std::array<std::string_view, 3>{"always", "on_demand", "never"}; }
constexpr auto enumerator_names(Pull) { return std::array<std::string_view, 2>{"always", "on_demand"}; }
constexpr auto enumerator_names(Latency) { return std::array<std::string_view, 2>{"normal", "low"}; }
constexpr auto enumerator_names(RungCodec) { return std::array<std::string_view, 4>{"h264", "hevc", "av1", "vp9"}; }

template <typename T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) { enumerator_names(value); };

/// What is written as one text.
template <typename T>
concept Scalar =
    NamedEnum<T> || std::same_as<T, std::string> || std::same_as<T, bool> || std::same_as<T, std::uint32_t> ||
    std::same_as<T, double> || std::same_as<T, std::chrono::milliseconds> || std::same_as<T, base::ByteCount> ||
    std::same_as<T, base::BitRate> || std::same_as<T, ListenAddress> || std::same_as<T, ThreadCount> ||
    std::same_as<T, ReturnTime> || std::same_as<T, AddressList> || std::same_as<T, BackupSource>;

/// What may be written as a list as well.
template <typename T>
concept ListedScalar = std::same_as<T, AddressList> || std::same_as<T, BackupSource>;

/// A value, or what is wrong with the text, as in `is not a size; write a number and KiB, MiB or GiB, as in 2GiB`.
template <typename T>
using Parsed = std::expected<T, std::string>;

/// "loopback, key or any".
[[nodiscard]] std::string any_of(std::span<const std::string_view> names);

template <typename T>
[[nodiscard]] Parsed<T> parse_value(std::string_view text);

template <>
Parsed<std::string> parse_value(std::string_view text);
template <>
Parsed<bool> parse_value(std::string_view text);
template <>
Parsed<std::uint32_t> parse_value(std::string_view text);
template <>
Parsed<double> parse_value(std::string_view text);
template <>
Parsed<std::chrono::milliseconds> parse_value(std::string_view text);
template <>
Parsed<base::ByteCount> parse_value(std::string_view text);
template <>
Parsed<base::BitRate> parse_value(std::string_view text);
template <>
Parsed<ListenAddress> parse_value(std::string_view text);
template <>
Parsed<ThreadCount> parse_value(std::string_view text);
template <>
Parsed<ReturnTime> parse_value(std::string_view text);
template <>
Parsed<AddressList> parse_value(std::string_view text);
template <>
Parsed<BackupSource> parse_value(std::string_view text);

template <NamedEnum T>
[[nodiscard]] Parsed<T> parse_value(std::string_view text) {
    static constexpr auto names = enumerator_names(T{});
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == text) return static_cast<T>(i);
    return std::unexpected("is not known here; write " + any_of(names));
}

[[nodiscard]] std::string print_value(const std::string& value);
[[nodiscard]] std::string print_value(bool value);
[[nodiscard]] std::string print_value(std::uint32_t value);
[[nodiscard]] std::string print_value(double value);
[[nodiscard]] std::string print_value(std::chrono::milliseconds value);
[[nodiscard]] std::string print_value(base::ByteCount value);
[[nodiscard]] std::string print_value(base::BitRate value);
[[nodiscard]] std::string print_value(const ListenAddress& value);
[[nodiscard]] std::string print_value(ThreadCount value);
[[nodiscard]] std::string print_value(ReturnTime value);
[[nodiscard]] std::string print_value(const AddressList& value);
[[nodiscard]] std::string print_value(const BackupSource& value);
[[nodiscard]] std::string print_value(EmptyMapping value);
[[nodiscard]] std::string print_value(EmptyList value);
template <NamedEnum T>
[[nodiscard]] std::string print_value(T value) {
    return std::string(enumerator_names(T{})[static_cast<std::size_t>(value)]);
}

}  // namespace weir::config
