#include "format/fmp4_serializer.hpp"

#include "format/adts_serializer.hpp"
#include "format/flv_body_parser.hpp"
#include "format/flv_file.hpp"
#include "format/mp4_reader.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <variant>

namespace weir::format {

namespace {

using media::Ticks;
using tests::from_hex;

/// What ffmpeg once sent, as a stream has it: a second into it.
struct Source {
    media::TrackSet tracks;
    std::vector<media::Packet> packets;

    Source() {
        flv::FileReader reader;
        flv::BodyParser parser;
        const base::Bytes file = tests::read_capture("flv/x264_aac.flv");
        reader.receive(file);
        while (const auto tag = reader.next().value()) {
            const auto event = parser.receive(tag->type, tag->timestamp, tag->body).value();
            if (!event) continue;
            if (const auto* config = std::get_if<flv::Config>(&*event)) tracks.tracks.push_back(config->track);
            const auto* sample = std::get_if<flv::Sample>(&*event);
            if (sample == nullptr) continue;
            const Ticks dts = Ticks::milliseconds(sample->dts + 1000);
            packets.push_back({.track = sample->track,
                               .dts = dts,
                               .pts = dts + sample->composition_offset,
                               .duration = Ticks::milliseconds(sample->track == media::video_track_id ? 40 : 21),
                               .keyframe = sample->keyframe,
                               .payload = sample->payload});
        }
    }
};

base::Bytes all_of(base::SlabWriter& out) {
    base::ByteWriter all;
    for (const base::Bytes& run : out.take()) all.bytes(run);
    return all.to_bytes();
}

/// What a player makes of a file.
struct Played {
    std::vector<media::TrackSetRef> headers;
    std::map<std::uint32_t, std::vector<media::Packet>> packets;

    explicit Played(base::ByteView file) {
        mp4::Reader reader;
        reader.receive(file);
        while (true) {
            auto event = reader.next();
            EXPECT_TRUE(event.has_value()) << event.error().text;
            if (!event || !*event) return;
            if (auto* packet = std::get_if<media::Packet>(&**event)) packets[packet->track].push_back(*packet);
            else headers.push_back(std::get<media::TrackSetRef>(**event));
        }
    }
};

template <typename Writer>
void write(Writer& writer, const media::Packet& packet, const media::TrackSet& tracks, base::SlabWriter& out) {
    writer.write(packet, *tracks.find(packet.track), out);
}

}  // namespace

TEST(Fmp4, AFileOfFfmpegReachesTheViewerFrameByFrame) {
    const Source source;
    fmp4::StreamWriter writer{Ticks()};
    base::SlabWriter out(1U << 20);
    writer.begin(source.tracks, out);
    writer.tracks(source.tracks, {}, out);
    for (const media::Packet& packet : source.packets) write(writer, packet, source.tracks, out);
    const Played played(all_of(out));
    ASSERT_EQ(played.headers.size(), 1U);
    EXPECT_EQ(played.headers[0]->tracks.size(), 2U);
    EXPECT_EQ(played.headers[0]->tracks[0].config, source.tracks.tracks[0].config);
    std::map<std::uint32_t, std::size_t> next;
    for (const media::Packet& packet : source.packets) {
        const auto& arrived = played.packets.at(packet.track);
        const std::size_t at = next[packet.track]++;
        if (at == arrived.size()) continue;  // sound that waits for the next picture
        EXPECT_EQ(arrived[at].payload, packet.payload);
        EXPECT_EQ(arrived[at].keyframe, packet.keyframe);
        // In the track's own units, so as near as one of those.
        EXPECT_LT(std::abs((arrived[at].dts - packet.dts).to(48'000)), 2);
        EXPECT_LT(std::abs((arrived[at].pts - packet.pts).to(48'000)), 2);
    }
    EXPECT_EQ(next[media::video_track_id], played.packets.at(media::video_track_id).size());
    EXPECT_LE(next[media::audio_track_id] - played.packets.at(media::audio_track_id).size(), 2U);
}

TEST(Fmp4, SoundWaitsForAPictureButNotForLong) {
    const Source source;
    fmp4::StreamWriter writer{Ticks()};
    base::SlabWriter out(1U << 20);
    writer.begin(source.tracks, out);
    writer.tracks(source.tracks, {}, out);
    (void)out.take();
    std::vector<std::size_t> sizes;
    for (const media::Packet& packet : source.packets) {
        if (packet.track != media::audio_track_id) continue;
        write(writer, packet, source.tracks, out);
        sizes.push_back(all_of(out).size());
        if (sizes.size() == 10) break;
    }
    for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(sizes[i] > 0, i % 5 == 4) << i;
}

TEST(Fmp4, OtherTracksAreAnotherHeaderAndKeyframesCarryTheirParameterSets) {
    const Source source;
    const media::TrackSet silent{{source.tracks.tracks[0]}};
    fmp4::StreamWriter writer{Ticks()};
    base::SlabWriter out(1U << 20);
    writer.begin(source.tracks, out);
    writer.tracks(source.tracks, {}, out);
    std::size_t plain = 0;
    for (int round = 0; round < 2; ++round) {
        for (const media::Packet& packet : source.packets) {
            if (packet.track != media::video_track_id || !packet.keyframe) continue;
            write(writer, packet, silent, out);
            plain = packet.payload.size();
            break;
        }
        if (round == 0) writer.tracks(silent, {}, out);
    }
    const Played played(all_of(out));
    ASSERT_EQ(played.headers.size(), 2U);
    EXPECT_EQ(played.headers[1]->tracks.size(), 1U);
    const auto& pictures = played.packets.at(media::video_track_id);
    ASSERT_EQ(pictures.size(), 2U);
    EXPECT_EQ(pictures[0].payload.size(), plain);
    EXPECT_EQ(pictures[1].payload.data()[4] & 0x1f, 7);
    EXPECT_TRUE(base::as_text(pictures[1].payload).ends_with(base::as_text(pictures[0].payload)));
}

TEST(Fmp4, AGreetingInTheMidstOfALogLosesNothingThatWaits) {
    const Source source;
    fmp4::StreamWriter writer{Ticks()};
    base::SlabWriter out(1U << 20);
    base::SlabWriter greetings(4096);
    writer.begin(source.tracks, out);
    writer.tracks(source.tracks, {}, out);
    for (const media::Packet& packet : source.packets) {
        write(writer, packet, source.tracks, out);
        writer.begin(source.tracks, greetings);
        writer.tracks(source.tracks, packet.dts, greetings);
    }
    const Played played(all_of(out));
    EXPECT_EQ(played.headers.size(), 1U);
    EXPECT_GE(played.packets.at(media::audio_track_id).size(), 20U);
    EXPECT_GE(Played(all_of(greetings)).headers.size(), 20U);
}

TEST(Adts, EveryFrameOfSoundDescribesItself) {
    const Source source;
    adts::StreamWriter writer{Ticks()};
    base::SlabWriter out(1U << 20);
    writer.begin(source.tracks, out);
    writer.tracks(source.tracks, {}, out);
    std::vector<base::Bytes> sent;
    for (const media::Packet& packet : source.packets) {
        write(writer, packet, source.tracks, out);
        if (packet.track == media::audio_track_id) sent.push_back(packet.payload);
    }
    const base::Bytes file = all_of(out);
    std::size_t at = 0;
    for (const base::Bytes& payload : sent) {
        const auto header = media::aac::parse_adts(file.slice(at)).value();
        EXPECT_EQ(header.sample_rate, 48'000U);
        EXPECT_EQ(file.slice(at + header.header_size, header.frame_size - header.header_size), payload);
        at += header.frame_size;
    }
    EXPECT_EQ(at, file.size());
}

}  // namespace weir::format
