// What a worker that was taken over could send: never a crash, the same messages wherever the bytes are cut, and whatever
// parses, writes back equal.
#include "format/relay.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace {

using weir::base::ByteView;
namespace relay = weir::format::relay;

struct Heard {
    std::vector<std::uint8_t> bytes;  ///< of the messages, written again
    bool failed = false;
};

Heard read(ByteView bytes, std::size_t step) {
    relay::Reader reader({.frame = weir::base::ByteCount(1 << 16), .text = 64, .rungs = 4, .tracks = 4});
    Heard heard;
    for (; !bytes.empty() && !heard.failed; bytes = bytes.subspan(std::min(step, bytes.size()))) {
        reader.receive(bytes.first(std::min(step, bytes.size())));
        auto message = reader.next();
        for (; message && *message; message = reader.next())
            for (const auto& slice : relay::write(**message))
                heard.bytes.insert(heard.bytes.end(), slice.begin(), slice.end());
        heard.failed = !message.has_value();
        if (heard.failed && reader.next().has_value()) std::abort();
    }
    return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const Heard whole = read(bytes, SIZE_MAX);
    if (!std::ranges::equal(whole.bytes, bytes.first(std::min(bytes.size(), whole.bytes.size())))) std::abort();
    for (const std::size_t step : {std::size_t{1}, size % 13 + 2}) {
        const Heard split = read(bytes, step);
        if (split.failed != whole.failed || split.bytes != whole.bytes) std::abort();
    }
    return 0;
}
