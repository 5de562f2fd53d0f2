#include "media/mpeg_audio.hpp"

#include "base/bit_reader.hpp"

#include <array>

namespace weir::media::mpeg_audio {

using base::BitReader;
using base::ErrorKind;
using base::fail;
using base::Result;

namespace {

/// kbit/s by bitrate index; of MPEG-1 by layer, and of the lower rates, where layers II and III are alike.
using Bitrates = std::array<std::uint16_t, 15>;
constexpr std::array<Bitrates, 3> mpeg1_bitrates{{
    {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
}};
constexpr std::array<Bitrates, 2> mpeg2_bitrates{{
    {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}};
/// Of MPEG-1; the others have a half and a quarter.
constexpr std::array<std::uint32_t, 3> rates{44'100, 48'000, 32'000};

const Bitrates& bitrates(const Header& header) {
    if (header.version == Version::mpeg1) return mpeg1_bitrates[header.layer - 1];
    return mpeg2_bitrates[header.layer == 1 ? 0 : 1];
}

Result<Version> parse_version(BitReader& bits) {
    static constexpr std::array<Version, 4> versions{Version::mpeg2_5, {}, Version::mpeg2, Version::mpeg1};
    const std::uint32_t code = TRY(bits.bits(2));
    if (code == 1) return fail(ErrorKind::malformed, "the MPEG audio header has a reserved version");
    return versions[code];
}

}  // namespace

Result<Header> parse_header(base::ByteView bytes) {
    BitReader bits(bytes);
    if (TRY(bits.bits(11)) != 0x7ff) return fail(ErrorKind::malformed, "this is not an MPEG audio header");
    Header header;
    header.version = TRY(parse_version(bits));
    const std::uint32_t layer = TRY(bits.bits(2));
    if (layer == 0) return fail(ErrorKind::malformed, "the MPEG audio header has a reserved layer");
    header.layer = 4 - layer;
    TRY(bits.skip(1));
    const std::uint32_t bitrate = TRY(bits.bits(4));
    const std::uint32_t rate = TRY(bits.bits(2));
    if (bitrate == 15 || rate == 3)
        return fail(ErrorKind::malformed, "the MPEG audio header has a reserved bitrate or sampling rate");
    if (bitrate == 0) return fail(ErrorKind::unsupported, "MPEG audio in the free format is not served");
    header.bitrate = bitrates(header)[bitrate] * 1000U;
    header.sample_rate = rates[rate] >> static_cast<unsigned>(header.version);
    const std::uint32_t padding = TRY(bits.bits(1));
    TRY(bits.skip(1));
    header.channels = TRY(bits.bits(2)) == 3 ? 1 : 2;
    const std::size_t slot = header.layer == 1 ? 4 : 1;
    const std::size_t slots = header.samples() / 8 / slot * header.bitrate / header.sample_rate + padding;
    header.frame_size = slots * slot;
    return header;
}

Result<base::Bytes> any_header(std::uint32_t sample_rate, std::uint32_t channels) {
    constexpr std::array<std::uint8_t, 3> codes{3, 2, 0};  // of `Version`
    for (std::size_t version = 0; version < codes.size(); ++version)
        for (std::size_t rate = 0; rate < rates.size(); ++rate) {
            if (rates[rate] >> version != sample_rate || channels < 1 || channels > 2) continue;
            const std::array<std::uint8_t, header_size> header{
                0xff, static_cast<std::uint8_t>(0xe3 | codes[version] << 3),
                static_cast<std::uint8_t>(0x80 | rate << 2), static_cast<std::uint8_t>(channels == 1 ? 0xc0 : 0x00)};
            return base::Bytes::copy_of(header);
        }
    return fail(ErrorKind::unsupported, "MP3 has no such sampling rate or number of channels");
}

std::string codec_string(const Header& header) { return header.version == Version::mpeg1 ? "mp4a.6B" : "mp4a.69"; }

}  // namespace weir::media::mpeg_audio
