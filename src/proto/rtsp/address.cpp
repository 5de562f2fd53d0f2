#include "proto/rtsp/address.hpp"

#include "base/stream_parameters.hpp"
#include "proto/rtsp/syntax.hpp"

#include <array>
#include <vector>

namespace weir::proto::rtsp {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::array<std::string_view, 3> schemes{"rtsp://", "rtsps://", "rtspu://"};

bool is_absolute(std::string_view address) noexcept {
    for (const std::string_view scheme : schemes)
        if (starts_ignoring_case(address, scheme)) return true;
    return false;
}

std::string_view without_query(std::string_view path) noexcept { return path.substr(0, path.find('?')); }

std::string_view query_of(std::string_view path) noexcept {
    const std::size_t mark = path.find('?');
    return mark == std::string_view::npos ? std::string_view() : path.substr(mark + 1);
}

/// Clients put controls behind the query as well: a value ends before a slash.
base::StreamParameters parameters_in(std::string_view query) {
    base::StreamParameters parameters;
    while (!query.empty()) {
        const Parameter parameter = parse_parameter(take_element(query, '&'));
        parameters.take(parameter.name, parameter.value.substr(0, parameter.value.find('/')));
    }
    return parameters;
}

/// Empty segments say nothing; one with `=` is a control, and no legal name.
std::vector<std::string_view> segments(std::string_view path) {
    std::vector<std::string_view> found;
    while (!path.empty()) {
        const std::string_view segment = take_element(path, '/');
        if (!segment.empty()) found.push_back(segment);
    }
    if (!found.empty() && found.back().contains('=')) found.pop_back();
    return found;
}

std::string_view without_slash(std::string_view text) noexcept {
    while (text.ends_with('/')) text.remove_suffix(1);
    return text;
}

/// Whether `address`, a path, is `control` behind `base`, a path, in one of the ways in which clients join them.
bool joins(std::string_view address, std::string_view base, std::string_view control) {
    const std::string_view query = query_of(base);
    const std::string plain = std::string(without_slash(without_query(base))).append("/").append(control);
    if (address == plain) return true;
    if (query.empty()) return false;
    return address == std::string(plain).append("?").append(query) ||
           address == std::string(without_slash(base)).append("/").append(control);
}

}  // namespace

std::string_view path_of(std::string_view address) noexcept {
    if (!is_absolute(address)) return address;
    address.remove_prefix(address.find("//") + 2);
    const std::size_t end = address.find_first_of("/?");
    return end == std::string_view::npos ? std::string_view() : address.substr(end);
}

Result<Address> parse_address(std::string_view address) {
    const std::string_view path = path_of(address);
    if (address.contains("://") && !is_absolute(address))
        return fail(ErrorKind::malformed, "the address begins with rtsp://");
    const std::vector<std::string_view> parts = segments(without_query(path));
    if (parts.size() < 2) return fail(ErrorKind::malformed, "the address names no stream: it is rtsp://HOST/APP/NAME");
    if (parts.size() > 3)
        return fail(ErrorKind::malformed, "the address has too many parts: a stream is rtsp://HOST/APP/NAME");
    Address found;
    found.stream = TRY(base::parse_stream_id(std::string(parts[0]).append("/").append(parts[1])));
    if (parts.size() == 3) {
        TRY(base::check_name(parts[2]));
        found.rung = parts[2];
    }
    const base::StreamParameters parameters = parameters_in(query_of(path));
    found.token = parameters.token();
    found.is_backup = parameters.is_backup();
    return found;
}

std::string join_control(std::string_view base, std::string_view control) {
    if (is_absolute(control)) return std::string(control);
    if (control.empty() || control == "*") return std::string(base);
    const std::string_view query = query_of(base);
    std::string joined(without_slash(without_query(base)));
    joined.append("/").append(control.starts_with('/') ? control.substr(1) : control);
    if (!query.empty()) joined.append("?").append(query);
    return joined;
}

std::optional<std::size_t> find_control(std::string_view address, std::string_view base,
                                        std::span<const std::string> controls) {
    const std::string_view path = without_slash(path_of(address));
    const std::string_view base_path = path_of(base);
    for (std::size_t i = 0; i < controls.size(); ++i) {
        const std::string_view control = controls[i];
        if (is_absolute(control) && without_slash(path_of(control)) == path) return i;
        if (!is_absolute(control) && !control.empty() && joins(path, base_path, control)) return i;
    }
    const bool is_base = path == without_slash(base_path) || path == without_slash(without_query(base_path));
    if (controls.size() == 1 && is_base) return 0;
    return std::nullopt;
}

}  // namespace weir::proto::rtsp
