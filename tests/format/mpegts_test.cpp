#include "format/mpegts_serializer.hpp"

#include "format/flv_body_parser.hpp"
#include "format/flv_file.hpp"
#include "format/mpegts_receiver.hpp"
#include "media/nal.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace weir::format::mpegts {

namespace {

using media::Ticks;
using test::Receiver;
using tests::from_hex;
using tests::to_hex;

constexpr std::uint16_t video_pid = 0x100;
constexpr std::uint16_t audio_pid = 0x101;

media::Track h264_track() {
    return media::track_from_config(
               media::Codec::h264,
               from_hex("0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800"))
        .value();
}
media::Track aac_track(const char* config = "1190") {
    media::Track track = media::track_from_config(media::Codec::aac, from_hex(config)).value();
    track.id = media::audio_track_id;
    return track;
}

/// A frame of one slice of `size` bytes.
media::Packet video(Ticks dts, std::size_t size, bool keyframe = false) {
    base::ByteWriter unit;
    unit.u32(static_cast<std::uint32_t>(size));
    unit.u8(keyframe ? 0x65 : 0x41);
    for (std::size_t i = 1; i < size; ++i) unit.u8(static_cast<std::uint8_t>(i));
    return {.track = media::video_track_id, .dts = dts, .pts = dts, .keyframe = keyframe, .payload = unit.to_bytes()};
}
media::Packet audio(Ticks dts, std::size_t size = 300) {
    base::ByteWriter frame;
    for (std::size_t i = 0; i < size; ++i) frame.u8(static_cast<std::uint8_t>(i));
    return {.track = media::audio_track_id, .dts = dts, .pts = dts, .keyframe = true, .payload = frame.to_bytes()};
}

/// A log: what its serializer wrote, and what a viewer that joins now is greeted with.
struct Log {
    explicit Log(Ticks origin = {}) : writer(origin) {}

    base::Bytes take() {
        base::ByteWriter all;
        for (const base::Bytes& run : out.take()) all.bytes(run);
        return all.to_bytes();
    }
    base::Bytes greeting(const media::TrackSet& tracks) {
        writer.begin(tracks, out);
        writer.tracks(tracks, {}, out);
        return take();
    }
    void write(const media::Packet& packet, const media::TrackSet& tracks) {
        writer.write(packet, *tracks.find(packet.track), out);
    }

    StreamWriter writer;
    base::SlabWriter out{1U << 20};
};

const media::TrackSet both{{h264_track(), aac_track()}};

}  // namespace

struct UnitCase {
    const char* name;
    std::size_t size;
    Adaptation adaptation;
    std::size_t packets;
};

TEST(MpegTsPackets, UnitsOfAnySizeArriveWhole) {
    const UnitCase cases[] = {
        {"one packet to the brim", 184, {}, 1},
        {"a byte of stuffing", 183, {}, 1},
        {"two bytes of stuffing", 182, {}, 1},
        {"a byte more than one packet", 185, {}, 2},
        {"a flag", 182, {.random_access = true}, 1},
        {"a flag and a byte too many", 183, {.random_access = true}, 2},
        {"a clock", 176, {.pcr = 27'000'299}, 1},
        {"a clock and a byte too many", 177, {.pcr = 27'000'299}, 2},
        {"many", 100'000, {.discontinuity = true, .pcr = 1}, 544},
    };
    for (const UnitCase& one : cases) {
        std::vector<std::uint8_t> unit(one.size);
        std::iota(unit.begin(), unit.end(), std::uint8_t{});
        const base::ByteView pieces[] = {base::ByteView(unit).first(7), {}, base::ByteView(unit).subspan(7)};
        PidWriter writer(0x123);
        base::ByteWriter out;
        writer.write(pieces, one.adaptation, Continuity::goes_on, out);
        ASSERT_EQ(out.size(), one.packets * packet_size) << one.name;
        std::vector<std::uint8_t> payload;
        for (std::size_t i = 0; i < one.packets; ++i) {
            const base::ByteView packet = out.view().subspan(i * packet_size, packet_size);
            EXPECT_EQ(packet[1], i == 0 ? 0x41 : 0x01) << one.name;
            EXPECT_EQ(packet[3] & 0xf, i % 16) << one.name;
            const std::size_t skipped = (packet[3] & 0x20) != 0 ? 1U + packet[4] : 0U;
            payload.insert(payload.end(), packet.begin() + 4 + static_cast<std::ptrdiff_t>(skipped), packet.end());
        }
        EXPECT_EQ(payload, unit) << one.name;
    }
}

TEST(MpegTsPackets, TheClockIsWrittenAsTheStandardHasIt) {
    base::ByteWriter out;
    PidWriter(0x100).write_adaptation({.random_access = true, .pcr = (std::int64_t{1} << 32) * 300 + 7}, out);
    EXPECT_EQ(to_hex(out.view().first(12)), "4701002fb750800000007e07");
    EXPECT_EQ(out.view()[12], 0xff);
}

TEST(MpegTsPackets, ACounterThatComesRoundLeavesNoGapToASegmentWrittenByItself) {
    for (std::size_t size : {16U, 184U, 185U, 3000U}) {
        PidWriter writer(0x100);
        base::ByteWriter out;
        const std::vector<std::uint8_t> unit(size, 7);
        const base::ByteView pieces[] = {unit};
        writer.write(pieces, {}, Continuity::goes_on, out);
        writer.write(pieces, {}, Continuity::comes_round, out);
        EXPECT_TRUE(writer.is_round()) << size;
        EXPECT_EQ(out.size() % (16 * packet_size), 0U) << size;
    }
}

TEST(MpegTs, AFileOfFfmpegReachesTheViewerFrameByFrame) {
    flv::FileReader reader;
    flv::BodyParser parser;
    media::TrackSet tracks;
    std::vector<flv::Sample> samples;
    const base::Bytes file = tests::read_capture("flv/x264_aac.flv");
    reader.receive(file);
    while (const auto tag = reader.next().value()) {
        const auto event = parser.receive(tag->type, tag->timestamp, tag->body).value();
        if (!event) continue;
        if (const auto* config = std::get_if<flv::Config>(&*event)) tracks.tracks.push_back(config->track);
        if (const auto* sample = std::get_if<flv::Sample>(&*event)) samples.push_back(*sample);
    }
    Log log(Ticks::milliseconds(-1000));
    Receiver receiver;
    receiver.receive(log.greeting(tracks));
    for (const flv::Sample& sample : samples) {
        const Ticks dts = Ticks::milliseconds(sample.dts);
        log.write({.track = sample.track,
                   .dts = dts,
                   .pts = dts + sample.composition_offset,
                   .keyframe = sample.keyframe,
                   .payload = sample.payload},
                  tracks);
    }
    receiver.receive(log.take());
    receiver.finish();
    EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
    EXPECT_EQ(receiver.stream_types, (std::map<std::uint16_t, std::uint8_t>{{video_pid, 0x1b}, {audio_pid, 0x0f}}));
    ASSERT_EQ(receiver.frames.size(), samples.size());
    std::map<std::uint32_t, std::vector<const flv::Sample*>> sent;
    for (const flv::Sample& sample : samples) sent[sample.track].push_back(&sample);
    std::map<std::uint32_t, std::size_t> next;
    for (const test::Frame& frame : receiver.frames) {
        const std::uint32_t track = frame.pid == video_pid ? media::video_track_id : media::audio_track_id;
        const flv::Sample& sample = *sent[track][next[track]++];
        EXPECT_EQ(frame.dts, (sample.dts + 1000) * 90);
        EXPECT_EQ(frame.pts - frame.dts, sample.composition_offset.to(90'000));
        if (track == media::audio_track_id) {
            const auto header = media::aac::parse_adts(frame.payload).value();
            EXPECT_EQ(header.frame_size, frame.payload.size());
            EXPECT_TRUE(std::ranges::equal(base::ByteView(frame.payload).subspan(7), sample.payload.view()));
            continue;
        }
        EXPECT_EQ(frame.random_access, sample.keyframe);
        const base::Bytes units = media::nal::from_annex_b(frame.payload);
        // The delimiter, and before a keyframe the parameter sets; then what there was.
        EXPECT_EQ(to_hex(units.slice(0, 6)), "0000000209f0");
        EXPECT_TRUE(base::as_text(units).ends_with(base::as_text(sample.payload)));
    }
}

TEST(MpegTs, ParameterSetsStandBeforeEachKeyframe) {
    Log log;
    (void)log.greeting(both);
    log.write(video(Ticks::seconds(1), 50, true), both);
    Receiver receiver;
    receiver.receive(log.take());
    receiver.finish();
    ASSERT_EQ(receiver.frames.size(), 1U);
    media::nal::AnnexBReader units(receiver.frames[0].payload);
    std::vector<int> types;
    while (const auto unit = units.next()) types.push_back((*unit)[0] & 0x1f);
    EXPECT_EQ(types, (std::vector{9, 7, 8, 5}));
}

TEST(MpegTs, WhoJoinsAnywhereHasContinuousCounters) {
    Log log;
    (void)log.greeting(both);
    Ticks now = Ticks::seconds(1);
    for (int gop = 0; gop < 40; ++gop) {
        Receiver receiver;
        receiver.receive(log.greeting(both));
        for (int i = 0; i < 25; ++i) {
            log.write(video(now, i == 0 ? 5000 : 700, i == 0), both);
            log.write(audio(now), both);
            now += Ticks::milliseconds(40);
        }
        receiver.receive(log.take());
        receiver.finish();
        ASSERT_EQ(receiver.complaints, std::vector<std::string>{}) << gop;
        ASSERT_EQ(receiver.frames.size(), 50U);
        EXPECT_GE(receiver.tables, 4U);
    }
}

TEST(MpegTs, ClocksWrapAfterTwentySixHoursAndNobodyNotices) {
    Log log;
    Receiver receiver;
    receiver.receive(log.greeting(both));
    const Ticks wrap = Ticks::from(std::int64_t{1} << 33, 90'000);
    for (int i = -50; i < 50; ++i) {
        const Ticks now = wrap + Ticks::milliseconds(40) * i;
        log.write(video(now, 500, i % 25 == 0), both);
        log.write(audio(now), both);
    }
    receiver.receive(log.take());
    receiver.finish();
    EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
    EXPECT_EQ(receiver.frames.front().pts, (std::int64_t{1} << 33) - 2 * 90'000);
    EXPECT_EQ(receiver.frames.back().pts, 90'000 * 2 - 3600);
}

TEST(MpegTs, TheClockIsToldBetweenFramesThatAreFarApart) {
    Log log;
    Receiver receiver;
    receiver.receive(log.greeting(both));
    for (int i = 0; i < 200; ++i) {
        const Ticks now = Ticks::seconds(1) + Ticks::milliseconds(21) * i;
        if (i % 48 == 0) log.write(video(now, 500, true), both);
        log.write(audio(now), both);
    }
    receiver.receive(log.take());
    EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
    EXPECT_GE(receiver.clocks.size(), 40U);
}

TEST(MpegTs, OtherTracksAreAnotherMapAndDecodersStartAnew) {
    const media::TrackSet silent{{h264_track()}};
    Log log;
    Receiver receiver;
    receiver.receive(log.greeting(silent));
    log.write(video(Ticks::seconds(1), 500, true), silent);
    log.write(video(Ticks::seconds(1.04), 500), silent);
    log.writer.tracks(both, Ticks::seconds(1.08), log.out);
    log.write(video(Ticks::seconds(1.08), 500, true), both);
    log.write(audio(Ticks::seconds(1.08)), both);
    log.write(video(Ticks::seconds(1.12), 500), both);
    receiver.receive(log.take());
    receiver.finish();
    EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
    EXPECT_EQ(receiver.map_version, 1);
    EXPECT_EQ(receiver.stream_types.size(), 2U);
    std::vector<bool> anew;
    for (const test::Frame& frame : receiver.frames) anew.push_back(frame.discontinuity);
    EXPECT_EQ(anew, (std::vector{false, false, true, false, true}));
}

TEST(MpegTs, WhatCannotBeCarriedIsLeftOut) {
    media::Track exotic = aac_track();
    exotic.config = from_hex("1180");  // channels by a program config element
    EXPECT_FALSE(can_carry(exotic));
    media::Track av1 = h264_track();
    av1.codec = media::Codec::av1;
    EXPECT_FALSE(can_carry(av1));
    EXPECT_TRUE(can_carry(h264_track()));
    const media::TrackSet tracks{{h264_track(), exotic}};
    Log log;
    Receiver receiver;
    receiver.receive(log.greeting(tracks));
    log.write(audio(Ticks::seconds(1)), tracks);
    receiver.receive(log.take());
    EXPECT_EQ(receiver.stream_types.size(), 1U);
    EXPECT_EQ(receiver.complaints, std::vector<std::string>{});
}

}  // namespace weir::format::mpegts
