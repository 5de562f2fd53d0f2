// What anybody can send to an RTP port. The first byte chooses the codec; then come datagrams behind their sizes. Properties: never a crash,
// nothing but whole frames comes out, and what is counted adds up.
#include "format/rtp_receiver.hpp"

#include "base/byte_reader.hpp"
#include "media/track_config.hpp"

#include <cstdlib>

namespace {

using namespace weir;
namespace rtp = weir::format::rtp;

void require(bool property) {
    if (!property) std::abort();
}

constexpr media::Codec codecs[] = {media::Codec::h264, media::Codec::hevc, media::Codec::av1,
                                   media::Codec::vp9,  media::Codec::vp8,  media::Codec::aac,
                                   media::Codec::opus, media::Codec::mp3,  media::Codec::pcma};

rtp::Format format_of(std::uint8_t choice) {
    const media::Codec codec = codecs[choice % std::size(codecs)];
    const bool is_video = media::info(codec).kind == media::Kind::video;
    rtp::Format format{.payload_type = 96, .codec = codec, .clock = is_video ? 90'000U : 48'000U, .channels = 2};
    if (codec == media::Codec::h264)
        format.parameters = {{"sprop-parameter-sets", "Z0LADNkBQfsBEAAAAwAQAAADAeDxQqSA,aMuDyyA="}};
    if (codec == media::Codec::aac && choice > 128)
        format.parameters = {{"ctsdeltalength", "5"}, {"dtsdeltalength", "7"}, {"auxiliarydatasizelength", "3"}};
    return format;
}

/// The payload as a player would take it apart.
void check(const rtp::Sample& sample, media::Codec codec) {
    require(!sample.payload.empty());
    require(media::picture(codec, sample.payload).has_value());
}

void drain(rtp::Receiver& receiver, media::Codec codec, std::uint64_t& samples) {
    bool has_track = samples != 0;
    while (const auto event = receiver.next_event()) {
        if (std::holds_alternative<media::Track>(*event)) has_track = true;
        if (const auto* sample = std::get_if<rtp::Sample>(&*event)) {
            require(has_track || codec == media::Codec::h264 || samples != 0);
            check(*sample, codec);
            ++samples;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const rtp::Format format = format_of(data[0]);
    const rtp::Receiver::Limits limits{.jitter = {.packets = 16, .bytes = base::ByteCount(4096)},
                                       .frames = {.frame = base::ByteCount(8192), .packets = 64}};
    const auto transport = data[1] % 2 == 0 ? rtp::Receiver::Transport::ordered : rtp::Receiver::Transport::unordered;
    rtp::Receiver receiver(transport, 1, limits);
    if (!receiver.add(format, 1)) return 0;
    base::ByteReader reader(base::ByteView(data, size).subspan(2));
    base::Now now{};
    std::uint64_t samples = 0;
    for (auto head = reader.u16(); head; head = reader.u16()) {
        const std::size_t wanted = *head & 0x7ffU;
        const auto datagram = reader.take(std::min(wanted, reader.remaining()));
        now.instant += std::chrono::milliseconds(*head >> 11);
        receiver.receive(0, base::Bytes::copy_of(*datagram), now);
        receiver.tick(now);
        drain(receiver, format.codec, samples);
    }
    require(receiver.counts(0).samples == samples);
    base::ByteWriter report;
    receiver.write_report(0, "fuzz", now, report);
    if (report.size() != 0) require(weir::format::rtcp::parse(report.view()).has_value());
    return 0;
}
