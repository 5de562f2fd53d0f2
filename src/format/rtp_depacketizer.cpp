#include "format/rtp_depacketizer.hpp"

#include "format/rtp_aac.hpp"
#include "format/rtp_av1.hpp"
#include "format/rtp_nal.hpp"
#include "format/rtp_sound.hpp"
#include "format/rtp_vpx.hpp"

#include <algorithm>
#include <array>

namespace weir::format::rtp {

using base::ErrorKind;
using base::fail;
using base::Result;
using media::Codec;

namespace {

using Made = Result<std::unique_ptr<Depacketizer>>;

Made create_nal(const Format& format, const DepacketizerLimits& limits) {
    TRY(check_nal_format(format));
    return std::make_unique<VideoDepacketizer>(format, std::make_unique<NalFrames>(format), limits);
}

template <typename Builder>
Made create_video(const Format& format, const DepacketizerLimits& limits) {
    return std::make_unique<VideoDepacketizer>(format, std::make_unique<Builder>(), limits);
}

struct Row {
    Codec codec;
    Made (*create)(const Format& format, const DepacketizerLimits& limits);
};
constexpr std::array<Row, 11> rows{{
    {Codec::h264, create_nal},
    {Codec::hevc, create_nal},
    {Codec::av1, create_video<Av1Frames>},
    {Codec::vp9, create_video<Vp9Frames>},
    {Codec::vp8, create_video<Vp8Frames>},
    {Codec::aac, AacDepacketizer::create},
    {Codec::opus, WholeFrames::create},
    {Codec::mp3, MpegAudioFrames::create},
    {Codec::mp2, MpegAudioFrames::create},  // the same to a description: its frames tell
    {Codec::pcma, WholeFrames::create},
    {Codec::pcmu, WholeFrames::create},
}};

}  // namespace

std::optional<Depacketizer::Event> Depacketizer::next() {
    if (events_.empty()) return std::nullopt;
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
}

bool can_read(Codec codec) noexcept { return std::ranges::find(rows, codec, &Row::codec) != rows.end(); }

Made create_depacketizer(const Format& format, const DepacketizerLimits& limits) {
    const auto* const row = std::ranges::find(rows, format.codec, &Row::codec);
    if (row == rows.end()) return fail(ErrorKind::unsupported, refusal(format.codec));
    return row->create(format, limits);
}

}  // namespace weir::format::rtp
