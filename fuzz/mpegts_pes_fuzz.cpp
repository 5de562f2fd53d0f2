// The first byte chooses a codec, the second how long pieces are; the rest is the payload of one PID's packets, a unit beginning where a piece
// begins with a start code. Properties: never a crash, no sample before its config, and sound in order between two times of the wire.
#include "format/mpegts_audio.hpp"
#include "format/mpegts_pes.hpp"
#include "format/mpegts_video.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <variant>

namespace {

using namespace weir;
using namespace weir::format::mpegts;

constexpr std::array codecs{media::Codec::h264, media::Codec::hevc, media::Codec::aac, media::Codec::mp3,
                            media::Codec::ac3,  media::Codec::eac3, media::Codec::opus};

void require(bool property) {
    if (!property) std::abort();
}

using Lane = std::variant<VideoLane, AudioLane>;
Lane lane_for(media::Codec codec) {
    if (media::info(codec).kind == media::Kind::video) return VideoLane(codec, {.track = 1, .language = {}});
    constexpr std::array<std::uint8_t, 11> stereo{0, 2, 0, 0, 0, 0, 0xbb, 0x80, 0, 0, 0};  // dOps
    if (codec == media::Codec::opus)
        return AudioLane(codec, {.track = 2, .language = {}, .config = base::Bytes::copy_of(stereo)});
    return AudioLane(codec, {.track = 2, .language = {}});
}

bool starts_unit(base::ByteView piece) {
    return piece.size() >= 4 && piece[0] == 0 && piece[1] == 0 && piece[2] == 1 && piece[3] >= 0xbc;
}

void check(const std::deque<Event>& events) {
    bool is_announced = false;
    for (const Event& event : events) {
        if (const auto* config = std::get_if<Config>(&event)) is_announced = !config->track.config.empty();
        const auto* sample = std::get_if<Sample>(&event);
        if (sample != nullptr) require(is_announced && sample->dts <= time_mask);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const DemuxLimits limits{.access_unit = base::ByteCount(1 << 16)};
    Lane lane = lane_for(codecs[data[0] % codecs.size()]);
    const std::size_t step = 4U + data[1];
    PesReader reader(limits.access_unit.bytes());
    std::deque<Event> events;
    Faults faults;
    const auto drain = [&] {
        while (const auto pes = reader.next()) {
            require(pes->payload.size() <= limits.access_unit.bytes());
            std::visit([&](auto& one) { one.receive(*pes, {events, faults, limits}); }, lane);
        }
    };
    for (base::ByteView rest(data + 2, size - 2); !rest.empty();) {
        const base::ByteView piece = rest.first(std::min(step, rest.size()));
        reader.receive(starts_unit(piece), piece);
        drain();
        rest = rest.subspan(piece.size());
    }
    reader.finish();
    drain();
    check(events);
    return 0;
}
