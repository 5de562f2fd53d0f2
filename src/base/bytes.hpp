// The only owner of payload memory. A `Bytes` is an immutable slice of a reference-counted slab: copying or slicing it is
// O(1), and the slab lives as long as its longest-lived slice. A `Buffer` is the one writable owner of fresh memory until
// it is frozen; a `BufferCutter` cuts small ones from slabs that they share. A `SlabWriter` appends to a chain of slabs and hands
// out what was written as slices.
// Bytes below what has been handed out never change, so slices may be read on any thread once they have been posted there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::base {

using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text; the view lives as long as the text.
[[nodiscard]] ByteView as_bytes(std::string_view text) noexcept;
/// The text of some bytes; the view lives as long as they do.
[[nodiscard]] std::string_view as_text(ByteView bytes) noexcept;

/// Bytes of all live slabs in the process; the larger part of what `limits.memory` counts (base/memory.hpp).
[[nodiscard]] std::size_t slab_bytes() noexcept;

namespace detail {
struct SlabHeader {
    std::atomic<std::uint32_t> references;
    std::size_t capacity;
};
[[nodiscard]] SlabHeader* allocate_slab(std::size_t capacity);
void release_slab(SlabHeader* slab) noexcept;
[[nodiscard]] std::uint8_t* slab_data(SlabHeader* slab) noexcept;

/// A counted reference to a slab; may be empty.
class SlabReference {
  public:
    SlabReference() noexcept = default;
    /// Adopts the one reference that a fresh slab is born with.
    explicit SlabReference(SlabHeader* adopted) noexcept : slab_(adopted) {}
    SlabReference(const SlabReference& other) noexcept : slab_(other.slab_) {
        if (slab_ != nullptr) slab_->references.fetch_add(1, std::memory_order_relaxed);
    }
    SlabReference(SlabReference&& other) noexcept : slab_(std::exchange(other.slab_, nullptr)) {}
    SlabReference& operator=(SlabReference other) noexcept {
        std::swap(slab_, other.slab_);
        return *this;
    }
    ~SlabReference() {
        if (slab_ != nullptr && slab_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) release_slab(slab_);
    }
    [[nodiscard]] SlabHeader* get() const noexcept { return slab_; }

  private:
    SlabHeader* slab_ = nullptr;
};
}  // namespace detail

class Bytes {
  public:
    Bytes() noexcept = default;
    /// A slab of its own with a copy of `source`.
    [[nodiscard]] static Bytes copy_of(ByteView source);
    [[nodiscard]] static Bytes copy_of(std::string_view source) { return copy_of(as_bytes(source)); }
    /// Bytes that live for the whole process (compiled-in assets): no slab, no count.
    [[nodiscard]] static Bytes of_static(ByteView source) noexcept { return Bytes({}, source.data(), source.size()); }

    [[nodiscard]] const std::uint8_t* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] ByteView view() const noexcept { return {data_, size_}; }
    [[nodiscard]] const std::uint8_t* begin() const noexcept { return data_; }
    [[nodiscard]] const std::uint8_t* end() const noexcept { return data_ + size_; }
    operator ByteView() const noexcept { return view(); }  // NOLINT(google-explicit-constructor): a slice is a view

    /// The `length` bytes from `offset`, clamped to what there is; shares the slab.
    [[nodiscard]] Bytes slice(std::size_t offset, std::size_t length = SIZE_MAX) const noexcept;

    /// Grows to take in `next` when that is the very next bytes of the same slab; false, and unchanged, when it is not.
    [[nodiscard]] bool extend(const Bytes& next) noexcept {
        if (slab_.get() == nullptr || slab_.get() != next.slab_.get() || end() != next.begin()) return false;
        size_ += next.size_;
        return true;
    }

    friend bool operator==(const Bytes& a, const Bytes& b) noexcept;

  private:
    friend class Buffer;
    friend class SlabWriter;
    Bytes(detail::SlabReference slab, const std::uint8_t* data, std::size_t size) noexcept
        : slab_(std::move(slab)), data_(data), size_(size) {}

    detail::SlabReference slab_;
    const std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Fresh, writable memory of a known size with one owner, until it becomes immutable.
class Buffer {
  public:
    explicit Buffer(std::size_t size);
    [[nodiscard]] std::span<std::uint8_t> span() noexcept { return {data_, size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The first `size` bytes, immutable from here on; the buffer is empty afterwards.
    [[nodiscard]] Bytes freeze(std::size_t size) &&;
    [[nodiscard]] Bytes freeze() && { return std::move(*this).freeze(size_); }

  private:
    friend class BufferCutter;
    Buffer(detail::SlabReference slab, std::uint8_t* data, std::size_t size) noexcept
        : slab_(std::move(slab)), data_(data), size_(size) {}

    detail::SlabReference slab_;
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Cuts buffers off slabs of a fixed size, for many that go in about the order in which they came: the slab goes with the last
/// of them. One larger than a quarter of a slab has a slab of its own. Not thread safe; what becomes of the buffers is.
class BufferCutter {
  public:
    explicit BufferCutter(std::size_t slab_size) noexcept : slab_size_(slab_size) {}

    [[nodiscard]] Buffer cut(std::size_t size);

  private:
    std::size_t slab_size_;
    detail::SlabReference slab_;
    std::size_t used_ = 0;  ///< bytes of the slab that are given away
};

/// Appends to slabs of a fixed size. Not thread safe; what it hands out is.
class SlabWriter {
  public:
    explicit SlabWriter(std::size_t slab_size) noexcept : slab_size_(slab_size) {}

    void append(ByteView bytes);
    /// What was appended since the last call, in order; adjacent bytes of one slab come as one slice.
    [[nodiscard]] std::vector<Bytes> take();
    /// One contiguous slice with a copy of `bytes`, bump-allocated from the current slab (or a slab of its own when larger).
    [[nodiscard]] Bytes store(ByteView bytes);

  private:
    void open_slab(std::size_t at_least);
    void close_run();

    std::size_t slab_size_;
    detail::SlabReference slab_;
    std::size_t used_ = 0;      ///< bytes of the current slab that are written
    std::size_t taken_ = 0;     ///< bytes of the current slab that were handed out
    std::vector<Bytes> ready_;  ///< runs of earlier slabs, not yet taken
};

}  // namespace weir::base
