// Reads a fragmented MP4 (CMAF included) as its bytes arrive: its tracks, then the samples of each fragment, in decode order
// over all its tracks (where each fragment has one track, the tracks alternate by fragments). Sans-IO. A further header may
// follow later, with other tracks: so init segments and segments can be fed one behind the other.
// Payloads leave as the inside of the server wants them: NAL units behind four-byte lengths, raw AAC frames.
#pragma once

#include "base/byte_writer.hpp"
#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "format/mp4_fragment.hpp"
#include "media/packet.hpp"
#include "media/track.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

namespace weir::format::mp4 {

struct ReaderLimits {
    std::size_t header_bytes = 4U << 20;
    std::size_t fragment_bytes = 64U << 20;
    std::size_t fragment_samples = 1U << 16;

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        constexpr std::string_view at_limit = "the file is refused";
        visit("header_bytes", self.header_bytes,
              Limit{.what = "bytes of `moov` or of one `moof`", .at_limit = at_limit, .metric = "none: commands only"});
        visit(
            "fragment_bytes", self.fragment_bytes,
            Limit{.what = "bytes of the media of one fragment", .at_limit = at_limit, .metric = "none: commands only"});
        visit("fragment_samples", self.fragment_samples,
              Limit{.what = "samples of one fragment", .at_limit = at_limit, .metric = "none: commands only"});
    }
};

/// The tracks of a header: the first video and the first audio track, with the ids of media/track.hpp.
using Event = std::variant<media::TrackSetRef, media::Packet>;

class Reader {
  public:
    explicit Reader(ReaderLimits limits = {}) noexcept : limits_(limits) {}

    /// Takes all of `bytes`. Drain `next()` afterwards: the events wait in a queue.
    void receive(base::ByteView bytes);
    /// The next event; nothing until more is received. An error is the last answer, after the events before it, and stays.
    [[nodiscard]] base::Result<std::optional<Event>> next();

  private:
    enum class State : std::uint8_t { box_header, header_body, media_body, skip, failed };

    [[nodiscard]] base::Result<base::ByteView> step(base::ByteView bytes);
    [[nodiscard]] base::Result<void> begin_box();
    [[nodiscard]] base::Result<void> finish_header();
    [[nodiscard]] base::Result<void> finish_media();

    ReaderLimits limits_;
    State state_ = State::box_header;
    std::uint64_t position_ = 0;         ///< bytes received
    std::uint64_t box_position_ = 0;     ///< where the current box starts
    std::uint64_t remaining_ = 0;        ///< bytes of its body that are still to come
    base::ByteWriter collected_;         ///< its header, and its body where that is a header of the file
    std::size_t body_at_ = 0;            ///< where in `collected_` the body starts
    std::optional<base::Buffer> media_;  ///< the body of an `mdat`
    std::vector<FileTrack> tracks_;
    std::vector<std::uint64_t> next_decode_;
    std::vector<SampleSpan> fragment_;  ///< described by the last `moof`, waiting for its `mdat`
    std::deque<Event> events_;
    std::optional<base::Error> error_;
};

}  // namespace weir::format::mp4
