// How many objects of FFmpeg and zimg are alive in the process, by kind. Whatever `av/` makes is counted where it is made
// and where it is freed, so that a leak is a number in the worker's report, and a test can ask for zero.
#pragma once

#include <cstdint>
#include <utility>

namespace weir::av {

enum class Kind : std::uint8_t { frame, packet, buffer, context };

/// Frames and packets that hold media, buffers of pictures (pooled ones that wait for use included), and contexts of codecs,
/// resamplers and scalers.
struct Alive {
    std::uint64_t frames = 0;
    std::uint64_t packets = 0;
    std::uint64_t buffers = 0;
    std::uint64_t contexts = 0;
    [[nodiscard]] std::uint64_t total() const noexcept { return frames + packets + buffers + contexts; }
    friend bool operator==(const Alive&, const Alive&) = default;
};
[[nodiscard]] Alive alive() noexcept;

namespace detail {
void count(Kind kind, int difference) noexcept;
}

/// One object in the count, as long as it lives; moved from, none.
template <Kind kind>
class Counted {
  public:
    Counted() noexcept { detail::count(kind, 1); }
    Counted(Counted&& other) noexcept : counts_(std::exchange(other.counts_, false)) {}
    Counted& operator=(Counted&& other) noexcept {
        std::swap(counts_, other.counts_);
        return *this;
    }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() {
        if (counts_) detail::count(kind, -1);
    }

  private:
    bool counts_ = true;
};

}  // namespace weir::av
