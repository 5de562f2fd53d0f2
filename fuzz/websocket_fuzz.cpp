// The first byte is a seed for the cuts; the rest is what a WebSocket client sends. Properties: never a crash, `closed` is last, no
// answer is longer than what it answers, and the same events wherever the bytes are cut.
#include "proto/http/websocket.hpp"

#include <cstdlib>
#include <random>
#include <string>

namespace {

using namespace weir;
using namespace weir::proto::http::websocket;

std::string events_of(base::ByteView bytes, std::size_t longest, std::uint8_t seed) {
    ClientReader reader({.messages = base::ByteCount(300)});
    std::minstd_rand random(seed);
    std::string text;
    bool closed = false;
    std::size_t answered = 0;
    const std::size_t whole = bytes.size();
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), 1 + random() % longest);
        reader.receive(bytes.first(size));
        bytes = bytes.subspan(size);
        while (const auto event = reader.next_event()) {
            if (closed) std::abort();
            closed = event->kind == ClientEvent::Kind::closed;
            answered += event->size;
            text.append(closed ? "\x01" : "\x02").append(std::to_string(static_cast<int>(event->code)));
            text.append(base::as_text(event->view()));
        }
    }
    if (answered > whole) std::abort();
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const base::ByteView bytes(data + 1, size - 1);
    if (events_of(bytes, SIZE_MAX, 1) != events_of(bytes, 1 + data[0] % 16, data[0])) std::abort();
    return 0;
}
