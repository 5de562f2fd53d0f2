// The input is a list of what a publisher does: announce, send a sample, let time pass. Properties: never a crash; decoding
// times strictly increase on each track; presentation times are never negative and near them; what waits is bounded; a packet
// comes with a TrackSet that has its track.
#include "base/byte_reader.hpp"
#include "stream/intake.hpp"

#include <cstdint>
#include <cstdlib>
#include <map>

namespace {

using namespace weir;
using media::Ticks;

void require(bool condition) {
    if (!condition) std::abort();
}

media::Track track_of(std::uint8_t byte) {
    media::Track track;
    track.id = byte % 12;
    track.kind = byte % 2 == 0 ? media::Kind::video : media::Kind::audio;
    track.codec = track.kind == media::Kind::video ? media::Codec::h264 : media::Codec::aac;
    const std::uint8_t config[] = {static_cast<std::uint8_t>(byte >> 1), static_cast<std::uint8_t>(byte << 3)};
    track.config = base::Bytes::copy_of(base::ByteView(config));
    track.frame_rate = byte % 64;
    return track;
}

stream::WireClock clock_of(std::uint8_t byte) {
    constexpr stream::WireClock clocks[] = {{1000, 32}, {90'000, 33}, {1, 48}, {1'000'000'000, 48}};
    return clocks[byte < 224 ? 0 : byte % 4];
}

class Publisher {
  public:
    void act(base::ByteReader& in) {
        const std::uint8_t verb = in.u8().value_or(0);
        if (verb % 8 == 0) {
            const std::uint8_t track = in.u8().value_or(0);
            intake_.announce(track_of(track), clock_of(in.u8().value_or(0)), now_);
        } else if (verb % 8 == 1) {
            now_ += std::chrono::milliseconds(in.u16().value_or(0));
            intake_.tick(now_);
        } else {
            send(verb, in);
        }
        check();
    }

  private:
    void send(std::uint8_t verb, base::ByteReader& in) {
        const std::uint8_t track = verb / 8 % 12;
        // Mostly small steps; now and then a leap to anywhere.
        wire_[track] += verb % 8 < 6 ? in.u8().value_or(0) : in.u64().value_or(0);
        const auto offset = static_cast<std::int32_t>(in.u32().value_or(0));
        const std::size_t size = in.u8().value_or(0);
        const auto taken = intake_.receive({.track = track,
                                            .wire_time = wire_[track],
                                            .composition_offset = Ticks::milliseconds(offset),
                                            .keyframe = (verb & 1) != 0,
                                            .payload = base::Bytes::copy_of(std::string(size, 'x'))},
                                           now_);
        if (!taken) require(taken.error().kind == base::ErrorKind::malformed);
        now_ += std::chrono::milliseconds(size);
    }

    void check() {
        require(intake_.pause(now_) >= base::Duration{});
        for (const stream::Item& item : intake_.take()) {
            const media::Packet& packet = item.packet;
            require(item.tracks != nullptr && item.tracks->find(packet.track) != nullptr);
            const auto last = last_.find(packet.track);
            require(last == last_.end() || last->second < packet.dts);
            last_[packet.track] = packet.dts;
            require(packet.pts >= Ticks() && packet.dts >= Ticks() && packet.duration >= Ticks());
            const Ticks offset = packet.pts - packet.dts;
            require(offset >= -Ticks::milliseconds(5500) && offset <= Ticks::milliseconds(5500));
        }
        require(intake_.take_remarks().size() <= 16);
    }

    stream::Intake intake_{{.waiting_bytes = base::ByteCount(10'000)}};
    base::Instant now_{std::chrono::seconds(1000)};
    std::map<std::uint32_t, std::uint64_t> wire_;
    std::map<std::uint32_t, Ticks> last_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::size_t before = base::slab_bytes();
    {
        base::ByteReader in(base::ByteView(data, size));
        Publisher publisher;
        while (!in.at_end()) {
            publisher.act(in);
            require(base::slab_bytes() - before < 200'000);
        }
    }
    require(base::slab_bytes() == before);
    return 0;
}
