#include "proto/rtmp/handshake.hpp"

#include "proto/rtmp/handshake_digest.hpp"

#include <algorithm>

namespace weir::proto::rtmp {

namespace {

using base::ErrorKind;
using base::fail;

constexpr std::uint8_t plain_version = 3;

base::Result<void> check_client_version(std::uint8_t version) {
    switch (version) {
        case plain_version: return {};
        case 6:
        case 8:
            return fail(ErrorKind::unsupported,
                        "the client speaks RTMPE, which is not supported; use rtmp:// or rtmps://");
        case 0x16:
            return fail(ErrorKind::malformed,
                        "the client speaks TLS on the plain RTMP port; rtmps:// has a port of its own");
        case 'D':
        case 'G':
        case 'H':
        case 'O':
        case 'P': return fail(ErrorKind::malformed, "the client speaks HTTP on the RTMP port");
        default: return fail(ErrorKind::malformed, "the first byte is not that of RTMP");
    }
}

/// Moves up to `wanted` bytes in all from the front of `bytes` to the end of `held`; true once it holds them.
bool collect(base::ByteView& bytes, std::vector<std::uint8_t>& held, std::size_t wanted) {
    held.reserve(wanted);
    const std::size_t count = std::min(bytes.size(), wanted - held.size());
    held.insert(held.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    return held.size() == wanted;
}

/// Drops up to `left` bytes from the front of `bytes`; true once none are left to drop.
bool discard(base::ByteView& bytes, std::size_t& left) {
    const std::size_t count = std::min(bytes.size(), left);
    bytes = bytes.subspan(count);
    left -= count;
    return left == 0;
}

/// C1 and S1 of the plain form: time, four zeros, filler.
void write_plain_part(std::uint32_t milliseconds, std::uint64_t seed, base::ByteWriter& out) {
    out.u32(milliseconds);
    out.u32(0);
    out.bytes(filler(seed, handshake_part - 8));
}

}  // namespace

base::Result<bool> ServerHandshake::receive(base::ByteView& bytes, std::uint32_t milliseconds, base::ByteWriter& out) {
    if (!answered_) {
        if (greeting_.empty() && !bytes.empty()) {
            TRY(check_client_version(bytes.front()));
        }
        if (!collect(bytes, greeting_, 1 + handshake_part)) {
            return false;
        }
        const base::ByteView c1 = base::ByteView(greeting_).subspan(1);
        out.u8(plain_version);
        if (const auto digest = find_client_digest(c1)) {
            write_digest_answer(*digest, milliseconds, seed_, out);
        } else {
            write_plain_part(milliseconds, seed_, out);
            out.bytes(c1);
        }
        answered_ = true;
        greeting_ = {};
    }
    return discard(bytes, answer_left_);
}

void ClientHandshake::start(std::uint32_t milliseconds, base::ByteWriter& out) {
    out.u8(plain_version);
    write_plain_part(milliseconds, seed_, out);
}

base::Result<bool> ClientHandshake::receive(base::ByteView& bytes, base::ByteWriter& out) {
    if (!answered_) {
        if (greeting_.empty() && !bytes.empty() && bytes.front() != plain_version) {
            return fail(ErrorKind::malformed, "the server does not speak RTMP");
        }
        if (!collect(bytes, greeting_, 1 + handshake_part)) {
            return false;
        }
        out.bytes(base::ByteView(greeting_).subspan(1));
        answered_ = true;
        greeting_ = {};
    }
    return discard(bytes, answer_left_);
}

}  // namespace weir::proto::rtmp
