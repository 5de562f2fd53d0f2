// A media file as a live source: each packet when it is due, again and again where that is wanted.
#pragma once

#include "app/publisher.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace weir::app {

struct FilePlayback {
    bool loop = false;   ///< start again at the end of the file, without a seam
    bool clock = false;  ///< mark each video frame with the wall clock, in an SEI message
};

/// Begins with the first packet that is asked for.
[[nodiscard]] std::unique_ptr<LiveSource> play_file(const boost::asio::any_io_executor& executor, MediaFile file,
                                                    FilePlayback playback);

}  // namespace weir::app
