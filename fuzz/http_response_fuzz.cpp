// The first byte says how each request was asked and is a seed for the cuts; the rest is what a server answers. Properties: never a
// crash, a refusal is last, and the same events wherever the bytes are cut.
#include "proto/http/response_parser.hpp"

#include <cstdlib>
#include <random>
#include <string>

namespace {

using namespace weir;
using namespace weir::proto::http;

struct Transcript {
    std::string text;
    bool refused = false;

    void operator()(const Response& response) {
        text.append("\x01").append(std::to_string(code(response.status)));
        for (const Field& field : response.fields) text.append("\x03").append(field.name).append(field.value);
    }
    void operator()(const BodyData& body) { text.append(base::as_text(body.bytes)); }
    void operator()(const MessageEnd&) { text.append("\x04"); }
    void operator()(const Refusal& refusal) {
        text.append("\x05").append(refusal.text);
        refused = true;
    }
};

void drain(ResponseParser& parser, Transcript& out) {
    while (const auto event = parser.next_event()) {
        if (out.refused) std::abort();
        std::visit(out, *event);
    }
}

std::string events_of(base::ByteView bytes, std::size_t longest, std::uint8_t seed) {
    ResponseParser parser({.head_bytes = 512, .header_count = 20, .chunked_body = 300});
    for (unsigned bit = 0; bit < 8; ++bit) parser.expect((seed >> bit & 1) != 0 ? Method::head : Method::get);
    Transcript out;
    std::minstd_rand random(seed);
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), 1 + random() % longest);
        parser.receive(bytes.first(size));
        bytes = bytes.subspan(size);
        drain(parser, out);
    }
    parser.close();
    drain(parser, out);
    return out.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const base::ByteView bytes(data + 1, size - 1);
    if (events_of(bytes, SIZE_MAX, data[0]) != events_of(bytes, 1 + data[0] % 16, data[0])) std::abort();
    return 0;
}
