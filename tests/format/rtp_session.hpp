// A source that sends its packets by RTP, and what becomes of them: `Studio` makes frames and the datagrams of each, as an
// RTSP publisher does; `Ear` is a receiver and all that came out of it.
#pragma once

#include "format/rtp_fixtures.hpp"
#include "format/rtp_receiver.hpp"
#include "format/rtp_serializer.hpp"

#include <map>

namespace weir::format::rtp::test {

/// Of medium 0 or 1 (video, sound).
struct Datagram {
    std::size_t medium = 0;
    bool is_control = false;
    base::Bytes bytes;
};

/// Video of 30 frames a second in groups of 30, each frame some packets long, and sound. What was sent is kept.
class Studio {
  public:
    Studio() { tracks_.tracks = {track(media::Codec::h264, baseline), track(media::Codec::aac, "1190")}; }
    // No reordering, so that the order of frames is that of their times.
    static constexpr const char* baseline =
        "0142c00cffe100186742c00cd90141fb0110000003001000000301e0f142a48001000568cb83cb20";
    static constexpr std::uint32_t group = 30;

    /// The datagrams of the next frame of video.
    std::vector<Datagram> next_picture() {
        const std::uint32_t number = pictures_++;
        const bool keyframe = number % group == 0;
        base::ByteWriter unit;
        for (std::uint32_t slice = 0; slice < 2; ++slice) {
            const std::size_t size = keyframe ? 4000 : 100 + number * 379 % 2000;
            unit.u32(static_cast<std::uint32_t>(size + 6));
            unit.u8(keyframe ? 0x65 : 0x41);
            unit.u8(slice == 0 ? 0x80 : 0x40);
            unit.u32(number);
            for (std::size_t i = 0; i < size; ++i) unit.u8(static_cast<std::uint8_t>(i * 7 + number));
        }
        const media::Ticks time = media::Ticks::from(number, 30);
        return send({.track = 1, .dts = time, .pts = time, .keyframe = keyframe, .payload = unit.to_bytes()});
    }
    /// The datagrams of the next frame of sound.
    std::vector<Datagram> next_sound() {
        const std::uint32_t number = sounds_++;
        base::ByteWriter frame;
        frame.u32(number);
        for (std::size_t i = 0; i < 200; ++i) frame.u8(static_cast<std::uint8_t>(i + number));
        const media::Ticks time = media::Ticks::from(std::int64_t{1024} * number, 48'000);
        return send({.track = 2, .dts = time, .pts = time, .keyframe = true, .payload = frame.to_bytes()});
    }

    [[nodiscard]] const media::TrackSet& tracks() const noexcept { return tracks_; }
    /// Every frame so far by its track and payload.
    [[nodiscard]] const std::map<std::pair<std::uint32_t, std::string>, media::Packet>& sent() const { return sent_; }

  private:
    std::vector<Datagram> send(const media::Packet& packet) {
        sent_.emplace(std::pair(packet.track, std::string(base::as_text(packet.payload))), packet);
        writer_.write(packet, *tracks_.find(packet.track), out_);
        base::ByteWriter message;
        for (const base::Bytes& run : out_.take()) message.bytes(run);
        std::vector<Datagram> datagrams;
        base::ByteView rest = message.view();
        while (const auto frame = take_frame(rest))
            datagrams.push_back({frame->channel / 2U, frame->channel % 2 == 1, base::Bytes::copy_of(frame->packet)});
        EXPECT_TRUE(rest.empty());
        return datagrams;
    }

    media::TrackSet tracks_;
    StreamWriter writer_{media::Ticks::milliseconds(-5000)};
    base::SlabWriter out_{64U << 10};
    std::uint32_t pictures_ = 0;
    std::uint32_t sounds_ = 0;
    std::map<std::pair<std::uint32_t, std::string>, media::Packet> sent_;
};

class Ear {
  public:
    explicit Ear(const media::TrackSet& tracks, Receiver::Transport transport, const Receiver::Limits& limits = {})
        : receiver(transport, 99, limits) {
        for (const media::Track& track : tracks.tracks)
            EXPECT_TRUE(receiver.add(parse_format(describe(track)).value(), track.id).has_value());
        drain();
    }

    void hear(const Datagram& datagram, base::Duration at) {
        const base::Now now{base::Instant(at), {}};
        if (datagram.is_control) receiver.receive_control(datagram.medium, datagram.bytes, now);
        else receiver.receive(datagram.medium, datagram.bytes, now);
        drain();
    }
    void hear(const std::vector<Datagram>& datagrams, base::Duration at) {
        for (const Datagram& datagram : datagrams) hear(datagram, at);
    }
    void tick(base::Duration at) {
        receiver.tick({base::Instant(at), {}});
        drain();
    }

    Receiver receiver;
    std::vector<media::Track> tracks;
    std::vector<Sample> samples;
    std::vector<std::uint32_t> left;

  private:
    void drain() {
        while (auto event = receiver.next_event()) {
            if (auto* track = std::get_if<media::Track>(&*event)) tracks.push_back(std::move(*track));
            else if (auto* sample = std::get_if<Sample>(&*event)) samples.push_back(std::move(*sample));
            else left.push_back(std::get<Left>(*event).track);
        }
    }
};

}  // namespace weir::format::rtp::test
