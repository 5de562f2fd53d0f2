// The first byte seeds the cuts; its lowest bit says which side is tried. The rest is what the peer sends. Properties: never a
// crash, the same answer wherever the bytes are cut, and what follows the handshake is left alone.
#include "proto/rtmp/handshake.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

namespace {

using namespace weir;
using namespace weir::proto::rtmp;

struct Outcome {
    std::vector<std::uint8_t> answer;
    std::vector<std::uint8_t> rest;
    bool done = false;
    bool failed = false;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome run(base::ByteView bytes, bool is_server, std::size_t longest, std::uint8_t seed) {
    ServerHandshake server(1);
    ClientHandshake client(1);
    Outcome outcome;
    base::ByteWriter out;
    std::minstd_rand random(seed);
    while (!bytes.empty() && !outcome.failed) {
        base::ByteView input = bytes.first(std::min<std::size_t>(bytes.size(), 1 + random() % longest));
        bytes = bytes.subspan(input.size());
        if (!outcome.done) {
            const auto done = is_server ? server.receive(input, 0, out) : client.receive(input, out);
            outcome.failed = !done.has_value();
            outcome.done = done.has_value() && *done;
        }
        if (!outcome.failed) {
            outcome.rest.insert(outcome.rest.end(), input.begin(), input.end());
        }
    }
    outcome.answer.assign(out.view().begin(), out.view().end());
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const base::ByteView bytes(data + 1, size - 1);
    const bool is_server = data[0] % 2 == 0;
    const Outcome whole = run(bytes, is_server, SIZE_MAX, 1);
    if (whole != run(bytes, is_server, 1 + data[0], data[0])) {
        std::abort();
    }
    if (whole.done && 1 + 2 * handshake_part + whole.rest.size() != bytes.size()) {
        std::abort();
    }
    return 0;
}
