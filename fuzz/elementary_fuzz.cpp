// One elementary stream in packets: the first byte says which codec, then each packet behind its length in two bytes, the first of
// them the container's record. Properties: never a crash; what comes out is in the server's payload form, and described before.
#include "format/elementary.hpp"

#include "base/byte_reader.hpp"
#include "media/codec.hpp"
#include "media/nal.hpp"
#include "media/track_config.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace weir;

void require(bool property) {
    if (!property) std::abort();
}

base::ByteView next_packet(base::ByteReader& reader) {
    const auto size = reader.u16();
    return size ? *reader.take(std::min<std::size_t>(*size, reader.remaining())) : reader.rest();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    base::ByteReader reader({data, size});
    const auto choice = reader.u8();
    if (!choice) return 0;
    const auto codecs = media::codecs();
    format::Elementary elementary(codecs[*choice % codecs.size()].codec, base::Bytes::copy_of(next_packet(reader)));
    bool is_described = false;
    while (!reader.at_end()) {
        const base::ByteView packet = next_packet(reader);
        if (packet.size() == 7) elementary.change(base::Bytes::copy_of(packet));
        const auto unit = elementary.receive(packet);
        if (!unit) continue;
        if (unit->track) {
            is_described = true;
            require(media::track_from_config(unit->track->codec, unit->track->config).has_value());
        }
        if (unit->payload.empty()) continue;
        require(is_described);
        require(media::picture(elementary.codec(), unit->payload).has_value());
    }
    return 0;
}
