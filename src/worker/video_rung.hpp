// The stage that encodes the pictures of one rung. Its encoder opens with the first picture and closes with a drain, a stop or an
// error; after the last two it waits for a picture that segments start at, since nobody could use another one.
#pragma once

#include "av/video_encoder.hpp"
#include "worker/items.hpp"
#include "worker/outlet.hpp"
#include "worker/queue.hpp"
#include "worker/rung.hpp"

#include <optional>

namespace weir::worker {

class VideoRung {
  public:
    struct Settings {
        bool low_latency = false;
        bool live = true;
        unsigned cores = 1;
        double share = 1;  ///< of the pixels of all rungs
    };

    VideoRung(Rung& rung, Queue<RungItem>& in, Outlet& outlet, Settings settings) noexcept
        : rung_(rung), in_(in), outlet_(outlet), settings_(settings) {}
    /// Until the queue is closed.
    void run();

  private:
    void take(const Picture& picture);
    void take(Stop);
    void take(const DrainRef& mark);
    [[nodiscard]] base::Result<void> open(const Picture& picture);
    [[nodiscard]] base::Result<void> encode(const Picture& picture);
    /// Hands on what is ready.
    [[nodiscard]] base::Result<void> receive();
    void finish();
    void fail(const base::Error& error);

    Rung& rung_;
    Queue<RungItem>& in_;
    Outlet& outlet_;
    Settings settings_;
    std::optional<av::VideoEncoder> encoder_;
    media::TrackSetRef tracks_;  ///< as the server was last told
    bool interrupted_ = false;   ///< waits for a boundary, and will not continue what came before
};

}  // namespace weir::worker
