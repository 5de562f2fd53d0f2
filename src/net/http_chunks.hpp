// A growing body on its way over HTTP/1.1: what there is of it goes out as one chunk of the chunked coding (RFC 9112 7.1), and at last the
// empty one. To a client of HTTP/1.0 it goes unframed, and ends with the connection.
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
        send,    ///< `frame`, then `slices`
        wait,    ///< there is nothing yet
        done,    ///< all of it was sent
        broken,  ///< it will never be whole
    };
    /// What comes after that which was sent. What it says to send stays until the next call.
    [[nodiscard]] Next next();
    [[nodiscard]] std::string_view frame() const noexcept { return frame_; }
    [[nodiscard]] std::span<const base::Bytes> slices() const noexcept { return slices_; }
    [[nodiscard]] HttpGrowth& growth() const noexcept { return *growth_; }

  private:
    std::shared_ptr<HttpGrowth> growth_;
    Framing framing_;
    std::string frame_;
    std::vector<base::Bytes> slices_;
    bool has_begun_ = false;
    bool has_ended_ = false;
};

}  // namespace weir::net
