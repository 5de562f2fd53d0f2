#include "format/boxes.hpp"
#include "format/cmaf_chunk.hpp"
#include "format/cmaf_init.hpp"
#include "format/mp4_reader.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <variant>
#include <vector>

namespace weir::format::cmaf {
namespace {

using media::Ticks;

media::Track video() {
    return media::track_from_config(
               media::Codec::h264,
               tests::from_hex("0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f18319600"
                               "1000668ebe3cb22c0fdf8f800"))
        .value();
}

media::Track audio() { return media::track_from_config(media::Codec::aac, tests::from_hex("1190")).value(); }

/// The boxes, each with what is in it: "moov(mvhd trak(tkhd ...))".
std::string outline(base::ByteView bytes) {
    std::string text;
    boxes::BoxReader reader(bytes);
    while (true) {
        const auto next = reader.next();
        EXPECT_TRUE(next.has_value());
        if (!next || !*next) return text;
        const boxes::Box& box = **next;
        text += (text.empty() ? "" : " ") + std::string(box.type);
        for (const char* container : {"moov", "trak", "mdia", "minf", "dinf", "stbl", "mvex", "moof", "traf"})
            if (box.type == container) text += '(' + outline(box.body) + ')';
        if (box.type == "stsd") text += '(' + outline(box.body.subspan(8)) + ')';
        if (box.type == "avc1") text += '(' + outline(box.body.subspan(78)) + ')';
        if (box.type == "mp4a") text += '(' + outline(box.body.subspan(28)) + ')';
    }
}

TEST(CmafInit, HasTheBoxesThatPlayersNeed) {
    EXPECT_EQ(
        outline(init_segment(video(), 90'000).value()),
        "ftyp moov(mvhd trak(tkhd mdia(mdhd hdlr minf(vmhd dinf(dref) stbl(stsd(avc1(avcC)) stts stsc stsz stco)))) "
        "mvex(trex))");
    EXPECT_EQ(
        outline(init_segment(audio(), 48'000).value()),
        "ftyp moov(mvhd trak(tkhd mdia(mdhd hdlr minf(smhd dinf(dref) stbl(stsd(mp4a(esds)) stts stsc stsz stco)))) "
        "mvex(trex))");
}

TEST(CmafInit, DescribesTheTrackAsItWas) {
    for (const media::Track& track : {video(), audio()}) {
        mp4::Reader reader;
        reader.receive(init_segment(track, timescale(track)).value());
        const auto event = reader.next();
        ASSERT_TRUE(event.has_value() && event->has_value());
        EXPECT_EQ(std::get<media::TrackSetRef>(**event)->tracks.front(), track);
    }
}

TEST(CmafInit, EveryCodecHasTheEntryOfItsBinding) {
    struct Row {
        media::Codec codec;
        const char* record;
        const char* box;  ///< with its record, as it stands in the entry
    };
    const Row rows[] = {
        {media::Codec::av1, "81000c000a0b000000043cfeccdaf90040",
         "00000019 61763143 81000c000a0b000000043cfeccdaf90040"},
        {media::Codec::vp9, "000b820202020000", "00000014 76706343 01000000 000b820202020000"},
        {media::Codec::opus, "000201380000bb80000000", "00000013 644f7073 000201380000bb80000000"},
        {media::Codec::ac3, "501140", "0000000b 64616333 501140"},
        {media::Codec::flac, "1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5",
         "00000032 64664c61 00000000 80000022 "
         "1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5"},
        {media::Codec::ac3, "103de0", "0000000b 64616333 103de0"},
        {media::Codec::eac3, "0600200400", "0000000d 64656333 0600200400"},
    };
    for (const Row& row : rows) {
        const media::Track track = media::track_from_config(row.codec, tests::from_hex(row.record)).value();
        base::ByteWriter out;
        write_sample_entry(track, 1, out);
        const std::string entry = tests::to_hex(out.view());
        EXPECT_EQ(entry.substr(8, 8), tests::to_hex(base::as_bytes(media::info(row.codec).sample_entry)));
        EXPECT_TRUE(entry.ends_with(tests::to_hex(tests::from_hex(row.box)))) << entry;
    }
}

TEST(CmafInit, Mp3IsAnObjectTypeOfItsOwnAndIsReadBack) {
    for (const char* header : {"fffb9064", "fff38064"}) {
        const media::Track track = media::track_from_config(media::Codec::mp3, tests::from_hex(header)).value();
        base::ByteWriter out;
        write_sample_entry(track, 2, out);
        const std::string entry = tests::to_hex(out.view());
        EXPECT_EQ(entry.substr(8, 8), tests::to_hex(base::as_bytes("mp4a")));
        EXPECT_TRUE(entry.contains(track.sample_rate < 32'000 ? "040d6915" : "040d6b15")) << entry;
        mp4::Reader reader;
        reader.receive(init_segment(track, timescale(track)).value());
        const auto event = reader.next();
        ASSERT_TRUE(event.has_value() && event->has_value());
        const media::Track& read = std::get<media::TrackSetRef>(**event)->tracks.front();
        EXPECT_EQ(read.codec, media::Codec::mp3);
        EXPECT_EQ(read.sample_rate, track.sample_rate);
        EXPECT_EQ(read.channels, track.channels);
        EXPECT_EQ(media::frame_duration(read), media::frame_duration(track));
    }
}

TEST(CmafInit, RefusesWhatCannotBePackaged) {
    media::Track without_config = video();
    without_config.config = {};
    EXPECT_FALSE(init_segment(without_config, 90'000));
    media::Track without_rate = audio();
    without_rate.sample_rate = 0;
    EXPECT_FALSE(init_segment(without_rate, timescale(without_rate)));
    media::Track other = audio();
    other.codec = media::Codec::pcma;
    EXPECT_FALSE(init_segment(other, 90'000));
}

TEST(CmafInit, TimescaleFitsTheFrames) {
    for (const auto& [rate, expected] : {std::pair{30.0, 90'000U},
                                         {25.0, 90'000U},
                                         {30000 / 1001.0, 30'000U},
                                         {24000 / 1001.0, 24'000U},
                                         {60000 / 1001.0, 60'000U},
                                         {0.0, 90'000U}}) {
        media::Track track = video();
        track.frame_rate = rate;
        EXPECT_EQ(timescale(track), expected) << rate;
    }
    EXPECT_EQ(timescale(audio()), 48'000U);
}

struct Frame {
    std::int64_t decode;
    std::int64_t presentation;
    bool keyframe;
    std::size_t size;
};

struct ChunkCase {
    const char* name;
    std::vector<Frame> frames;  ///< in milliseconds
    std::int64_t end;
    const char* fields;  ///< the flags of trun, in hex: what is said for each sample
    friend std::ostream& operator<<(std::ostream& out, const ChunkCase& one) { return out << one.name; }
};

class CmafChunk : public testing::TestWithParam<ChunkCase> {};

base::Bytes payload_of(std::size_t size) {
    base::ByteWriter out;
    out.u32(static_cast<std::uint32_t>(size - 4));
    for (std::size_t i = 4; i < size; ++i) out.u8(static_cast<std::uint8_t>(i));
    return out.to_bytes();
}

TEST_P(CmafChunk, AReaderFindsWhatWasWritten) {
    std::vector<Sample> samples;
    std::vector<base::Bytes> payloads;
    for (const Frame& frame : GetParam().frames) {
        payloads.push_back(payload_of(frame.size));
        samples.push_back({.decode = Ticks::milliseconds(frame.decode),
                           .presentation = Ticks::milliseconds(frame.presentation),
                           .keyframe = frame.keyframe,
                           .payload = payloads.back().view()});
    }
    ChunkWriter writer(90'000);
    const base::Bytes chunk = writer.write(samples, Ticks::milliseconds(GetParam().end), Position::starts_segment);
    EXPECT_EQ(outline(chunk), "styp moof(mfhd traf(tfhd tfdt trun)) mdat");
    const auto trun = boxes::find(chunk, {"moof", "traf", "trun"}).value();
    EXPECT_EQ(tests::to_hex(trun.first(4)), std::string("01") + GetParam().fields);  // version 1: signed offsets

    mp4::Reader reader;
    reader.receive(init_segment(video(), 90'000).value());
    (void)reader.next();
    reader.receive(chunk);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        auto event = reader.next();
        ASSERT_TRUE(event.has_value()) << event.error().text;
        ASSERT_TRUE(event->has_value());
        const auto& packet = std::get<media::Packet>(**event);
        const Ticks next = i + 1 < samples.size() ? samples[i + 1].decode : Ticks::milliseconds(GetParam().end);
        EXPECT_EQ(packet.dts, samples[i].decode);
        EXPECT_EQ(packet.pts, samples[i].presentation);
        EXPECT_EQ(packet.duration, next - samples[i].decode);
        EXPECT_EQ(packet.keyframe, samples[i].keyframe);
        EXPECT_EQ(packet.payload, payloads[i]);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CmafChunk,
    testing::Values(
        ChunkCase{"one_keyframe", {{0, 0, true, 10}}, 40, "000201"},
        ChunkCase{"keyframe_first", {{80, 80, true, 10}, {120, 120, false, 8}, {160, 160, false, 9}}, 200, "000205"},
        ChunkCase{"no_keyframe", {{80, 80, false, 10}, {120, 120, false, 8}}, 160, "000201"},
        ChunkCase{"all_keyframes", {{80, 80, true, 10}, {120, 120, true, 8}}, 160, "000201"},
        ChunkCase{"keyframe_within", {{0, 0, false, 10}, {40, 40, true, 8}, {80, 80, false, 9}}, 120, "000601"},
        ChunkCase{"reordered", {{0, 0, true, 10}, {40, 80, false, 8}, {80, 40, false, 9}}, 120, "000a05"},
        ChunkCase{"uneven", {{0, 0, true, 10}, {40, 40, false, 8}, {100, 100, false, 9}}, 120, "000305"},
        ChunkCase{"after_24_days", {{2'147'483'648, 2'147'483'648, true, 10}}, 2'147'483'688, "000201"}),
    testing::PrintToStringParamName());

TEST(CmafChunkWriter, OnlySegmentsBeginWithAType) {
    const base::Bytes payload = payload_of(10);
    const Sample sample{.decode = {}, .presentation = {}, .keyframe = true, .payload = payload.view()};
    ChunkWriter writer(90'000);
    EXPECT_EQ(outline(writer.write(std::vector{sample}, Ticks::seconds(1), Position::starts_segment)),
              "styp moof(mfhd traf(tfhd tfdt trun)) mdat");
    EXPECT_EQ(outline(writer.write(std::vector{sample}, Ticks::seconds(1), Position::within_segment)),
              "moof(mfhd traf(tfhd tfdt trun)) mdat");
}

TEST(CmafChunkWriter, RoundingNeverAddsUp) {
    // 59.94 frames a second in a timescale that cannot say it: each frame is off by less than half a unit, also after a day.
    const base::Bytes payload = payload_of(10);
    ChunkWriter writer(90'000);
    const auto frame = [](std::int64_t i) { return Ticks::from(i * 1001, 60'000); };
    mp4::Reader reader;
    reader.receive(init_segment(video(), 90'000).value());
    (void)reader.next();
    for (const std::int64_t first : {std::int64_t{0}, std::int64_t{24 * 3600 * 60}}) {
        std::vector<Sample> samples;
        for (std::int64_t i = first; i < first + 30; ++i)
            samples.push_back(
                {.decode = frame(i), .presentation = frame(i), .keyframe = true, .payload = payload.view()});
        reader.receive(writer.write(samples, frame(first + 30), Position::within_segment));
        for (const Sample& sample : samples) {
            const auto packet = std::get<media::Packet>(*reader.next().value());
            EXPECT_LE(std::abs((packet.dts - sample.decode).count()), Ticks::from(1, 90'000).count() / 2);
        }
    }
}

}  // namespace
}  // namespace weir::format::cmaf
