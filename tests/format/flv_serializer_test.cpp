#include "format/flv_serializer.hpp"

#include <gtest/gtest.h>

#include "format/flv_body_parser.hpp"
#include "media/nal.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

namespace weir::format::flv {

using media::Ticks;
using tests::from_hex;
using tests::to_hex;

namespace {

/// What a viewer makes of a stream.
struct Viewed {
    std::vector<TagType> types;
    std::vector<std::uint32_t> times;
    std::vector<media::Track> tracks;
    std::vector<Sample> samples;
};

Viewed view(base::ByteView bytes) {
    Viewed viewed;
    FileReader reader;
    BodyParser parser;
    reader.receive(bytes);
    while (const auto tag = reader.next().value()) {
        viewed.types.push_back(tag->type);
        viewed.times.push_back(tag->timestamp);
        const auto event = parser.receive(tag->type, tag->timestamp, tag->body).value();
        if (!event) continue;
        if (const auto* config = std::get_if<Config>(&*event)) viewed.tracks.push_back(config->track);
        if (const auto* sample = std::get_if<Sample>(&*event)) viewed.samples.push_back(*sample);
    }
    return viewed;
}

base::Bytes all_of(base::SlabWriter& out) {
    base::ByteWriter bytes;
    for (const base::Bytes& run : out.take()) bytes.bytes(run);
    return bytes.to_bytes();
}

media::Track h264_track() {
    return media::track_from_config(
               media::Codec::h264,
               from_hex("0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800"))
        .value();
}
media::Track aac_track() { return media::track_from_config(media::Codec::aac, from_hex("1190")).value(); }

media::Packet packet(std::uint32_t track, Ticks dts, Ticks pts, base::Bytes payload, bool keyframe) {
    media::Packet packet;
    packet.track = track;
    packet.dts = dts;
    packet.pts = pts;
    packet.keyframe = keyframe;
    packet.payload = std::move(payload);
    return packet;
}
media::Packet packet(const media::Track& track, Ticks dts, Ticks pts, const char* payload) {
    return packet(track.id, dts, pts, from_hex(payload), true);
}

constexpr const char* idr = "00000003 658811";

}  // namespace

TEST(FlvSerializer, AFileOfFfmpegReadAndWrittenIsTheSameToItsViewer) {
    const Viewed source = view(tests::read_capture("flv/x264_aac.flv"));
    ASSERT_EQ(source.tracks.size(), 2U);
    media::TrackSet tracks{source.tracks};
    base::SlabWriter out(4096);
    StreamWriter writer(Ticks{});
    writer.begin(tracks, out);
    writer.tracks(tracks, Ticks{}, out);
    for (const Sample& sample : source.samples) {
        const Ticks dts = Ticks::milliseconds(sample.dts);
        const media::Packet copy =
            packet(sample.track, dts, dts + sample.composition_offset, sample.payload, sample.keyframe);
        writer.write(copy, *tracks.find(sample.track), out);
    }
    const Viewed again = view(all_of(out));
    EXPECT_EQ(again.tracks, source.tracks);
    ASSERT_EQ(again.samples.size(), source.samples.size());
    for (std::size_t i = 0; i < again.samples.size(); ++i) {
        EXPECT_EQ(again.samples[i].track, source.samples[i].track);
        EXPECT_EQ(again.samples[i].dts, source.samples[i].dts);
        EXPECT_EQ(again.samples[i].composition_offset, source.samples[i].composition_offset);
        EXPECT_EQ(again.samples[i].keyframe, source.samples[i].keyframe);
        EXPECT_EQ(again.samples[i].payload, source.samples[i].payload);
    }
}

TEST(FlvSerializer, ANewViewerGetsHeaderMetadataAndConfigsFirst) {
    const media::TrackSet tracks{{h264_track(), aac_track()}};
    base::SlabWriter out(4096);
    StreamWriter writer(Ticks{});
    writer.begin(tracks, out);
    writer.tracks(tracks, Ticks::milliseconds(5000), out);
    const base::Bytes bytes = all_of(out);
    EXPECT_EQ(to_hex(bytes.slice(0, 13)), "464c5601050000000900000000");
    const Viewed viewed = view(bytes);
    EXPECT_EQ(viewed.types, (std::vector{TagType::script, TagType::video, TagType::audio}));
    EXPECT_EQ(viewed.times, (std::vector<std::uint32_t>{0, 5000, 5000}));
    EXPECT_EQ(viewed.tracks, tracks.tracks);
}

TEST(FlvSerializer, AnAudioOnlyStreamSaysSo) {
    base::SlabWriter out(4096);
    StreamWriter(Ticks{}).begin({{aac_track()}}, out);
    EXPECT_EQ(to_hex(all_of(out).slice(0, 5)), "464c560104");
}

TEST(FlvSerializer, ViewersMayJoinAfterFiveHoursAndAfterTwentyFourDays) {
    const media::Track track = h264_track();
    const Ticks origin = Ticks::seconds(1'795'341'600);
    for (const std::int64_t milliseconds :
         {std::int64_t{18'000'000}, std::int64_t{2'142'720'000}, std::int64_t{4'294'967'295}}) {
        base::SlabWriter out(4096);
        StreamWriter writer(origin);
        writer.begin({{track}}, out);
        const Ticks at = origin + Ticks::milliseconds(milliseconds);
        writer.tracks({{track}}, at, out);
        writer.write(packet(track, at, at + Ticks::from(1, 30), idr), track, out);
        const Viewed viewed = view(all_of(out));
        const auto expected = static_cast<std::uint32_t>(milliseconds);
        EXPECT_EQ(viewed.times, (std::vector<std::uint32_t>{0, expected, expected}));
        ASSERT_EQ(viewed.samples.size(), 1U);
        EXPECT_EQ(viewed.samples[0].composition_offset, Ticks::milliseconds(33));
    }
}

TEST(FlvSerializer, ATagIsExactlyWhatTheStandardSays) {
    base::SlabWriter out(4096);
    StreamWriter writer(Ticks{});
    const media::Track video = h264_track();
    const media::Track audio = aac_track();
    writer.write(packet(video, Ticks::milliseconds(40), Ticks::milliseconds(120), idr), video, out);
    EXPECT_EQ(to_hex(all_of(out)), to_hex(from_hex("09 00000c 00002800 000000 1701000050 00000003658811 00000017")));
    writer.write(packet(video, Ticks::milliseconds(40), Ticks::milliseconds(0), idr), video, out);
    EXPECT_EQ(to_hex(all_of(out)), to_hex(from_hex("09 00000c 00002800 000000 1701ffffd8 00000003658811 00000017")));
    writer.write(packet(audio, Ticks::milliseconds(21), Ticks::milliseconds(21), "2110"), audio, out);
    EXPECT_EQ(to_hex(all_of(out)), to_hex(from_hex("08 000004 00001500 000000 af01 2110 0000000f")));
    writer.write(packet(audio, Ticks::milliseconds(-5), Ticks::milliseconds(-5), "2110"), audio, out);
    EXPECT_EQ(to_hex(all_of(out)), to_hex(from_hex("08 000004 00000000 000000 af01 2110 0000000f")))
        << "before the origin";
}

TEST(FlvSerializer, HevcIsWrittenAsEnhancedRtmp) {
    media::Track track = h264_track();
    track.codec = media::Codec::hevc;
    track.config = from_hex("0102");
    base::SlabWriter out(4096);
    StreamWriter writer(Ticks{});
    writer.tracks({{track}}, Ticks{}, out);
    EXPECT_EQ(to_hex(all_of(out)), to_hex(from_hex("09 000007 00000000 000000 9068766331 0102 00000012")));
    writer.write(packet(track, Ticks{}, Ticks::milliseconds(40), "00000003 260188"), track, out);
    EXPECT_EQ(to_hex(all_of(out)),
              to_hex(from_hex("09 00000f 00000000 000000 9168766331 000028 00000003260188 0000001a")));
    media::Packet inter = packet(track, Ticks{}, Ticks{}, "00000003 020188");
    inter.keyframe = false;
    writer.write(inter, track, out);
    EXPECT_EQ(to_hex(all_of(out)), to_hex(from_hex("09 00000c 00000000 000000 a368766331 00000003020188 00000017")));
    base::ByteWriter end;
    write_end_body(track, end);
    EXPECT_EQ(to_hex(end.view()), "9268766331");
}

TEST(FlvSerializer, ATrackThatFlvCannotCarryIsLeftOut) {
    media::Track layer_two = aac_track();
    layer_two.codec = media::Codec::mp2;
    base::SlabWriter out(4096);
    StreamWriter writer(Ticks{});
    writer.tracks({{layer_two}}, Ticks{}, out);
    writer.write(packet(layer_two, Ticks{}, Ticks{}, "fffd"), layer_two, out);
    EXPECT_TRUE(all_of(out).empty());
}

TEST(FlvSerializer, EveryCodecIsWrittenAsEnhancedRtmpHasIt) {
    struct Row {
        media::Codec codec;
        const char* record;
        const char* payload;
        const char* config;  ///< the bodies
        const char* frame;
        const char* end;
    };
    const Row rows[] = {
        {media::Codec::av1, "81000c00", "3203308080", "9061763031 81000c00", "9161763031 3203308080", "9261763031"},
        {media::Codec::vp9, "000b820202020000", "82498342", "9076703039 000b820202020000", "9176703039 82498342",
         "9276703039"},
        {media::Codec::vp8, "000b820202020000", "305100", "9076703038 000b820202020000", "9176703038 305100",
         "9276703038"},
        {media::Codec::opus, "000201380000bb80000000", "fcb406", "904f707573 4f707573486561640102380180bb0000000000",
         "914f707573 fcb406", "924f707573"},
        {media::Codec::flac, "1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5", "fff85988",
         "90664c6143 664c6143 80000022 1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5",
         "91664c6143 fff85988", "92664c6143"},
        {media::Codec::ac3, "501140", "0b77", "", "9161632d33 0b77", "9261632d33"},
        {media::Codec::mp3, "fffb9064", "fffb9064", "", "2f fffb9064", ""},
        {media::Codec::pcma, "00001f4001", "d5d5", "", "7e d5d5", ""},
        {media::Codec::pcmu, "00001f4002", "ffff", "", "8f ffff", ""},
    };
    for (const Row& row : rows) {
        const media::Track track = media::track_from_config(row.codec, from_hex(row.record)).value();
        base::ByteWriter config;
        write_config_body(track, config);
        EXPECT_EQ(to_hex(config.view()), to_hex(from_hex(row.config))) << media::info(row.codec).name;
        base::ByteWriter frame;
        const media::Packet sent = packet(track, Ticks{}, Ticks::milliseconds(40), row.payload);
        write_frame_header(track, sent, frame);
        frame.bytes(sent.payload);
        EXPECT_EQ(to_hex(frame.view()), to_hex(from_hex(row.frame))) << media::info(row.codec).name;
        base::ByteWriter end;
        write_end_body(track, end);
        EXPECT_EQ(to_hex(end.view()), to_hex(from_hex(row.end))) << media::info(row.codec).name;
    }
}

TEST(FlvSerializer, PicturesAndSoundKeepTheirDistanceWhereverTheStreamBegan) {
    // An origin that is no whole millisecond must not shift pts against dts.
    const media::Track track = h264_track();
    const Ticks origin = Ticks::from(1, 3000);
    StreamWriter writer(origin);
    base::SlabWriter out(1 << 16);
    writer.begin({{track}}, out);
    writer.tracks({{track}}, origin, out);
    for (int i = 0; i < 90; ++i) {
        const Ticks dts = origin + Ticks::from(i, 90);
        writer.write(packet(track, dts, dts + Ticks::from(2, 90), idr), track, out);
    }
    const Viewed viewed = view(all_of(out));
    for (int i = 0; i < 90; ++i) {
        const auto& sample = viewed.samples[static_cast<std::size_t>(i)];
        EXPECT_EQ(sample.dts, static_cast<std::uint32_t>(Ticks::from(i, 90).to_milliseconds()));
        EXPECT_EQ(sample.dts + sample.composition_offset.to_milliseconds(), Ticks::from(i + 2, 90).to_milliseconds());
    }
}

}  // namespace weir::format::flv
