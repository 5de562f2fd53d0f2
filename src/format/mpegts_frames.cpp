#include "format/mpegts_frames.hpp"

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "media/aac.hpp"
#include "media/ac3.hpp"
#include "media/mpeg_audio.hpp"
#include "media/opus.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace weir::format::mpegts {

using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::fail;
using base::Result;
using media::Codec;
namespace aac = media::aac;
namespace ac3 = media::ac3;
namespace mpeg_audio = media::mpeg_audio;

namespace {

using Found = Result<std::optional<AudioFrame>>;

Found find_adts(ByteView bytes) {
    if (bytes.size() < aac::adts_header_size) return std::nullopt;
    const aac::AdtsHeader header = TRY(aac::parse_adts(bytes));
    if (header.raw_blocks != 1)
        return fail(ErrorKind::unsupported, "AAC with several frames behind one header is not served");
    return AudioFrame{.codec = Codec::aac,
                      .header_size = header.header_size,
                      .size = header.frame_size,
                      .samples = 1024,
                      .sample_rate = header.sample_rate,
                      .key = std::uint64_t{header.object_type} << 40 | std::uint64_t{header.sample_rate} << 8 |
                             header.channel_configuration};
}

Result<Bytes> adts_config(ByteView bytes) {
    base::ByteWriter out;
    aac::write_config(aac::config_from_adts(TRY(aac::parse_adts(bytes))), out);
    return out.to_bytes();
}

Found find_mpeg_audio(ByteView bytes) {
    if (bytes.size() < mpeg_audio::header_size) return std::nullopt;
    const mpeg_audio::Header header = TRY(mpeg_audio::parse_header(bytes));
    if (header.layer == 1) return fail(ErrorKind::unsupported, "MPEG audio of layer I is not served");
    return AudioFrame{
        .codec = header.layer == 2 ? Codec::mp2 : Codec::mp3,
        .size = header.frame_size,
        .samples = header.samples(),
        .sample_rate = header.sample_rate,
        .key = std::uint64_t{header.layer} << 40 | std::uint64_t{header.sample_rate} << 8 | header.channels};
}

Result<Bytes> mpeg_audio_config(ByteView bytes) { return Bytes::copy_of(bytes.first(mpeg_audio::header_size)); }

constexpr std::size_t most_substreams = 16;

/// The frames of one access unit; nothing where the last of them is not all there.
Result<std::optional<std::vector<ac3::Header>>> ac3_unit(ByteView bytes) {
    std::vector<ac3::Header> frames;
    while (!bytes.empty() || frames.empty()) {
        if (bytes.size() < ac3::header_size) return std::nullopt;
        const auto next = ac3::parse_header(bytes);
        if (!next && frames.empty()) return std::unexpected(next.error());
        if (!next) break;
        const bool is_further = next->dependent || next->substream > 0;
        if (frames.empty() && is_further)
            return fail(ErrorKind::malformed, "an E-AC-3 substream comes before the one that it depends on");
        if (!frames.empty() && !is_further) break;
        frames.push_back(*next);
        if (!next->enhanced || next->frame_size > bytes.size() || frames.size() == most_substreams) break;
        bytes = bytes.subspan(next->frame_size);
    }
    return frames;
}

Found find_ac3(ByteView bytes) {
    const auto frames = TRY(ac3_unit(bytes));
    if (!frames) return std::nullopt;
    const ac3::Config config = ac3::config_from_frames(*frames);
    std::size_t size = 0;
    for (const ac3::Header& one : *frames) size += one.frame_size;
    const std::uint64_t channels = config.acmod | (config.low_frequency ? 8U : 0U) | config.dependents << 4U |
                                   std::uint64_t{config.dependent_channels} << 8;
    return AudioFrame{.codec = config.enhanced ? Codec::eac3 : Codec::ac3,
                      .size = size,
                      .samples = frames->front().samples,
                      .sample_rate = frames->front().sample_rate,
                      .key = channels << 32 | std::uint64_t{config.bsid} << 24 | std::uint64_t{config.bsmod} << 16 |
                             config.rate_code | (config.enhanced ? 8U : 0U)};
}

Result<Bytes> ac3_config(ByteView bytes) {
    const auto frames = TRY(ac3_unit(bytes));
    if (!frames) return fail(ErrorKind::malformed, "the AC-3 frame is cut short");
    base::ByteWriter out;
    ac3::write_config(ac3::config_from_frames(*frames), out);
    return out.to_bytes();
}

/// The size of the packet, and the control header read to its end.
Result<std::size_t> parse_opus_control(base::ByteReader& reader) {
    constexpr std::uint16_t prefix = 0x7fe0;
    const std::uint16_t first = TRY(reader.u16());
    if ((first & 0xffe0) != prefix) return fail(ErrorKind::malformed, "this is not an Opus control header");
    std::size_t size = 0;
    std::uint8_t part = 0xff;
    while (part == 0xff) size += part = TRY(reader.u8());
    if ((first & 0x10) != 0) TRY(reader.skip(2));
    if ((first & 0x08) != 0) TRY(reader.skip(2));
    if ((first & 0x04) == 0) return size;
    const std::size_t extension = TRY(reader.u8());
    TRY(reader.skip(extension));
    return size;
}

Found find_opus(ByteView bytes) {
    constexpr std::size_t longest_control = 300;  // of packets of many kilobytes; none is as long
    if (bytes.size() < 2) return std::nullopt;
    base::ByteReader reader(bytes);
    const bool is_control = bytes[0] == 0x7f && (bytes[1] & 0xe0) == 0xe0;
    const auto size = parse_opus_control(reader);
    if (!size && is_control && bytes.size() < longest_control) return std::nullopt;
    if (!size) return std::unexpected(size.error());
    const std::size_t header = reader.position();
    if (*size == 0 || header > longest_control) return fail(ErrorKind::malformed, "the Opus packet has no size");
    if (bytes.size() < header + *size) return std::nullopt;
    const std::uint32_t samples = media::opus::samples(bytes.subspan(header, *size));
    if (samples == 0) return fail(ErrorKind::malformed, "the Opus packet lasts for no time that it may");
    return AudioFrame{.codec = Codec::opus,
                      .header_size = header,
                      .size = header + *size,
                      .samples = samples,
                      .sample_rate = media::opus::sample_rate};
}

Result<Bytes> no_config(ByteView) {
    return fail(ErrorKind::unsupported, "the map does not say how many channels there are");
}

struct Framing {
    Codec codec;
    Found (*find)(ByteView bytes);
    Result<Bytes> (*config)(ByteView bytes);
};
constexpr std::array<Framing, 6> framings{{
    {Codec::aac, find_adts, adts_config},
    {Codec::mp3, find_mpeg_audio, mpeg_audio_config},
    {Codec::mp2, find_mpeg_audio, mpeg_audio_config},
    {Codec::ac3, find_ac3, ac3_config},
    {Codec::eac3, find_ac3, ac3_config},
    {Codec::opus, find_opus, no_config},
}};

}  // namespace

bool is_framed(Codec codec) noexcept { return std::ranges::find(framings, codec, &Framing::codec) != framings.end(); }

Found find_frame(Codec family, ByteView bytes) {
    const auto framing = std::ranges::find(framings, family, &Framing::codec);
    if (framing == framings.end()) return fail(ErrorKind::unsupported, "this sound is not served");
    return framing->find(bytes);
}

Result<Bytes> config_of_frame(const AudioFrame& frame, ByteView bytes) {
    return std::ranges::find(framings, frame.codec, &Framing::codec)->config(bytes);
}

}  // namespace weir::format::mpegts
