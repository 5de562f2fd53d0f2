// How many objects of FFmpeg and zimg are alive in the process, by kind. Whatever `av/` makes is counted where it is made
// and where it is freed, so that a leak is a number in the worker's report, and a test can ask for zero.
#pragma once

#include <cstdint>
#include <utility>

namespace weir::av {

/// Frames and packets, and what turns one into the other: codecs, resamplers, scalers, pools.
enum class Object : std::uint8_t { frame, packet, context };

struct Alive {
    std::uint64_t frames = 0;
    std::uint64_t packets = 0;
    std::uint64_t contexts = 0;
    friend bool operator==(const Alive&, const Alive&) = default;
};
[[nodiscard]] Alive alive() noexcept;

namespace detail {
void count(Object kind, int difference) noexcept;
}

/// An owner of one object of a C library: frees it with `release`, and counts it as long as it lives.
template <typename T, Object kind, void (*release)(T*) noexcept>
class Owned {
  public:
    Owned() noexcept = default;
    /// Takes over `object`; null is none.
    explicit Owned(T* object) noexcept : object_(object) {
        if (object_ != nullptr) detail::count(kind, 1);
    }
    Owned(Owned&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Owned& operator=(Owned&& other) noexcept {
        std::swap(object_, other.object_);
        other.reset();
        return *this;
    }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() { reset(); }

    void reset() noexcept {
        if (object_ == nullptr) return;
        release(std::exchange(object_, nullptr));
        detail::count(kind, -1);
    }
    [[nodiscard]] T* get() const noexcept { return object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

  private:
    T* object_ = nullptr;
};

}  // namespace weir::av
