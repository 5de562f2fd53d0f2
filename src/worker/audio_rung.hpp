// The stage that makes the sound of the rungs where the source's own cannot be passed through: it decodes, resamples and encodes
// AAC-LC, on a grid of its own from the first sample on. A short gap becomes silence; after a long one the grid starts anew. Sound is
// never dropped by overload.
#pragma once

#include "av/audio_encoder.hpp"
#include "av/decoder.hpp"
#include "av/resampler.hpp"
#include "worker/items.hpp"
#include "worker/outlet.hpp"
#include "worker/queue.hpp"
#include "worker/rung.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>

namespace weir::worker {

class AudioRung {
  public:
    AudioRung(Rung& rung, Queue<SourceItem>& in, Outlet& outlet, std::atomic<std::uint64_t>& errors) noexcept
        : rung_(rung), in_(in), outlet_(outlet), errors_(errors) {}
    /// Until the queue is closed.
    void run();

  private:
    void take(const media::TrackSetRef& tracks);
    void take(const SourcePacket& source);
    void take(const DrainRef& mark);
    [[nodiscard]] base::Result<void> decode(const media::Packet& packet);
    [[nodiscard]] base::Result<void> receive_frames();
    [[nodiscard]] base::Result<void> keep_time(const av::Frame& sound);
    [[nodiscard]] base::Result<void> open_encoder(media::Ticks start);
    [[nodiscard]] base::Result<void> encode();
    [[nodiscard]] base::Result<void> receive_packets();
    void write(media::Packet packet);
    void close_decoder();
    void close_encoder();
    void trouble(const base::Error& error);

    Rung& rung_;
    Queue<SourceItem>& in_;
    Outlet& outlet_;
    std::atomic<std::uint64_t>& errors_;
    std::optional<media::Track> track_;
    std::optional<av::Decoder> decoder_;
    std::optional<av::Resampler> resampler_;  ///< there while the encoder is
    std::optional<av::AudioEncoder> encoder_;
    media::Ticks start_;                   ///< of the encoder's first sample
    std::optional<media::Ticks> end_;      ///< of its last one, while it is drained
    std::deque<media::Ticks> boundaries_;  ///< segments start here, and no packet has said so yet
    media::TrackSetRef tracks_;            ///< as the server was last told
    bool discontinuity_ = false;           ///< the next packet bears it
};

}  // namespace weir::worker
