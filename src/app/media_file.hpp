// A media file as tracks and packets in decode order: FLV, MPEG-TS or fragmented MP4, read by our own parsers a piece at a time.
// For `weir publish`; one owner, one thread.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace weir::app {

/// New parameters of a track, or an access unit. Packets have exact times of the file, which starts wherever it starts.
using MediaEvent = std::variant<media::Track, media::Packet>;

/// What turns a container's bytes into events. Bytes in, events out, drained after each `receive`.
class Demuxer {
  public:
    virtual ~Demuxer() = default;
    virtual void receive(base::ByteView bytes) = 0;
    /// Nothing follows: what is held back can be had.
    virtual void finish() {}
    [[nodiscard]] virtual base::Result<std::optional<MediaEvent>> next() = 0;
};

class MediaFile {
  public:
    /// Fails with `not_found` or `io` for the file, `unsupported` for what is neither FLV, MPEG-TS nor fragmented MP4.
    [[nodiscard]] static base::Result<MediaFile> open(const std::string& path);
    MediaFile(MediaFile&&) noexcept;
    ~MediaFile();

    /// The next event; nothing at the end of the file.
    [[nodiscard]] base::Result<std::optional<MediaEvent>> next();
    /// Back to the start.
    [[nodiscard]] base::Result<void> rewind();

  private:
    struct Contents;
    explicit MediaFile(std::unique_ptr<Contents> contents);
    [[nodiscard]] base::Result<void> recognize();

    std::unique_ptr<Contents> contents_;
    std::unique_ptr<Demuxer> demuxer_;
};

}  // namespace weir::app
