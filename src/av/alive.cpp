#include "av/alive.hpp"

#include <array>
#include <atomic>

namespace weir::av {

namespace {

std::array<std::atomic<std::int64_t>, 3> counts{};

std::uint64_t read(Object kind) noexcept {
    return static_cast<std::uint64_t>(counts[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed));
}

}  // namespace

Alive alive() noexcept { return {read(Object::frame), read(Object::packet), read(Object::context)}; }

void detail::count(Object kind, int difference) noexcept {
    counts[static_cast<std::size_t>(kind)].fetch_add(difference, std::memory_order_relaxed);
}

}  // namespace weir::av
