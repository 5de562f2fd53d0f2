#include "format/rtp_packetizer.hpp"

#include "format/rtp_aac.hpp"
#include "format/rtp_av1.hpp"
#include "format/rtp_nal.hpp"
#include "format/rtp_sound.hpp"
#include "format/rtp_vpx.hpp"

#include <algorithm>
#include <array>

namespace weir::format::rtp {

using media::Codec;

namespace {

using Made = std::unique_ptr<Packetizer>;

Made create_nal(const media::Track& track, std::size_t most) { return std::make_unique<NalPacketizer>(track, most); }

template <typename Type>
Made create(const media::Track&, std::size_t most) {
    return std::make_unique<Type>(most);
}

Made create_whole(const media::Track&, std::size_t) { return std::make_unique<WholeFramePacketizer>(); }

struct Row {
    Codec codec;
    Made (*create)(const media::Track& track, std::size_t most);
};
constexpr std::array<Row, 11> rows{{
    {Codec::h264, create_nal},
    {Codec::hevc, create_nal},
    {Codec::av1, create<Av1Packetizer>},
    {Codec::vp9, create<Vp9Packetizer>},
    {Codec::vp8, create<Vp8Packetizer>},
    {Codec::aac, create<AacPacketizer>},
    {Codec::opus, create_whole},
    {Codec::mp3, create<MpegAudioPacketizer>},
    {Codec::mp2, create<MpegAudioPacketizer>},
    {Codec::pcma, create_whole},
    {Codec::pcmu, create_whole},
}};

}  // namespace

void Payloads::clear() noexcept {
    bytes_.clear();
    ends_.clear();
}

Payloads::Payload Payloads::operator[](std::size_t index) const noexcept {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1].at;
    return {bytes_.view().subspan(begin, ends_[index].at - begin), ends_[index].marker};
}

Made create_packetizer(const media::Track& track, std::size_t most) {
    const auto* const row = std::ranges::find(rows, track.codec, &Row::codec);
    return row == rows.end() ? nullptr : row->create(track, most);
}

}  // namespace weir::format::rtp
