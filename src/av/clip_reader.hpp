// The pictures of a file, a still or a clip, shown in real time and again from the start at its end. Reads an open file through
// libavformat, nothing else: no other file, no address, whatever the file says. One thread.
#pragma once

#include "av/codec_context.hpp"
#include "av/frame.hpp"
#include "base/result.hpp"
#include "media/ticks.hpp"

#include <memory>
#include <optional>

namespace weir::av {

class ClipReader {
  public:
    /// `file` is not taken over. `unsupported` where there is no picture in it.
    [[nodiscard]] static base::Result<ClipReader> open(int file);
    ClipReader(ClipReader&&) noexcept;
    ClipReader& operator=(ClipReader&&) noexcept;
    ~ClipReader();

    /// The picture that is to be seen at `time`, which never goes back. The same until there is another.
    [[nodiscard]] base::Result<FrameRef> picture_at(media::Ticks time);

  private:
    struct Source;
    struct Picture {
        FrameRef frame;
        media::Ticks from;
        media::Ticks until;
    };

    explicit ClipReader(std::unique_ptr<Source> source);
    /// Nothing at the end.
    [[nodiscard]] base::Result<std::optional<Picture>> read();
    [[nodiscard]] base::Result<void> rewind();

    std::unique_ptr<Source> source_;
    Picture shown_;
    media::Ticks round_;  ///< when the clip began again
    bool is_still_ = false;
};

}  // namespace weir::av
