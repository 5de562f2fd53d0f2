#include "proto/rtmp/stream_address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <ranges>
#include <vector>

namespace weir::proto::rtmp {

namespace {

using base::ErrorKind;
using base::fail;

constexpr std::string_view too_many_parts = "the address has too many parts: a stream is rtmp://HOST/APP/NAME";

std::string_view path_of(std::string_view text) noexcept { return text.substr(0, text.find('?')); }

std::string_view query_of(std::string_view text) noexcept {
    const std::size_t mark = text.find('?');
    return mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1);
}

/// The raw value of a parameter of a query.
std::optional<std::string_view> parameter(std::string_view query, std::string_view name) {
    for (const auto part : std::views::split(query, '&')) {
        const std::string_view field(part.begin(), part.end());
        if (const std::size_t equals = field.find('='); field.substr(0, equals) == name) {
            return equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
        }
    }
    return std::nullopt;
}

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    while (!text.empty()) {
        std::uint8_t byte = 0;
        if (text.size() >= 3 && text[0] == '%') {
            const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
            if (error == std::errc() && end == text.data() + 3) {
                decoded += static_cast<char>(byte);
                text.remove_prefix(3);
                continue;
            }
        }
        decoded += text.front();
        text.remove_prefix(1);
    }
    return decoded;
}

/// The segments of a path. Empty ones say nothing, and neither does the instance that Flash calls the default.
std::vector<std::string_view> segments(std::string_view path) {
    std::vector<std::string_view> found;
    for (const auto part : std::views::split(path, '/')) {
        const std::string_view segment(part.begin(), part.end());
        if (!segment.empty() && !(segment == "_definst_" && found.size() == 1)) {
            found.push_back(segment);
        }
    }
    return found;
}

}  // namespace

base::Result<void> check_app(std::string_view app, std::string_view tc_url) {
    if (parameter(query_of(app), "vhost") || parameter(query_of(tc_url), "vhost")) {
        return fail(ErrorKind::refused, "virtual hosts are not served: leave vhost out of the address");
    }
    if (segments(path_of(app)).size() > 2) {
        return fail(ErrorKind::refused, too_many_parts);
    }
    return {};
}

base::Result<StreamAddress> parse_stream_address(std::string_view app, std::string_view tc_url, std::string_view key) {
    StreamAddress address = TRY(parse_play_address(app, tc_url, key));
    if (!address.rung.empty()) {
        return fail(ErrorKind::refused, too_many_parts);
    }
    return address;
}

base::Result<StreamAddress> parse_play_address(std::string_view app, std::string_view tc_url, std::string_view key) {
    TRY(check_app(app, tc_url));
    if (parameter(query_of(key), "vhost")) {
        return fail(ErrorKind::refused, "virtual hosts are not served: leave vhost out of the stream key");
    }
    const std::string path = std::string(path_of(app)).append("/").append(path_of(key));
    const std::vector<std::string_view> parts = segments(path);
    if (parts.size() < 2) {
        return fail(ErrorKind::refused, "the address names no stream: it is rtmp://HOST/APP/NAME");
    }
    if (parts.size() > 3) {
        return fail(ErrorKind::refused, too_many_parts);
    }
    StreamAddress address;
    address.stream = TRY(base::parse_stream_id(std::string(parts[0]).append("/").append(parts[1])));
    if (parts.size() == 3) {
        TRY(base::check_name(parts[2]));
        address.rung = parts[2];
    }
    const auto asked = [&](std::string_view name) {
        for (const std::string_view text : {key, app, tc_url})
            if (const auto value = parameter(query_of(text), name); value && !value->empty()) return *value;
        return std::string_view();
    };
    address.token = percent_decoded(asked("token"));
    address.is_backup = asked("backup") == "1";
    return address;
}

}  // namespace weir::proto::rtmp
