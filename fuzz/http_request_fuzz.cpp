// The first byte is a seed for the cuts; the rest is what a client sends. Properties: never a crash, a refusal is last, and
// the same events wherever the bytes are cut.
#include "proto/http/conditional.hpp"
#include "proto/http/request_parser.hpp"

#include <cstdlib>
#include <random>
#include <string>

namespace {

using namespace weir;
using namespace weir::proto::http;

/// The events as text; adjacent pieces of a body are one.
struct Transcript {
    std::string text;
    bool refused = false;

    void operator()(const Request& request) {
        text.append("\x01").append(request.target.text).append(request.host());
        for (const std::string_view segment : request.target.segments) text.append("\x02").append(segment);
        for (const Field& field : request.fields) text.append("\x03").append(field.name).append(field.value);
        text.append(std::to_string(choose_range(request, "\"x\"", 1000).length));
        text.append(std::to_string(static_cast<int>(check_preconditions(request, "\"x\""))));
    }
    void operator()(const BodyData& body) { text.append(base::as_text(body.bytes)); }
    void operator()(const MessageEnd&) { text.append("\x04"); }
    void operator()(const Refusal& refusal) {
        text.append("\x05").append(refusal.text);
        refused = true;
    }
};

void drain(RequestParser& parser, Transcript& out) {
    while (const auto event = parser.next_event()) {
        if (out.refused) std::abort();
        std::visit(out, *event);
    }
}

std::string events_of(base::ByteView bytes, std::size_t longest, std::uint8_t seed) {
    RequestParser parser({.request_line = 256, .header_bytes = 512, .header_count = 20, .body = 300});
    Transcript out;
    std::minstd_rand random(seed);
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), 1 + random() % longest);
        parser.receive(bytes.first(size));
        bytes = bytes.subspan(size);
        drain(parser, out);
        parser.release_memory();
    }
    return out.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const base::ByteView bytes(data + 1, size - 1);
    if (events_of(bytes, SIZE_MAX, 1) != events_of(bytes, 1 + data[0] % 16, data[0])) std::abort();
    return 0;
}
