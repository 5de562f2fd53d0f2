// A growing body on its way over HTTP/1.1: what there is of it goes out as one chunk of the chunked coding (RFC 9112 7.1), the first behind
// the head, the last before the empty one, each in one write. To a client of HTTP/1.0 it goes unframed, and ends with the connection.
#pragma once

#include "net/http_growth.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

class HttpChunks {
  public:
    enum class Framing : std::uint8_t { chunked, none };
    HttpChunks(std::shared_ptr<HttpGrowth> growth, Framing framing) noexcept
        : growth_(std::move(growth)), framing_(framing) {}

    enum class Next : std::uint8_t {
        send,    ///< what `frame` has now, then `slices`, then `tail`
        wait,    ///< there is nothing yet
        done,    ///< all of it was sent
        broken,  ///< it will never be whole
    };
    /// What comes after that which was sent; it stays until the next call. Appends to `frame`; a head that is in it already is sent
    /// whatever else there is.
    [[nodiscard]] Next next(std::string& frame);
    [[nodiscard]] std::span<const base::Bytes> slices() const noexcept { return slices_; }
    [[nodiscard]] std::string_view tail() const noexcept { return tail_; }
    [[nodiscard]] HttpGrowth& growth() const noexcept { return *growth_; }

  private:
    void write_frame(std::size_t size, bool is_last, std::string& out);

    std::shared_ptr<HttpGrowth> growth_;
    Framing framing_;
    std::vector<base::Bytes> slices_;
    std::string_view tail_;
    bool has_begun_ = false;
    bool has_ended_ = false;
};

}  // namespace weir::net
