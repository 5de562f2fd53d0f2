// The framed messages between the server and a worker, over one reliable byte stream in each direction; an edge follows its
// origin in the same frames. Each frame is a length, a type and a body; integers are big-endian. The first message in each
// direction is `Hello`: another version is refused in words, nothing is guessed. Sans-IO. The layout is in docs/relay.md.
#pragma once

#include "base/bytes.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "format/relay_messages.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace weir::format::relay {

struct Limits {
    base::ByteCount frame{16U << 20};
    std::uint32_t text = 4096;
    std::uint32_t rungs = 16;
    std::uint32_t tracks = 16;
    std::uint32_t texts = 255;

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        visit("frame", self.frame,
              Limit{.what = "bytes of one message",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
        visit("text", self.text,
              Limit{.what = "bytes of one text in a message",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
        visit("rungs", self.rungs,
              Limit{.what = "rungs of one worker",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
        visit("tracks", self.tracks,
              Limit{.what = "tracks of one rendition",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
        visit("texts", self.texts,
              Limit{.what = "names of files or networks in a message",
                    .at_limit = "the worker is restarted",
                    .metric = "weir_worker_restarts_total"});
    }
};

/// Bytes in, messages out. A frame under way is in a slab from its first byte on, so that it counts as media, and the payloads are
/// slices of it. Drain `next()` after each `receive`. After an error nothing follows: it is the answer for good.
class Reader {
  public:
    explicit Reader(Limits limits = {}) : limits_(limits) {}
    void receive(base::ByteView bytes);
    [[nodiscard]] base::Result<std::optional<Message>> next();

  private:
    static constexpr std::size_t length_size = 4;

    [[nodiscard]] base::ByteView take_length(base::ByteView bytes);
    void begin_frame();
    [[nodiscard]] base::ByteView fill_frame(base::ByteView bytes);
    [[nodiscard]] base::Result<std::optional<Message>> take_message();
    [[nodiscard]] base::Result<Message> parse(const base::Bytes& frame);

    Limits limits_;
    std::array<std::uint8_t, length_size> length_{};  ///< of the frame under way
    std::size_t length_filled_ = 0;
    base::Buffer frame_{0};
    std::size_t frame_filled_ = 0;
    std::deque<base::Bytes> frames_;     ///< complete, and not yet given out
    std::optional<base::Error> broken_;  ///< what follows those
    bool greeted_ = false;
    std::optional<base::Error> error_;
};

/// The message as bytes end to end: payloads and records of more than a few hundred bytes are shared, not copied. Texts are
/// cut to the default of `Limits::text`, so that a long remark costs nobody the connection; the other limits are the caller's.
[[nodiscard]] std::vector<base::Bytes> write(const Message& message);

}  // namespace weir::format::relay
