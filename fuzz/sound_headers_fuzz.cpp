// One input as a configuration of Opus and of FLAC and as a packet of each. Properties: never a crash, both forms of an Opus
// configuration say the same, the record of a track describes it again, and no frame lasts longer than its codec allows.
#include <cstdlib>

#include "media/flac.hpp"
#include "media/frames.hpp"
#include "media/opus.hpp"
#include "media/track_config.hpp"

namespace {

using namespace weir;
using namespace weir::media;

void require(bool property) {
    if (!property) std::abort();
}

void check_opus(base::ByteView bytes) {
    require(opus::samples(bytes) <= 5760);
    const auto config = opus::parse_config(bytes);
    if (!config) return;
    base::ByteWriter dops;
    base::ByteWriter head;
    opus::write_dops(*config, dops);
    opus::write_head(*config, head);
    require(opus::parse_config(dops.view()) == *config && opus::parse_config(head.view()) == *config);
}

void check_flac(base::ByteView bytes) {
    require(flac::samples(bytes) <= 65'536);
    const auto block = flac::find_stream_info(bytes);
    if (!block) return;
    require(block->size() == flac::stream_info_size);
    base::ByteWriter wrapped;
    flac::write_block(*block, wrapped);
    require(std::ranges::equal(flac::find_stream_info(wrapped.view()).value(), *block));
}

void check_track(Codec codec, base::ByteView bytes) {
    const auto track = track_from_config(codec, bytes);
    if (!track) return;
    require(track->sample_rate > 0 && track->channels > 0);
    require(*track_from_config(codec, track->config) == *track);
    (void)frame_duration(*track, bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView bytes(data, size);
    check_opus(bytes);
    check_flac(bytes);
    check_track(Codec::opus, bytes);
    check_track(Codec::flac, bytes);
    return 0;
}
