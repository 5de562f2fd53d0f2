#include "media/opus.hpp"

#include "base/byte_reader.hpp"

#include <array>
#include <bit>

namespace weir::media::opus {

using base::ByteReader;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view magic = "OpusHead";
constexpr std::uint32_t longest_packet = 5760;  ///< 120 ms

enum class Order : std::uint8_t { big_endian, little_endian };

std::uint16_t ordered(std::uint16_t value, Order order) noexcept {
    return order == Order::big_endian ? value : std::byteswap(value);
}
std::uint32_t ordered(std::uint32_t value, Order order) noexcept {
    return order == Order::big_endian ? value : std::byteswap(value);
}

/// What stands behind the version.
Result<Config> parse_fields(ByteReader& reader, Order order) {
    Config config;
    config.channels = TRY(reader.u8());
    config.pre_skip = ordered(TRY(reader.u16()), order);
    config.input_sample_rate = ordered(TRY(reader.u32()), order);
    config.gain = ordered(TRY(reader.u16()), order);
    config.mapping_family = TRY(reader.u8());
    if (config.channels == 0) return fail(ErrorKind::malformed, "the Opus configuration has no channel");
    if (config.mapping_family == 0) {
        if (config.channels > 2) return fail(ErrorKind::malformed, "the Opus configuration lacks a channel mapping");
        config.coupled = config.channels - 1;
        return config;
    }
    config.streams = TRY(reader.u8());
    config.coupled = TRY(reader.u8());
    const ByteView mapping = TRY(reader.take(config.channels));
    config.mapping.assign(mapping.begin(), mapping.end());
    if (config.streams == 0 || config.coupled > config.streams)
        return fail(ErrorKind::malformed, "the Opus channel mapping makes no sense");
    return config;
}

void write_fields(const Config& config, Order order, base::ByteWriter& out) {
    out.u8(config.channels);
    out.u16(ordered(config.pre_skip, order));
    out.u32(ordered(config.input_sample_rate, order));
    out.u16(ordered(config.gain, order));
    out.u8(config.mapping_family);
    if (config.mapping_family == 0) return;
    out.u8(config.streams);
    out.u8(config.coupled);
    out.bytes(config.mapping);
}

/// Samples of one frame, by the configuration number of RFC 6716, Table 2.
std::uint32_t frame_samples(unsigned configuration) noexcept {
    static constexpr std::array<std::uint32_t, 4> silk{480, 960, 1920, 2880};
    static constexpr std::array<std::uint32_t, 2> hybrid{480, 960};
    static constexpr std::array<std::uint32_t, 4> celt{120, 240, 480, 960};
    if (configuration < 12) return silk[configuration % 4];
    if (configuration < 16) return hybrid[configuration % 2];
    return celt[configuration % 4];
}

}  // namespace

Result<Config> parse_config(ByteView record) {
    if (record.empty()) return Config();
    ByteReader reader(record);
    const bool is_head = record.size() >= magic.size() && base::as_text(record.first(magic.size())) == magic;
    if (is_head) TRY(reader.skip(magic.size()));
    const std::uint8_t version = TRY(reader.u8());
    // Ogg's minor versions are compatible; MP4 has one.
    if (is_head ? version > 0x0f : version != 0)
        return fail(ErrorKind::unsupported, "the Opus configuration is of a version that is not known");
    return parse_fields(reader, is_head ? Order::little_endian : Order::big_endian);
}

void write_dops(const Config& config, base::ByteWriter& out) {
    out.u8(0);
    write_fields(config, Order::big_endian, out);
}

void write_head(const Config& config, base::ByteWriter& out) {
    out.text(magic);
    out.u8(1);
    write_fields(config, Order::little_endian, out);
}

std::uint32_t samples(ByteView packet) noexcept {
    if (packet.empty()) return 0;
    const unsigned code = packet[0] & 0x03;
    if (code == 3 && packet.size() < 2) return 0;
    const std::uint32_t frames = code == 0 ? 1 : code == 3 ? packet[1] & 0x3fU : 2;
    const std::uint32_t count = frames * frame_samples(packet[0] >> 3);
    return count <= longest_packet ? count : 0;
}

}  // namespace weir::media::opus
