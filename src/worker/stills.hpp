// Pictures of now for the server, when it asks: of the next picture that is decoded. On the splitter's thread, some milliseconds each.
#pragma once

#include "worker/items.hpp"
#include "worker/outlet.hpp"

#include <atomic>
#include <cstdint>

namespace weir::worker {

class Stills {
  public:
    explicit Stills(Outlet& outlet) noexcept : outlet_(outlet) {}
    /// Any thread. The next picture is answered with; two wishes before it are one.
    void want(std::uint32_t width) noexcept { wanted_ = width; }
    /// Each picture, before anything is dropped.
    void look(const Picture& picture);

  private:
    Outlet& outlet_;
    std::atomic<std::uint32_t> wanted_{0};  ///< its width; 0: none
};

}  // namespace weir::worker
