#include "base/stream_id.hpp"

#include <algorithm>
#include <array>

namespace weir::base {

namespace {

constexpr auto reserved_apps =
    std::to_array<std::string_view>({"api", "vod", "rtc", "metrics", "health", "ready", "assets"});
constexpr auto reserved_rungs = std::to_array<std::string_view>({"source", "audio", "stereo", "whip", "whep"});
constexpr auto served_extensions =
    std::to_array<std::string_view>({".m3u8", ".mpd", ".m4s", ".mp4", ".ts", ".flv", ".aac", ".jpg"});

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// In either case: nobody should have to know which of `x.TS` and `x.ts` is a stream.
bool ends_in(std::string_view name, std::string_view extension) noexcept {
    return name.size() >= extension.size() &&
           std::ranges::equal(name.substr(name.size() - extension.size()), extension, {}, lower);
}

bool is_one_of(std::string_view name, const auto& names) noexcept {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

Result<void> check_name(std::string_view name) {
    if (name.empty()) {
        return fail(ErrorKind::malformed, "a name is missing: a stream is app/name, as in live/demo");
    }
    if (name.size() > longest_name) {
        return fail(ErrorKind::malformed, "a name has at most 64 characters");
    }
    if (!std::ranges::all_of(name, is_name_character)) {
        return fail(ErrorKind::malformed, "a name is made of letters, digits, '.', '_' and '-'");
    }
    if (name.starts_with('.')) {
        return fail(ErrorKind::malformed, "a name does not start with '.'");
    }
    if (std::ranges::any_of(served_extensions,
                            [name](std::string_view extension) { return ends_in(name, extension); })) {
        return fail(ErrorKind::malformed, "a name does not end in an extension that is served, such as .m3u8 or .flv");
    }
    return {};
}

Result<void> check_rung_name(std::string_view name) {
    TRY(check_name(name));
    if (is_one_of(name, reserved_rungs)) {
        return fail(ErrorKind::malformed, "the names source, audio, stereo, whip and whep are reserved");
    }
    return {};
}

Result<StreamId> parse_stream_id(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        return fail(ErrorKind::malformed, "a stream is app/name, as in live/demo: there is one segment only");
    }
    const std::string_view app = text.substr(0, slash);
    const std::string_view name = text.substr(slash + 1);
    if (name.contains('/')) {
        return fail(ErrorKind::malformed, "a stream is app/name, as in live/demo: there are more than two segments");
    }
    TRY(check_name(app));
    TRY(check_name(name));
    if (is_one_of(app, reserved_apps)) {
        return fail(ErrorKind::malformed, "the apps api, vod, rtc, metrics, health, ready and assets are reserved");
    }
    return StreamId{.app = std::string(app), .name = std::string(name)};
}

}  // namespace weir::base
