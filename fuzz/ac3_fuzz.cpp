// One input as an AC-3 or E-AC-3 frame and as their records. Properties: never a crash, what parses writes back equal.
#include <cstdlib>

#include "media/ac3.hpp"
#include "media/track_config.hpp"

namespace {

using namespace weir;
using namespace weir::media;

void require(bool property) {
    if (!property) std::abort();
}

void check_record(const base::Result<ac3::Config>& config, Codec codec) {
    if (!config) return;
    base::ByteWriter out;
    ac3::write_config(*config, out);
    require((codec == Codec::ac3 ? ac3::parse_dac3(out.view()) : ac3::parse_dec3(out.view())) == *config);
    const auto track = track_from_config(codec, out.view());
    require(track && track->channels > 0 && track->sample_rate > 0 && frame_duration(*track) > Ticks());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView bytes(data, size);
    check_record(ac3::parse_dac3(bytes), Codec::ac3);
    check_record(ac3::parse_dec3(bytes), Codec::eac3);
    const auto header = ac3::parse_header(bytes);
    if (!header) return 0;
    require(header->frame_size >= ac3::header_size && header->sample_rate > 0 && header->channels() > 0);
    if (!header->dependent)
        check_record(ac3::config_from_frames({*header}), header->enhanced ? Codec::eac3 : Codec::ac3);
    return 0;
}
