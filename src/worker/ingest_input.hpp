// What may be read from where, as FFmpeg's demuxer is told it: a table of schemes with their protocols, formats and options. What is
// not in it cannot be asked for, neither by an address nor by what a playlist names.
#pragma once

#include "av/demuxer.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace weir::worker {

struct IngestInput {
    av::DemuxerSettings settings;
    std::string_view scheme;
    bool is_sent_to_us = false;  ///< over UDP: a port is bound, and nothing is connected to
};

/// `refused` or `unsupported` in words. The deadlines are the caller's to watch; `silence` is told to protocols that have their own.
[[nodiscard]] base::Result<IngestInput> input_of(const std::string& url, media::Ticks silence);
/// Of a file that is open.
[[nodiscard]] av::DemuxerSettings input_of_file(const std::string& name, int file);
/// What the API calls it: "hls", "dash", "http", "udp", "file".
[[nodiscard]] std::string_view protocol_name(std::string_view scheme, std::string_view format);

}  // namespace weir::worker
