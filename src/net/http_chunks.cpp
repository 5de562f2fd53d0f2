#include "net/http_chunks.hpp"

#include <fmt/format.h>

#include <iterator>

namespace weir::net {

namespace {

constexpr std::string_view end_of_chunk = "\r\n";
constexpr std::string_view end_of_body = "\r\n0\r\n\r\n";  // and of the chunk before

}  // namespace

HttpChunks::Next HttpChunks::next(std::string& frame) {
    slices_ = growth_->take();
    std::size_t size = 0;
    for (const base::Bytes& slice : slices_) size += slice.size();
    const HttpGrowth::State state = growth_->state();
    if (size == 0 && state == HttpGrowth::State::broken) return Next::broken;
    tail_ = {};
    if (framing_ == Framing::chunked) write_frame(size, state == HttpGrowth::State::whole, frame);
    if (size != 0 || !frame.empty()) return Next::send;
    return state == HttpGrowth::State::growing ? Next::wait : Next::done;
}

void HttpChunks::write_frame(std::size_t size, bool is_last, std::string& out) {
    if (size != 0) {
        if (has_begun_) out += end_of_chunk;
        fmt::format_to(std::back_inserter(out), "{:x}\r\n", size);
        if (is_last) tail_ = end_of_body;
    } else if (is_last && !has_ended_) {
        out += has_begun_ ? end_of_body : end_of_body.substr(end_of_chunk.size());
    }
    has_begun_ |= size != 0;
    has_ended_ |= is_last;
}

}  // namespace weir::net
