#include "format/rtmp_serializer.hpp"

#include <gtest/gtest.h>

#include "media/track_config.hpp"
#include "wire/bytes.hpp"

namespace weir::format::rtmp {

using media::Ticks;
using tests::from_hex;
using tests::to_hex;

namespace {

std::string hex_of(base::SlabWriter& out) {
    base::ByteWriter bytes;
    for (const base::Bytes& run : out.take()) bytes.bytes(run);
    return to_hex(bytes.view());
}
std::string hex(const char* spaced) { return to_hex(from_hex(spaced)); }

media::Track video_track(media::Codec codec = media::Codec::h264) {
    media::Track track;
    track.id = media::video_track_id;
    track.kind = media::Kind::video;
    track.codec = codec;
    track.config = from_hex("0164001f");
    return track;
}
media::Track sound_track() { return media::track_from_config(media::Codec::aac, from_hex("1190")).value(); }

media::Packet packet(const media::Track& track, std::int64_t dts, std::int64_t pts, base::Bytes payload) {
    media::Packet packet;
    packet.track = track.id;
    packet.dts = Ticks::milliseconds(dts);
    packet.pts = Ticks::milliseconds(pts);
    packet.keyframe = true;
    packet.payload = std::move(payload);
    return packet;
}

}  // namespace

TEST(RtmpSerializer, AMessageIsExactlyWhatTheStandardSays) {
    base::SlabWriter out(4096);
    StreamWriter writer(Ticks{});
    const media::Track video = video_track();
    const media::Track sound = sound_track();
    writer.write(packet(video, 40, 120, from_hex("00000003658811")), video, out);
    EXPECT_EQ(hex_of(out), hex("06 000028 00000c 09 01000000  17 01 000050 00000003658811"));
    writer.write(packet(sound, 21, 21, from_hex("2110")), sound, out);
    EXPECT_EQ(hex_of(out), hex("04 000015 000004 08 01000000  af 01 2110"));
    writer.write(packet(sound, -5, -5, from_hex("2110")), sound, out);
    EXPECT_EQ(hex_of(out), hex("04 000000 000004 08 01000000  af 01 2110")) << "before the origin";
}

TEST(RtmpSerializer, AfterFourHoursTheTimeIsExtendedInEveryChunk) {
    const media::Track video = video_track();
    for (const std::int64_t time : {std::int64_t{0xFFFFFE}, std::int64_t{0xFFFFFF}, std::int64_t{0x7F000000}}) {
        base::SlabWriter out(256 << 10);
        StreamWriter writer(Ticks{});
        const std::vector<std::uint8_t> payload(StreamWriter::chunk_size * 2, 0x11);
        writer.write(packet(video, time, time, base::Bytes::copy_of(payload)), video, out);
        const std::string text = hex_of(out);
        const bool extended = time >= 0xFFFFFF;
        const std::string stamp = extended ? to_hex(from_hex(time == 0xFFFFFF ? "00ffffff" : "7f000000")) : "";
        const std::string head = hex("06") + (extended ? "ffffff" : "fffffe") + hex("020005 09 01000000") + stamp;
        EXPECT_EQ(text.substr(0, head.size()), head);
        const std::size_t second = head.size() + 2 * StreamWriter::chunk_size;
        EXPECT_EQ(text.substr(second, 2 + stamp.size()), "c6" + stamp);
        const std::size_t third = second + 2 + stamp.size() + 2 * StreamWriter::chunk_size;
        EXPECT_EQ(text.substr(third), "c6" + stamp + "1111111111");
    }
}

TEST(RtmpSerializer, ABodyThatFillsAChunkIsNotFollowedByAnEmptyOne) {
    const media::Track sound = sound_track();
    base::SlabWriter out(256 << 10);
    const std::vector<std::uint8_t> payload(StreamWriter::chunk_size - 2, 0x11);
    StreamWriter(Ticks{}).write(packet(sound, 0, 0, base::Bytes::copy_of(payload)), sound, out);
    EXPECT_EQ(hex_of(out).size(), 2 * (12 + StreamWriter::chunk_size));
}

TEST(RtmpSerializer, ANewPlayerGetsMetadataAndConfigsAndOneThatJumpsTheConfigs) {
    const media::TrackSet tracks{{video_track(), sound_track()}};
    base::SlabWriter out(4096);
    StreamWriter writer(Ticks{});
    writer.begin(tracks, out);
    const std::string begin = hex_of(out);
    EXPECT_EQ(begin.substr(0, 8), "05000000");
    EXPECT_EQ(begin.substr(14, 10), "1201000000");
    EXPECT_EQ(begin.substr(24, 26), "02000a6f6e4d65746144617461") << "onMetaData";
    writer.tracks(tracks, Ticks::milliseconds(5000), out);
    EXPECT_EQ(hex_of(out), hex("06 001388 000009 09 01000000 17 00 000000 0164001f"
                               "04 001388 000004 08 01000000 af 00 1190"));
}

TEST(RtmpSerializer, HevcHasItsFourCcAndWhatRtmpCannotCarryIsLeftOut) {
    base::SlabWriter out(4096);
    StreamWriter writer(Ticks{});
    const media::Track hevc = video_track(media::Codec::hevc);
    media::Track layer_two = sound_track();
    layer_two.codec = media::Codec::mp2;
    writer.tracks({{hevc, layer_two}}, Ticks{}, out);
    EXPECT_EQ(hex_of(out), hex("06 000000 000009 09 01000000 90 68766331 0164001f"));
    writer.write(packet(layer_two, 0, 0, from_hex("fffd")), layer_two, out);
    EXPECT_EQ(hex_of(out), "");
}

}  // namespace weir::format::rtmp
