#include "base/bytes.hpp"

#include "base/slab_pool.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace weir::base {

namespace {

std::atomic<std::size_t> live_slab_bytes{0};

}  // namespace

ByteView as_bytes(std::string_view text) noexcept {
    const void* data = text.data();
    return {static_cast<const std::uint8_t*>(data), text.size()};
}

std::string_view as_text(ByteView bytes) noexcept {
    const void* data = bytes.data();
    return {static_cast<const char*>(data), bytes.size()};
}

std::size_t slab_bytes() noexcept { return live_slab_bytes.load(std::memory_order_relaxed); }

namespace detail {

SlabHeader* allocate_slab(std::size_t capacity) {
    const std::size_t size = step_of(sizeof(SlabHeader) + capacity);
    void* memory = take_memory(size);
    capacity = size - sizeof(SlabHeader);
    live_slab_bytes.fetch_add(capacity, std::memory_order_relaxed);
    return new (memory) SlabHeader{{1}, capacity};
}

void release_slab(SlabHeader* slab) noexcept {
    const std::size_t capacity = slab->capacity;
    live_slab_bytes.fetch_sub(capacity, std::memory_order_relaxed);
    slab->~SlabHeader();
    give_memory(slab, sizeof(SlabHeader) + capacity);
}

std::uint8_t* slab_data(SlabHeader* slab) noexcept {
    void* behind_header = slab + 1;
    return static_cast<std::uint8_t*>(behind_header);
}

}  // namespace detail

Bytes Bytes::copy_of(ByteView source) {
    if (source.empty()) return {};
    Buffer buffer(source.size());
    std::memcpy(buffer.span().data(), source.data(), source.size());
    return std::move(buffer).freeze();
}

Bytes Bytes::slice(std::size_t offset, std::size_t length) const noexcept {
    offset = std::min(offset, size_);
    length = std::min(length, size_ - offset);
    if (length == 0) return {};
    return Bytes(slab_, data_ + offset, length);
}

bool operator==(const Bytes& a, const Bytes& b) noexcept { return std::ranges::equal(a.view(), b.view()); }

Buffer::Buffer(std::size_t size) : size_(size) {
    if (size == 0) return;
    slab_ = detail::SlabReference(detail::allocate_slab(size));
    data_ = detail::slab_data(slab_.get());
}

Bytes Buffer::freeze(std::size_t size) && {
    size = std::min(size, size_);
    size_ = 0;
    return size == 0 ? Bytes() : Bytes(std::move(slab_), std::exchange(data_, nullptr), size);
}

Buffer BufferCutter::cut(std::size_t size) {
    if (size == 0 || size > slab_size_ / 4) return Buffer(size);
    if (slab_.get() == nullptr || slab_.get()->capacity - used_ < size) {
        slab_ = detail::SlabReference(detail::allocate_slab(slab_size_));
        used_ = 0;
    }
    return {slab_, detail::slab_data(slab_.get()) + std::exchange(used_, used_ + size), size};
}

void SlabWriter::append(ByteView bytes) {
    while (!bytes.empty()) {
        if (slab_.get() == nullptr || used_ == slab_.get()->capacity) open_slab(slab_size_);
        const std::size_t room = slab_.get()->capacity - used_;
        const std::size_t count = std::min(room, bytes.size());
        std::memcpy(detail::slab_data(slab_.get()) + used_, bytes.data(), count);
        used_ += count;
        bytes = bytes.subspan(count);
    }
}

std::vector<Bytes> SlabWriter::take() {
    close_run();
    return std::exchange(ready_, {});
}

Bytes SlabWriter::store(ByteView bytes) {
    if (bytes.empty()) return {};
    if (slab_.get() == nullptr || slab_.get()->capacity - used_ < bytes.size())
        open_slab(std::max(slab_size_, bytes.size()));
    close_run();
    append(bytes);
    taken_ = used_;
    return Bytes(slab_, detail::slab_data(slab_.get()) + used_ - bytes.size(), bytes.size());
}

void SlabWriter::open_slab(std::size_t at_least) {
    close_run();
    slab_ = detail::SlabReference(detail::allocate_slab(at_least));
    used_ = taken_ = 0;
}

void SlabWriter::close_run() {
    if (used_ == taken_) return;
    ready_.push_back(Bytes(slab_, detail::slab_data(slab_.get()) + taken_, used_ - taken_));
    taken_ = used_;
}

}  // namespace weir::base
