// The addresses that sources are fetched from, as the configuration has them: `rtsp://10.0.0.9/stream1`, `https://host/live.m3u8`,
// `udp://239.1.1.1:5000`, and `file:opening.mp4,show.mp4`, which are files of the folder `pull.files`, played one after the other.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// What stands before the colon, in lower case; empty where there is nothing.
[[nodiscard]] std::string scheme_of(std::string_view address);
/// "10.0.0.9" of "rtsp://user:secret@10.0.0.9:554/stream1", without the brackets of IPv6.
[[nodiscard]] std::string host_of(std::string_view address);
/// For people and the journal: without user, password and what is behind `?`.
[[nodiscard]] std::string shown(std::string_view address);

[[nodiscard]] bool is_file_source(std::string_view address);
/// Their names; relative, and nowhere above where they start. The address is of files.
[[nodiscard]] base::Result<std::vector<std::string>> files_of(std::string_view address);

/// Whether it may be a source at all, and if not, how one is written.
[[nodiscard]] base::Result<void> check_source(std::string_view address);

}  // namespace weir::config
