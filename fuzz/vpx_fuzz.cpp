// One input as a record of VP8 or VP9 and as a frame of each. Properties: never a crash, what parses writes back equal, and a
// keyframe that describes itself is one to who joins.
#include <cstdlib>

#include "media/frames.hpp"
#include "media/track_config.hpp"
#include "media/vpx.hpp"

namespace {

using namespace weir;
using namespace weir::media;

void require(bool property) {
    if (!property) std::abort();
}

void check_record(base::ByteView bytes) {
    const auto config = vpx::parse_config(bytes);
    if (!config) return;
    base::ByteWriter out;
    vpx::write_config(*config, out);
    require(vpx::parse_config(out.view()) == *config);
    require(track_from_config(Codec::vp9, bytes)->config == out.to_bytes());
}

void check_frame(Codec codec, base::ByteView bytes) {
    const auto found = picture(codec, bytes);
    const auto track = track_from_frame(codec, bytes);
    if (!track) return;
    require(found.has_value() && *found == nal::Picture::idr);
    require(track->width > 0 && track->height > 0);
    require(track_from_config(codec, track->config)->codec_string == track->codec_string);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView bytes(data, size);
    check_record(bytes);
    check_frame(Codec::vp8, bytes);
    check_frame(Codec::vp9, bytes);
    return 0;
}
