// One input as an HEVC record, as each parameter set and as an access unit. Properties: never a crash, what parses writes
// back equal, what is written is found.
#include <cstdlib>

#include "media/clock_sei.hpp"
#include "media/hevc.hpp"
#include "media/track_config.hpp"

namespace {

using namespace weir;
using namespace weir::media;

void require(bool property) {
    if (!property) std::abort();
}

void check_record(base::ByteView bytes) {
    (void)track_from_config(Codec::hevc, bytes);
    const auto config = hevc::parse_config(bytes);
    if (!config) return;
    base::ByteWriter out;
    hevc::write_config(*config, out);
    require(hevc::parse_config(out.view()) == *config);
    const std::vector<base::Bytes> sps{base::Bytes::copy_of(config->first(hevc::NalType::sps))};
    if (const auto made = hevc::config_from_parameter_sets(sps, sps, sps)) {
        base::ByteWriter record;
        hevc::write_config(*made, record);
        require(hevc::parse_config(record.view()) == *made);
    }
}

void check_parameter_sets(base::ByteView bytes) {
    (void)hevc::parse_vps_frame_rate(bytes);
    const auto sps = hevc::parse_sps(bytes);
    if (!sps) return;
    require(sps->width > 0 && sps->width <= 16'888 && sps->height > 0 && sps->height <= 16'888);
    require(sps->reorder_depth <= 16 && sps->frame_rate >= 0 && sps->frame_rate <= 1000);
}

void check_clock(base::ByteView bytes) {
    (void)hevc::picture(bytes);
    if (find_clock(Codec::hevc, bytes)) return;
    const base::WallTime time(base::Duration(static_cast<std::int64_t>(bytes.size()) << 24));
    if (const auto marked = with_clock(Codec::hevc, bytes, time)) require(find_clock(Codec::hevc, *marked) == time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView bytes(data, size);
    check_record(bytes);
    check_parameter_sets(bytes);
    check_clock(bytes);
    return 0;
}
