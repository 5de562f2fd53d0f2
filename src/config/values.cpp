#include "config/values.hpp"

#include "base/escape.hpp"
#include "base/stream_id.hpp"
#include "config/source_address.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include <arpa/inet.h>

namespace weir::config {

namespace {

constexpr std::size_t most_addresses = 16;  ///< of one source

template <typename T>
Parsed<T> from_base(base::Result<T> result) {
    if (!result) {
        return std::unexpected(std::string(result.error().text));
    }
    return *result;
}

bool is_address(const std::string& host, int family) {
    in6_addr address{};
    return inet_pton(family, host.c_str(), &address) == 1;
}

/// The whole of `text` as a number; digits only for integers.
template <typename T>
bool parse_number(std::string_view text, T& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string any_of(std::span<const std::string_view> names) {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        out += i == 0 ? "" : i + 1 == names.size() ? " or " : ", ";
        out += names[i];
    }
    return out;
}

template <>
Parsed<std::string> parse_value(std::string_view text) {
    for (std::string_view rest = text; !rest.empty();) {
        const auto character = base::front_character(rest);
        if (!character || base::is_unprintable(character->code)) {
            return std::unexpected("holds a character that cannot be printed; write it without");
        }
        rest.remove_prefix(character->length);
    }
    return std::string(text);
}

template <>
Parsed<bool> parse_value(std::string_view text) {
    if (text == "true" || text == "yes" || text == "on") {
        return true;
    }
    if (text == "false" || text == "no" || text == "off") {
        return false;
    }
    return std::unexpected("is neither true nor false; write true or false");
}

template <>
Parsed<std::uint32_t> parse_value(std::string_view text) {
    std::uint32_t number = 0;
    if (!parse_number(text, number)) {
        return std::unexpected("is not a whole number; write digits alone, as in 1000");
    }
    return number;
}

template <>
Parsed<double> parse_value(std::string_view text) {
    double number = 0;
    if (!parse_number(text, number) || !std::isfinite(number)) {
        return std::unexpected("is not a number; write it as in 30 or 29.97");
    }
    return number;
}

template <>
Parsed<std::chrono::milliseconds> parse_value(std::string_view text) {
    const auto duration = base::parse_duration(text);
    if (!duration) {
        return std::unexpected(std::string(duration.error().text));
    }
    if (*duration % std::chrono::milliseconds(1) != base::Duration::zero()) {
        return std::unexpected("is finer than a millisecond; write whole milliseconds, as in 30ms");
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
}

template <>
Parsed<base::ByteCount> parse_value(std::string_view text) {
    return from_base(base::parse_byte_count(text));
}

template <>
Parsed<base::BitRate> parse_value(std::string_view text) {
    return from_base(base::parse_bit_rate(text));
}

template <>
Parsed<ListenAddress> parse_value(std::string_view text) {
    if (text.empty()) {
        return ListenAddress{};
    }
    const auto wrong = std::unexpected<std::string>(
        "is not an address to listen on; write :8080, 127.0.0.1:8080 or [::1]:8080, or \"\" for none");
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return wrong;
    }
    ListenAddress address{.host = std::string(text.substr(0, colon)), .port = 0, .enabled = true};
    if (!parse_number(text.substr(colon + 1), address.port)) {
        return wrong;
    }
    if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
        return is_address(address.host, AF_INET6) ? Parsed<ListenAddress>(address) : wrong;
    }
    const bool good = address.host.empty() || is_address(address.host, AF_INET);
    return good ? Parsed<ListenAddress>(address) : wrong;
}

template <>
Parsed<ThreadCount> parse_value(std::string_view text) {
    std::uint32_t count = 0;
    if (text != "auto" && (!parse_number(text, count) || count == 0)) {
        return std::unexpected("is not a number of threads; write auto, or a number such as 4");
    }
    return ThreadCount{count};
}

template <>
Parsed<ReturnTime> parse_value(std::string_view text) {
    if (text == "never") {
        return ReturnTime::never();
    }
    const auto after = parse_value<std::chrono::milliseconds>(text);
    if (!after) {
        return std::unexpected("is neither a duration nor never; write it as in 5s");
    }
    return ReturnTime{*after};
}

template <>
Parsed<AddressList> parse_value(std::string_view text) {
    AddressList list;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        if (word.empty()) {
            continue;
        }
        const auto printable = parse_value<std::string>(word);
        if (!printable) {
            return std::unexpected(printable.error());
        }
        if (const auto good = check_source(word); !good) {
            return std::unexpected(std::string(good.error().text));
        }
        list.addresses.push_back(*printable);
    }
    if (list.addresses.size() > most_addresses) {
        return std::unexpected("names too many addresses; write at most 16");
    }
    return list;
}

template <>
Parsed<BackupSource> parse_value(std::string_view text) {
    if (text.contains(':')) {
        auto list = parse_value<AddressList>(text);
        if (!list) {
            return std::unexpected(list.error());
        }
        return BackupSource{.fetched = *std::move(list)};
    }
    if (const auto id = base::parse_stream_id(text); !text.empty() && !id) {
        return std::unexpected("is no stream: " + std::string(id.error().text) +
                               "; write a stream, as in live/spare, or an address, as in rtsp://10.0.0.9/stream1");
    }
    return BackupSource{.stream = std::string(text)};
}

std::string print_value(const std::string& value) { return value; }
std::string print_value(bool value) { return value ? "true" : "false"; }
std::string print_value(std::uint32_t value) { return std::to_string(value); }
std::string print_value(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}
std::string print_value(std::chrono::milliseconds value) { return base::print(base::Duration(value)); }
std::string print_value(base::ByteCount value) { return base::print(value); }
std::string print_value(base::BitRate value) { return base::print(value); }
std::string print_value(const ListenAddress& value) {
    if (!value.enabled) {
        return "";
    }
    const std::string host = value.host.contains(':') ? "[" + value.host + "]" : value.host;
    return host + ":" + std::to_string(value.port);
}
std::string print_value(ThreadCount value) { return value.count == 0 ? "auto" : std::to_string(value.count); }
std::string print_value(ReturnTime value) { return value == ReturnTime::never() ? "never" : print_value(value.after); }
std::string print_value(const AddressList& value) {
    std::string out;
    for (const std::string& address : value.addresses) {
        out += (out.empty() ? "" : " ") + address;
    }
    return out;
}
std::string print_value(const BackupSource& value) {
    return value.stream.empty() ? print_value(value.fetched) : value.stream;
}
std::string print_value(EmptyMapping) { return "{}"; }
std::string print_value(EmptyList) { return "[]"; }

}  // namespace weir::config
