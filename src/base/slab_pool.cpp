#include "base/slab_pool.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

namespace weir::base::detail {

namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t worth_a_call = 32U << 10;

constexpr std::size_t most_kept = SlabPoolLimits{}.kept.bytes();
constexpr std::size_t least = 8U << 10;  ///< below, the general allocator is as quick
constexpr std::size_t most = 512U << 10;
constexpr std::size_t steps_an_octave = 16;
constexpr std::size_t octaves = std::bit_width(most / least) - 1;

/// A piece of memory that waits for the next slab of its size.
struct Kept {
    Kept* next;
};

/// The pieces of one size.
struct Step {
    Kept* first = nullptr;
    std::uint32_t count = 0;
    std::uint32_t idle = 0;  ///< the fewest that there were since `release_idle_slabs`
};

/// Without a destructor, since slabs may be released until the last moment of their thread.
struct Pool {
    std::array<Step, octaves * steps_an_octave + 1> steps{};
    std::size_t bytes = 0;
    bool is_closed = false;
};
thread_local constinit Pool pool;
constinit std::atomic<std::size_t> kept_by_all{0};

void count_kept(std::size_t bytes) noexcept {
    pool.bytes += bytes;
    kept_by_all.fetch_add(bytes, std::memory_order_relaxed);
}

void count_taken(std::size_t bytes) noexcept {
    pool.bytes -= bytes;
    kept_by_all.fetch_sub(bytes, std::memory_order_relaxed);
}

Kept* take_kept(Step& step) noexcept {
    Kept* const found = step.first;
    if (found == nullptr) return nullptr;
    step.first = found->next;
    step.idle = std::min(step.idle, --step.count);
    return found;
}

std::size_t step_for(std::size_t size) noexcept { return std::bit_floor(size) / steps_an_octave; }

bool is_kept(std::size_t size) noexcept { return least <= size && size <= most; }

std::size_t place_of(std::size_t rounded) noexcept {
    const std::size_t octave = static_cast<std::size_t>(std::bit_width(rounded / least)) - 1;
    return octave * steps_an_octave + rounded / step_for(rounded) - steps_an_octave;
}

/// The size of what is at a place.
std::size_t size_at(std::size_t place) noexcept {
    return (least << place / steps_an_octave) / steps_an_octave * (steps_an_octave + place % steps_an_octave);
}

/// Gives everything back when the thread ends.
struct Closing {
    Closing() = default;
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;
    ~Closing() {
        pool.is_closed = true;
        for (Step& step : pool.steps)
            while (Kept* const kept = take_kept(step)) ::operator delete(kept);
        count_taken(pool.bytes);
    }
};

// Asks for all pages of a larger slab with one system call: as windows fill, a fault for each page costs several times as much,
// on virtual machines most of all. A kernel that does not know the call is no harm.
void populate(void* memory, std::size_t size) noexcept {
    if (size < worth_a_call) return;
    std::size_t room = size;
    void* first = memory;
    if (std::align(page, page, first, room) != nullptr) (void)::madvise(first, room / page * page, MADV_POPULATE_WRITE);
}

}  // namespace

std::size_t step_of(std::size_t size) noexcept {
    if (!is_kept(size)) return size;
    const std::size_t step = step_for(size);
    return (size + step - 1) / step * step;
}

void* take_memory(std::size_t size) {
    const std::size_t rounded = step_of(size);
    if (is_kept(size)) {
        if (Kept* const kept = take_kept(pool.steps.at(place_of(rounded)))) {
            count_taken(rounded);
            ASAN_UNPOISON_MEMORY_REGION(kept, rounded);
            return kept;
        }
    }
    void* const memory = ::operator new(rounded);
    populate(memory, rounded);
    return memory;
}

void give_memory(void* memory, std::size_t size) noexcept {
    static thread_local const Closing closing;
    const std::size_t rounded = step_of(size);
    if (!is_kept(size) || pool.is_closed || pool.bytes + rounded > most_kept) return ::operator delete(memory);
    Step& step = pool.steps.at(place_of(rounded));
    step.first = new (memory) Kept{step.first};
    ++step.count;
    count_kept(rounded);
    ASAN_POISON_MEMORY_REGION(step.first + 1, rounded - sizeof(Kept));
}

std::size_t kept_bytes() noexcept { return pool.bytes; }

}  // namespace weir::base::detail

namespace weir::base {

std::size_t slab_kept_bytes() noexcept { return detail::kept_by_all.load(std::memory_order_relaxed); }

void release_idle_slabs() noexcept {
    using namespace detail;
    for (std::size_t place = 0; place < pool.steps.size(); ++place) {
        Step& step = pool.steps.at(place);
        for (std::uint32_t left = step.idle; left > 0; --left) {
            ::operator delete(take_kept(step));
            count_taken(size_at(place));
        }
        step.idle = step.count;
    }
}

}  // namespace weir::base
