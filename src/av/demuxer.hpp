// Reads what libavformat can: opens an address or a file, says which elementary streams there are, and gives their packets one by one
// with times in Ticks, on the source's own time line. One thread. What may be opened is the caller's to say, protocol by
// protocol; what may be connected to is the sandbox's (worker/broker).
#pragma once

#include "av/alive.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/codec.hpp"
#include "media/ticks.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct AVFormatContext;
struct AVIOContext;

namespace weir::av {

namespace detail {
void release_format(AVFormatContext* context) noexcept;
void release_input(AVIOContext* context) noexcept;
}  // namespace detail

using FormatContext = Owned<AVFormatContext, Object::context, detail::release_format>;
using InputContext = Owned<AVIOContext, Object::context, detail::release_input>;

struct DemuxerSettings {
    std::string url;        ///< of a file only its name, for its extension
    int file = -1;          ///< read this, in place of opening `url`; not taken over
    std::string format;     ///< FFmpeg's name; empty: guessed
    std::string protocols;  ///< that may be opened, by any of them; comma separated
    std::string formats;    ///< that may be guessed, and be inside another; comma separated
    std::vector<std::pair<std::string, std::string>> options;
    std::uint64_t probe_bytes = 2U << 20;  ///< read at most before it is said what there is
    media::Ticks probe_time = media::Ticks::milliseconds(3000);
    /// Asked whenever something is waited for; true: give up.
    std::function<bool()> is_cancelled;
    std::string* trouble = nullptr;  ///< what FFmpeg says of a failure; outlives the demuxer
};

/// What is known of one elementary stream.
struct ElementaryStream {
    std::size_t index = 0;  ///< of its packets
    media::Kind kind = media::Kind::video;
    std::optional<media::Codec> codec;  ///< nothing: one that the server has no row for
    std::string codec_name;             ///< as FFmpeg calls it, for people
    base::Bytes record;                 ///< extradata: may be empty, a configuration record, or Annex B
    std::optional<media::Ticks> start;  ///< presentation time of its first packet, where that is known
    double frame_rate = 0;
    std::uint32_t sample_rate = 0;
    std::uint8_t channels = 0;
    std::uint64_t bitrate = 0;
    std::string language;
};

/// One packet. The views live until the next call.
struct ElementaryPacket {
    std::size_t stream = 0;
    std::optional<media::Ticks> dts;  ///< nothing: right behind the one before
    media::Ticks composition_offset;  ///< pts - dts
    media::Ticks duration;            ///< 0: unknown
    bool keyframe = false;
    base::ByteView data;
    base::ByteView new_record;  ///< extradata that is in force from here on; mostly empty
};

class Demuxer {
  public:
    [[nodiscard]] static base::Result<Demuxer> create(DemuxerSettings settings);
    Demuxer(Demuxer&&) noexcept;
    Demuxer& operator=(Demuxer&&) = delete;
    ~Demuxer();

    /// FFmpeg's name of the format: "hls", "mov,mp4,m4a,3gp,3g2,mj2".
    [[nodiscard]] std::string_view format() const noexcept;
    [[nodiscard]] const std::vector<ElementaryStream>& streams() const noexcept { return streams_; }
    /// The streams that are to be read of the best program, at most one of each kind; what is left out is not even fetched where the
    /// format allows that. Once.
    [[nodiscard]] std::vector<ElementaryStream> take_best();
    /// Nothing at the end.
    [[nodiscard]] base::Result<std::optional<ElementaryPacket>> next();

  private:
    struct Surroundings;
    explicit Demuxer(std::unique_ptr<Surroundings> around);
    [[nodiscard]] base::Result<void> open();
    void list_streams();
    [[nodiscard]] std::unexpected<base::Error> failed(int number, std::string_view text) const;

    std::unique_ptr<Surroundings> around_;  ///< what FFmpeg keeps pointers to
    std::vector<ElementaryStream> streams_;
};

}  // namespace weir::av
