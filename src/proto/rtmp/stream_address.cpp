#include "proto/rtmp/stream_address.hpp"

#include "base/stream_parameters.hpp"
#include "base/url.hpp"

#include <ranges>
#include <vector>

namespace weir::proto::rtmp {

namespace {

using base::before_query;
using base::ErrorKind;
using base::fail;
using base::query_of;
using base::query_parameter;

constexpr std::string_view too_many_parts = "the address has too many parts: a stream is rtmp://HOST/APP/NAME";

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
    if (query_parameter(query_of(app), "vhost") || query_parameter(query_of(tc_url), "vhost")) {
        return fail(ErrorKind::refused, "virtual hosts are not served: leave vhost out of the address");
    }
    if (segments(before_query(app)).size() > 2) {
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
    if (query_parameter(query_of(key), "vhost")) {
        return fail(ErrorKind::refused, "virtual hosts are not served: leave vhost out of the stream key");
    }
    const std::string path = std::string(before_query(app)).append("/").append(before_query(key));
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
    base::StreamParameters parameters;
    for (const std::string_view text : {key, app, tc_url}) parameters.take_query(query_of(text));
    address.token = parameters.token();
    address.is_backup = parameters.is_backup();
    return address;
}

}  // namespace weir::proto::rtmp
