// Where slabs get their memory. Those of 8 KiB and more come in steps of a sixteenth of their size, and a few that were released are
// kept for the next of the same step: segments and frames come and go by hundreds a second, in as many sizes, and an allocator for
// everything looks long for a place for each. Each thread keeps its own; what was taken on one may be given back on another. What a
// thread has kept for some seconds in vain goes back to the allocator.
#pragma once

#include "base/limits.hpp"
#include "base/units.hpp"

#include <cstddef>

namespace weir::base {

struct SlabPoolLimits {
    ByteCount kept{4U << 20};

    void fields(this auto& self, auto&& visit) {
        visit(
            "kept", self.kept,
            Limit{.what = "released slabs that a thread keeps for the next of their size, if one comes within seconds",
                  .at_limit = "the allocator has it back",
                  .metric = "weir_slab_kept_bytes"});
    }
};

/// What all threads keep now. Any thread.
[[nodiscard]] std::size_t slab_kept_bytes() noexcept;
/// Gives back what the calling thread has kept since the last call and not needed.
void release_idle_slabs() noexcept;

}  // namespace weir::base

namespace weir::base::detail {

/// How much memory there is where `size` is asked for.
[[nodiscard]] std::size_t step_of(std::size_t size) noexcept;

/// Memory of `step_of(size)` bytes, with pages of its own from the first byte to the last; throws `std::bad_alloc`.
[[nodiscard]] void* take_memory(std::size_t size);
/// Takes back what was taken for `size`.
void give_memory(void* memory, std::size_t size) noexcept;
/// What this thread keeps now.
[[nodiscard]] std::size_t kept_bytes() noexcept;

}  // namespace weir::base::detail
