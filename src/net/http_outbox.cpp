#include "net/http_outbox.hpp"

#include <algorithm>
#include <array>

#include <sys/uio.h>

namespace weir::net {

namespace {

constexpr std::size_t most_runs = 64;

/// iovec has no const; sendmsg does not write.
iovec run_of(const void* data, std::size_t size) noexcept { return {const_cast<void*>(data), size}; }

}  // namespace

void HttpOutbox::put(std::string_view head, std::span<const base::Bytes> slices, std::string_view tail) {
    kept_head_ = {};
    head_ = head;
    slices_ = slices;
    tail_ = tail;
    offset_ = 0;
    sent_ = 0;
}

Flow HttpOutbox::flush(Transport& transport, Scratch& scratch) {
    do {
        std::array<iovec, most_runs> runs;
        std::size_t count = 0;
        if (!head_.empty()) runs[count++] = run_of(head_.data(), head_.size());
        const std::size_t fitting = std::min(slices_.size(), most_runs - 2);
        for (std::size_t i = 0; i < fitting; ++i) {
            const base::ByteView slice = slices_[i].view().subspan(i == 0 ? offset_ : 0);
            runs[count++] = run_of(slice.data(), slice.size());
        }
        if (fitting == slices_.size() && !tail_.empty()) runs[count++] = run_of(tail_.data(), tail_.size());
        const TlsLink::Sent sent = transport.send({runs.data(), count}, scratch);
        consume(sent.size);
        if (sent.flow == Flow::blocked) keep_head();
        if (sent.flow != Flow::going) return sent.flow;
    } while (!is_empty());
    return Flow::going;
}

void HttpOutbox::consume(std::size_t size) {
    sent_ += size;
    const std::size_t of_head = std::min(size, head_.size());
    head_.remove_prefix(of_head);
    size -= of_head;
    while (!slices_.empty() && size >= slices_.front().size() - offset_) {
        size -= slices_.front().size() - offset_;
        offset_ = 0;
        slices_ = slices_.subspan(1);
    }
    if (slices_.empty()) tail_.remove_prefix(size);
    else offset_ += size;
}

void HttpOutbox::keep_head() {
    if (head_.empty()) return;
    kept_head_ = std::string(head_);
    head_ = kept_head_;
}

}  // namespace weir::net
