#include "net/http_chunks.hpp"

#include <fmt/format.h>

namespace weir::net {

HttpChunks::Next HttpChunks::next() {
    slices_ = growth_->take();
    std::size_t size = 0;
    for (const base::Bytes& slice : slices_) size += slice.size();
    const std::string_view end_of_last = has_begun_ ? "\r\n" : "";
    if (size > 0) {
        frame_ = framing_ == Framing::chunked ? fmt::format("{}{:x}\r\n", end_of_last, size) : std::string();
        has_begun_ = framing_ == Framing::chunked;
        return Next::send;
    }
    if (growth_->state() == HttpGrowth::State::broken) return Next::broken;
    if (growth_->state() == HttpGrowth::State::growing) return Next::wait;
    if (has_ended_ || framing_ == Framing::none) return Next::done;
    frame_ = fmt::format("{}0\r\n\r\n", end_of_last);
    has_ended_ = true;
    return Next::send;
}

}  // namespace weir::net
