// One input as an AV1 record, as a sequence header and as a temporal unit. Properties: never a crash, what parses writes back equal,
// a unit in the server's form stays as it is, and the record of a keyframe describes the same picture as the keyframe.
#include <cstdlib>

#include "media/av1.hpp"
#include "media/frames.hpp"
#include "media/track_config.hpp"

namespace {

using namespace weir;
using namespace weir::media;

void require(bool property) {
    if (!property) std::abort();
}

void check_record(base::ByteView bytes) {
    (void)track_from_config(Codec::av1, bytes);
    const auto config = av1::parse_config(bytes);
    if (!config) return;
    base::ByteWriter out;
    av1::write_config(*config, out);
    require(av1::parse_config(out.view()) == *config);
}

void check_unit(const base::Bytes& unit) {
    const auto normal = av1::normalized(unit);
    require(normal.has_value() || !av1::picture(unit).has_value());
    if (!normal) return;
    require(av1::normalized(*normal).value() == *normal);
    require(normal->size() == 0 || av1::normalized(*normal)->data() == normal->data());
    const auto before = av1::picture(unit);
    const auto after = av1::picture(*normal);
    require(before.has_value() == after.has_value() && (!before || *before == *after));
    if (const auto track = track_from_frame(Codec::av1, *normal)) {
        require(track->width > 0 && track->width <= 65'536 && track->height > 0 && track->height <= 65'536);
        require(track->frame_rate >= 0 && track->frame_rate <= 1000);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView bytes(data, size);
    check_record(bytes);
    (void)av1::parse_sequence_header(bytes);
    check_unit(base::Bytes::copy_of(bytes));
    return 0;
}
