// One input as an AudioSpecificConfig and as an ADTS header. Properties: never a crash, what parses writes back equal.
#include <cstdlib>

#include "media/aac.hpp"
#include "media/track_config.hpp"

namespace {

using namespace weir;
using namespace weir::media;

void require(bool property) {
    if (!property) std::abort();
}

void check_config(base::ByteView bytes) {
    const auto track = track_from_config(Codec::aac, bytes);
    const auto config = aac::parse_config(bytes);
    if (!config) return;
    require(config->channels > 0 && config->sample_rate > 0 && config->output_sample_rate() > 0);
    if (track) require(frame_duration(*track) > Ticks());
    base::ByteWriter out;
    aac::write_config(*config, out);
    require(aac::parse_config(out.view()) == *config);
}

void check_adts(base::ByteView bytes) {
    const auto header = aac::parse_adts(bytes);
    if (!header) return;
    base::ByteWriter out;
    if (!aac::write_adts(aac::config_from_adts(*header), header->frame_size - header->header_size, out)) return;
    const auto again = aac::parse_adts(out.view());
    require(again && again->object_type == header->object_type && again->sample_rate == header->sample_rate);
    require(again->channel_configuration == header->channel_configuration);
    require(again->frame_size - again->header_size == header->frame_size - header->header_size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_config({data, size});
    check_adts({data, size});
    return 0;
}
