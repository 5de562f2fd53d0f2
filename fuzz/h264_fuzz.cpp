// One input as an H.264 record, as a parameter set and as an access unit in every form. Properties: never a crash, what
// parses writes back equal, what is written is found.
#include <cstdlib>

#include "media/clock_sei.hpp"
#include "media/h264.hpp"
#include "media/track_config.hpp"

namespace {

using namespace weir;
using namespace weir::media;

void require(bool property) {
    if (!property) std::abort();
}

void check_record(base::ByteView bytes) {
    (void)track_from_config(Codec::h264, bytes);
    const auto config = h264::parse_config(bytes);
    if (!config) return;
    base::ByteWriter out;
    h264::write_config(*config, out);
    require(h264::parse_config(out.view()) == *config);
    if (const auto made = h264::config_from_parameter_sets(config->sps, config->pps)) {
        base::ByteWriter record;
        h264::write_config(*made, record);
        require(h264::parse_config(record.view()) == *made);
    }
}

void check_sps(base::ByteView bytes) {
    const auto sps = h264::parse_sps(bytes);
    if (!sps) return;
    require(sps->width > 0 && sps->width <= 16'896 && sps->height > 0 && sps->height <= 2 * 16'896);
    require(sps->reorder_depth <= 16 && sps->frame_rate >= 0 && sps->frame_rate <= 1000);
}

void check_units(base::ByteView bytes) {
    const base::Bytes lengths = nal::from_annex_b(bytes);
    base::ByteWriter annex_b;
    require(nal::write_annex_b(lengths, annex_b).has_value());
    require(nal::from_annex_b(annex_b.view()) == lengths);
    for (unsigned size = 1; size <= 4; ++size)
        if (const auto converted = nal::with_four_byte_lengths(base::Bytes::copy_of(bytes), size))
            require(h264::picture(*converted).has_value());
    base::ByteWriter raw;
    raw.bytes(bytes);
    raw.u8(0x80);
    base::ByteWriter escaped;
    nal::write_escaped(raw.view(), escaped);
    require(std::ranges::equal(nal::unescape(escaped.view()), raw.view()));
}

void check_clock(base::ByteView bytes) {
    if (find_clock(Codec::h264, bytes)) return;
    const base::WallTime time(base::Duration(static_cast<std::int64_t>(bytes.size()) << 24));
    if (const auto marked = with_clock(Codec::h264, bytes, time)) require(find_clock(Codec::h264, *marked) == time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView bytes(data, size);
    check_record(bytes);
    check_sps(bytes);
    check_units(bytes);
    check_clock(bytes);
    return 0;
}
