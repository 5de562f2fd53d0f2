#include "worker/stills.hpp"

#include "av/jpeg_encoder.hpp"

#include <chrono>
#include <utility>

namespace weir::worker {

void Stills::look(const Picture& picture) {
    const std::uint32_t width = wanted_.load(std::memory_order_relaxed) == 0 ? 0 : wanted_.exchange(0);
    if (width == 0) return;
    auto made = av::make_jpeg(*picture.frame, width);
    if (!made) outlet_.trouble("still", made.error().text, std::chrono::steady_clock::now());
    format::relay::Still still;
    if (made) still = {.width = made->width, .height = made->height, .jpeg = std::move(made->bytes)};
    outlet_.write(still);
}

}  // namespace weir::worker
