// From an RTSP address to the stream that it means, and from a control (of an SDP, RFC 2326 C.1.1) to the track that a SETUP means.
#pragma once

#include "base/result.hpp"
#include "base/stream_id.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::proto::rtsp {

struct Address {
    base::StreamId stream;
    std::string rung;        ///< of what is played: a legal name; empty when there is none
    std::string token;       ///< of `?token=`, percent-decoded; empty when there is none
    bool is_backup = false;  ///< `?backup=1`: publishes as the backup of the stream
};

/// `rtsp://HOST/APP/NAME`, `/APP/NAME/RUNG` and the like. A last segment that is a control (`trackID=0`) is passed over. The error's
/// text is fit for the client.
[[nodiscard]] base::Result<Address> parse_address(std::string_view address);

/// What is behind scheme and authority: "/live/demo?token=x". What has none of these is its own path.
[[nodiscard]] std::string_view path_of(std::string_view address) noexcept;

/// A control as an absolute address; a relative one goes behind the base, however it ends, and in front of its query. `*` is the base.
[[nodiscard]] std::string join_control(std::string_view base, std::string_view control);
/// Which of `controls` the address of a SETUP means. The ways in which clients put a relative one behind the `base` (behind or before its
/// query) all count; host and scheme do not. With a single track the base itself means that.
[[nodiscard]] std::optional<std::size_t> find_control(std::string_view address, std::string_view base,
                                                      std::span<const std::string> controls);

}  // namespace weir::proto::rtsp
