#include "media/g711.hpp"

#include "base/byte_reader.hpp"

namespace weir::media::g711 {

using base::ErrorKind;
using base::fail;

base::Result<Config> parse_config(base::ByteView record) {
    constexpr std::uint32_t highest_rate = 192'000;
    base::ByteReader reader(record);
    Config config;
    config.sample_rate = TRY(reader.u32());
    config.channels = TRY(reader.u8());
    if (config.sample_rate == 0 || config.sample_rate > highest_rate || config.channels == 0)
        return fail(ErrorKind::malformed, "the rate or the channels of G.711 make no sense");
    return config;
}

void write_config(const Config& config, base::ByteWriter& out) {
    out.u32(config.sample_rate);
    out.u8(config.channels);
}

}  // namespace weir::media::g711
