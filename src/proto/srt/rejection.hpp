// Why a caller is turned away, as SRT tells it: the codes of 1000 and more that the guidelines for access control set aside for servers,
// which are those of HTTP ("SRT Access Control Guidelines", Rejection Codes). A closed set, listed once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::proto::srt {

enum class Rejection : std::uint8_t {
    bad_request,        ///< the stream id is none
    unauthorized,       ///< a key is missing, or it is a wrong one
    overload,           ///< a limit is reached
    forbidden,          ///< not from there, or not at all
    not_found,          ///< no such stream, or rendition
    bad_mode,           ///< a mode that is not served
    conflict,           ///< somebody else publishes the stream
    unsupported_media,  ///< a type that is not served, or a stream that MPEG-TS cannot carry
    locked,             ///< it may be played in a moment
    unavailable,        ///< the server goes
};

struct RejectionInfo {
    int code;
    std::string_view name;
};

/// In the order of the enumerators.
inline constexpr std::array<RejectionInfo, 10> rejections{{{1400, "bad_request"},
                                                           {1401, "unauthorized"},
                                                           {1402, "overload"},
                                                           {1403, "forbidden"},
                                                           {1404, "not_found"},
                                                           {1405, "bad_mode"},
                                                           {1409, "conflict"},
                                                           {1415, "unsupported_media"},
                                                           {1423, "locked"},
                                                           {1503, "unavailable"}}};

[[nodiscard]] constexpr int code_of(Rejection rejection) noexcept {
    return rejections[static_cast<std::size_t>(rejection)].code;
}
[[nodiscard]] constexpr std::string_view name(Rejection rejection) noexcept {
    return rejections[static_cast<std::size_t>(rejection)].name;
}

}  // namespace weir::proto::srt
