#include "config/source_address.hpp"

#include <algorithm>
#include <array>

namespace weir::config {

using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view file_scheme = "file";
constexpr std::array<std::string_view, 11> schemes{"rtmp",  "rtmps", "rtsp", "rtsps", "srt", "http",
                                                   "https", "udp",   "rtp",  "tcp",   "file"};

/// Between `//` and the path.
std::string_view authority_of(std::string_view address) {
    const std::size_t begin = address.find("://");
    if (begin == std::string_view::npos) return {};
    address.remove_prefix(begin + 3);
    return address.substr(0, address.find_first_of("/?#"));
}

std::string_view without_user(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

bool leads_up(std::string_view name) {
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view part = rest.substr(0, rest.find('/'));
        if (part == "..") return true;
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    }
    return false;
}

}  // namespace

std::string scheme_of(std::string_view address) {
    const std::size_t colon = address.find(':');
    if (colon == std::string_view::npos) return {};
    std::string scheme(address.substr(0, colon));
    std::ranges::transform(scheme, scheme.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return scheme;
}

std::string host_of(std::string_view address) {
    const std::string_view place = without_user(authority_of(address));
    if (place.starts_with('[')) return std::string(place.substr(1, place.find(']') - 1));
    return std::string(place.substr(0, place.rfind(':')));
}

std::string shown(std::string_view address) {
    const std::string_view authority = authority_of(address);
    std::string result(address.substr(0, address.find('?')));
    if (authority.contains('@'))
        result.erase(result.find("://") + 3, authority.size() - without_user(authority).size());
    return result;
}

bool is_file_source(std::string_view address) { return scheme_of(address) == file_scheme; }

Result<std::vector<std::string>> files_of(std::string_view address) {
    std::vector<std::string> files;
    for (std::string_view rest = address.substr(file_scheme.size() + 1); !rest.empty();) {
        const std::string_view name = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        if (name.starts_with('/') || leads_up(name))
            return fail(ErrorKind::refused, "files of a source are named from the folder pull.files on, and lie in it");
        if (!name.empty()) files.emplace_back(name);
    }
    if (files.empty()) return fail(ErrorKind::malformed, "a source of files names none; write file:show.mp4");
    return files;
}

Result<void> check_source(std::string_view address) {
    const std::string scheme = scheme_of(address);
    if (std::ranges::find(schemes, scheme) == schemes.end())
        return fail(ErrorKind::unsupported,
                    "is not an address that a source can be fetched from; write rtsp://HOST/PATH, or one that begins "
                    "with rtmp, rtmps, rtsps, srt, http, https, udp, rtp, tcp or file:NAME");
    if (is_file_source(address)) {
        TRY(files_of(address));
    } else if (authority_of(address).empty()) {
        return fail(ErrorKind::malformed, "names no host; write it as in rtsp://10.0.0.9/stream1");
    }
    return {};
}

}  // namespace weir::config
