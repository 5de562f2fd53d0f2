// What is still to be sent of one response: its head, then slices of memory, then a few words, in gathered writes that never wait. Nothing is copied but what is
// left of a head that did not go out at once, and by TLS.
#pragma once

#include "base/bytes.hpp"
#include "net/transport.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weir::net {

class HttpOutbox {
  public:
    /// `head` is needed until `flush` returns, `slices` and `tail` until all is sent.
    void put(std::string_view head, std::span<const base::Bytes> slices, std::string_view tail = {});
    /// Sends what the socket takes; `going` once that was all.
    Flow flush(Transport& transport, Scratch& scratch);

    /// Bytes handed to the transport for this response.
    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] bool is_empty() const noexcept { return head_.empty() && slices_.empty() && tail_.empty(); }

  private:
    void consume(std::size_t size);
    void keep_head();

    std::string_view head_;
    std::string kept_head_;
    std::span<const base::Bytes> slices_;
    std::size_t offset_ = 0;  ///< in the first slice
    std::string_view tail_;
    std::uint64_t sent_ = 0;
};

}  // namespace weir::net
