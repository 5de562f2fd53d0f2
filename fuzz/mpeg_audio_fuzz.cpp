// One input as the header of an MPEG audio frame. Properties: never a crash, and what parses is a track whose frames last.
#include <cstdlib>

#include "media/mpeg_audio.hpp"
#include "media/track_config.hpp"

namespace {

void require(bool property) {
    if (!property) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir::media;
    const weir::base::ByteView bytes(data, size);
    const auto header = mpeg_audio::parse_header(bytes);
    if (!header) return 0;
    require(header->frame_size > mpeg_audio::header_size && header->sample_rate >= 8000 && header->bitrate > 0);
    if (header->layer == 1) return 0;
    const auto track =
        track_from_config(header->layer == 2 ? Codec::mp2 : Codec::mp3, bytes.first(mpeg_audio::header_size));
    require(track && track->sample_rate == header->sample_rate && frame_duration(*track) > Ticks());
    return 0;
}
