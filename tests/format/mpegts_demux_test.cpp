#include "format/mpegts_demux.hpp"

#include "format/mpegts_mux.hpp"
#include "format/mpegts_pictures.hpp"
#include "media/track_config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace weir::format::mpegts {

namespace {

using media::Codec;
using media::Ticks;
using namespace test;
using tests::from_hex;
using tests::to_hex;

}  // namespace

TEST(MpegTsDemux, WhatAMuxerWroteComesBackAsItWas) {
    media::TrackSet tracks{
        {media::track_from_config(Codec::h264, from_hex("0164001fffe1001a6764001facd9405005bb0110000003001000000303"
                                                        "c0f183196001000468ef8fcbfdf8f800"))
             .value(),
         media::track_from_config(Codec::aac, from_hex("1190")).value()}};
    std::vector<media::Packet> packets;
    for (std::int64_t i = 0; i < 50; ++i) {
        base::ByteWriter unit;
        unit.u32(1000);
        unit.u8(i % 25 == 0 ? 0x65 : 0x41);
        for (int j = 1; j < 1000; ++j) unit.u8(static_cast<std::uint8_t>(i + j) | 1);
        const Ticks dts = Ticks::from(i, 25);
        packets.push_back({.track = 1,
                           .dts = dts,
                           .pts = dts + Ticks::from(i % 3, 25),
                           .keyframe = i % 25 == 0,
                           .payload = unit.to_bytes()});
        packets.push_back({.track = 2,
                           .dts = dts,
                           .pts = dts,
                           .keyframe = true,
                           .payload = base::Buffer(static_cast<std::size_t>(200 + i)).freeze()});
    }
    Muxer muxer(Ticks::seconds(-1));
    muxer.follow(tracks);
    base::ByteWriter out;
    for (const media::Packet& packet : packets) muxer.write(packet, Continuity::goes_on, out);

    const Heard heard = hear(out.view());
    EXPECT_EQ(heard.tracks, tracks.tracks);
    ASSERT_EQ(heard.samples.size(), packets.size());
    for (std::uint32_t track : {1U, 2U}) {
        const auto samples = heard.of(track);
        std::size_t i = 0;
        for (const media::Packet& packet : packets) {
            if (packet.track != track) continue;
            EXPECT_EQ(samples[i].dts, static_cast<std::uint64_t>((packet.dts + Ticks::seconds(1)).to(90'000)));
            EXPECT_EQ(samples[i].composition_offset, packet.pts - packet.dts);
            EXPECT_EQ(samples[i].keyframe, packet.keyframe);
            EXPECT_EQ(samples[i].payload, packet.payload);
            ++i;
        }
    }
}

TEST(MpegTsDemux, CutAnywhereItIsTheSameStream) {
    Builder stream;
    begin(stream, 4);
    for (std::uint8_t i = 0; i < 5; ++i) stream.pes(audio_pid, {.pts = 90'000U + i * 1920U}, adts_frame(i));
    const Heard whole = hear(stream.bytes());
    ASSERT_EQ(whole.samples.size(), 9U);
    for (const std::size_t step : {1U, 187U, 189U, 1316U}) {
        Demuxer demuxer;
        const Heard cut = hear(demuxer, stream.bytes(), step);
        EXPECT_EQ(cut.tracks, whole.tracks) << step;
        ASSERT_EQ(cut.samples.size(), whole.samples.size()) << step;
        for (std::size_t i = 0; i < cut.samples.size(); ++i)
            EXPECT_EQ(cut.samples[i].payload, whole.samples[i].payload) << step;
    }
}

TEST(MpegTsDemux, APictureThatTellsItsLengthDoesNotWaitForTheNext) {
    Builder stream;
    begin(stream, 1);
    Demuxer demuxer;
    Heard heard;
    demuxer.receive(stream.bytes());
    heard.drain(demuxer);
    EXPECT_EQ(heard.samples.size(), 1U);
}

TEST(MpegTsDemux, PicturesThatTellNoLengthEndWhereTheNextBegin) {
    Builder stream;
    stream.association();
    stream.map(both);
    stream.pes(video_pid, {.pts = 9000, .dts = 6000}, keyframe(70'000), false);
    stream.pes(video_pid, {.pts = 12'000, .dts = 9000}, picture(), false);
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.samples.size(), 2U);
    EXPECT_EQ(heard.samples[0].payload.size(), 70'005U);
    EXPECT_EQ(heard.samples[0].dts, 6000U);
    EXPECT_EQ(heard.samples[0].composition_offset, Ticks::from(3000, 90'000));
    EXPECT_TRUE(heard.samples[0].keyframe);
    EXPECT_FALSE(heard.samples[1].keyframe);
}

TEST(MpegTsDemux, ClocksThatWrapKeepPictureAndSoundInOrder) {
    constexpr std::uint64_t turn = std::uint64_t{1} << 33;
    Builder stream;
    stream.association();
    stream.map(both);
    stream.pes(video_pid, {.pts = 1500, .dts = turn - 1500}, keyframe());
    stream.pes(audio_pid, {.pts = turn - 960}, [] {
        auto two = adts_frame(1);
        const auto second = adts_frame(2);
        two.insert(two.end(), second.begin(), second.end());
        return two;
    }());
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.samples.size(), 3U);
    EXPECT_EQ(heard.samples[0].dts, turn - 1500);
    EXPECT_EQ(heard.samples[0].composition_offset, Ticks::from(3000, 90'000));
    EXPECT_EQ(times(heard.of(2)), (std::vector<std::uint64_t>{turn - 960, 960}));
}

// Parameter sets

TEST(MpegTsDemux, ParameterSetsAreTheConfigAndLeaveThePictures) {
    Builder stream;
    begin(stream, 2);
    stream.pes(video_pid, {.pts = 96'000}, keyframe());
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.tracks.size(), 1U) << "sets that are repeated are no news";
    EXPECT_EQ(heard.tracks[0].codec_string, "avc1.64001f");
    EXPECT_EQ(heard.tracks[0].width, 1280U);
    EXPECT_EQ(heard.tracks[0].id, media::video_track_id);
    for (const Sample& sample : heard.samples)
        EXPECT_EQ(sample.payload.size(), 4U + 1 + (&sample == &heard.samples[1] ? 42 : 40));
}

TEST(MpegTsDemux, ANewSequenceIsANewConfigRightBeforeItsKeyframe) {
    Builder stream;
    begin(stream, 2);
    stream.pes(video_pid, {.pts = 96'000}, keyframe(40, other_sps));
    Demuxer demuxer;
    demuxer.receive(stream.bytes());
    std::string order;
    while (const auto event = demuxer.next().value()) order += "CSR"[event->index()];
    EXPECT_EQ(order, "CSSCS");
}

TEST(MpegTsDemux, APictureParameterSetAloneStaysWithItsPicture) {
    Builder stream;
    begin(stream, 1);
    stream.pes(video_pid, {.pts = 93'000}, annex_b({"0000000168ee8fcb", "0000000141ffff"}));
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.samples.size(), 2U);
    EXPECT_EQ(to_hex(heard.samples[1].payload), "0000000468ee8fcb0000000341ffff");
    EXPECT_EQ(heard.tracks.size(), 1U);
}

TEST(MpegTsDemux, PicturesBeforeTheFirstSetsAreCountedAndNotPassedOn) {
    Builder stream;
    stream.association();
    stream.map(both);
    for (std::uint64_t i = 0; i < 3; ++i) stream.pes(video_pid, {.pts = i * frame}, picture());
    stream.pes(video_pid, {.pts = 3 * frame}, keyframe());
    Demuxer demuxer;
    const Heard heard = hear(demuxer, stream.bytes());
    EXPECT_EQ(heard.samples.size(), 1U);
    EXPECT_EQ(demuxer.faults().frames_without_config, 3U);
}

TEST(MpegTsDemux, SlicesInPesPacketsOfTheirOwnAreOnePicture) {
    Builder stream;
    stream.association();
    stream.map(both);
    const auto slice = annex_b({"0000000141eeee"});
    stream.pes(video_pid, {.pts = 0}, keyframe(), false);
    stream.pes(video_pid, {}, annex_b({"0000000165eeee"}), false);
    stream.pes(video_pid, {.pts = 3000}, picture(), false);
    stream.pes(video_pid, {}, slice, false);
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.samples.size(), 2U);
    EXPECT_EQ(heard.samples[0].payload.size(), 45U + 7);
    EXPECT_EQ(heard.samples[1].payload.size(), 45U + 7);
}

TEST(MpegTsDemux, SeveralPicturesInAPesPacketFollowEachOtherByTheFrameRate) {
    Builder stream;
    stream.association();
    stream.map(both);
    auto three = keyframe();
    for (int i = 0; i < 2; ++i) {
        const auto next = picture();
        three.insert(three.end(), next.begin(), next.end());
    }
    stream.pes(video_pid, {.pts = 90'000}, keyframe());
    stream.pes(video_pid, {.pts = 93'000}, three);
    EXPECT_EQ(times(hear(stream.bytes()).samples), (std::vector<std::uint64_t>{90'000, 93'000, 96'000, 99'000}));
}

TEST(MpegTsDemux, PicturesOfAnOpenGroupThatNobodyWhoJoinsCanDecodeAreLeftOut) {
    const auto sets =
        annex_b({"0000000140010c01ffff01600000030090000003000003005d959409",
                 "0000000142010101600000030090000003000003005da00280802d16595952930bc05a020000030002000003003c10",
                 "000000014401c073c189"});
    auto first = sets;
    auto open = sets;
    for (const std::uint8_t byte : annex_b({"000000012601afaf"})) first.push_back(byte);  // IDR
    for (const std::uint8_t byte : annex_b({"000000012a01afaf"})) open.push_back(byte);   // CRA
    Builder stream;
    stream.association();
    stream.map({{0x24, video_pid}});
    stream.pes(video_pid, {.pts = 9000, .dts = 3000}, first);
    stream.pes(video_pid, {.pts = 18'000, .dts = 6000}, open);
    stream.pes(video_pid, {.pts = 12'000, .dts = 9000}, annex_b({"000000011001dede"}));    // RASL
    stream.pes(video_pid, {.pts = 21'000, .dts = 12'000}, annex_b({"000000010201dede"}));  // trailing
    Demuxer demuxer;
    const Heard heard = hear(demuxer, stream.bytes());
    EXPECT_EQ(times(heard.samples), (std::vector<std::uint64_t>{3000, 6000, 12'000}));
    EXPECT_TRUE(heard.samples[1].keyframe);
    EXPECT_EQ(demuxer.faults().leading_pictures_dropped, 1U);
    ASSERT_EQ(heard.tracks.size(), 1U);
    EXPECT_EQ(heard.tracks[0].codec_string, "hvc1.1.6.L93.90");
}

TEST(MpegTsDemux, BroadcastersWhoSendNoIdrAreWatchedFromTheirRecoveryPoints) {
    const auto open = annex_b({sps, pps, "00000001060601c480", "0000000141aaaa"});  // recovery_frame_cnt 0
    Builder stream;
    stream.association();
    stream.map(both);
    stream.pes(video_pid, {.pts = 0}, picture());
    stream.pes(video_pid, {.pts = 18'000, .dts = 6000}, open);
    stream.pes(video_pid, {.pts = 12'000, .dts = 9000}, picture());
    stream.pes(video_pid, {.pts = 15'000, .dts = 12'000}, picture());
    stream.pes(video_pid, {.pts = 27'000, .dts = 15'000}, picture());
    stream.pes(video_pid, {.pts = 21'000, .dts = 18'000}, picture());
    Demuxer demuxer;
    const Heard heard = hear(demuxer, stream.bytes());
    EXPECT_EQ(times(heard.samples), (std::vector<std::uint64_t>{6000, 15'000, 18'000}));
    EXPECT_TRUE(heard.samples[0].keyframe);
    EXPECT_EQ(demuxer.faults().leading_pictures_dropped, 2U);
}

TEST(MpegTsDemux, WhereThereAreIdrsRecoveryPointsAreOrdinaryPictures) {
    const auto open = annex_b({"00000001060601c480", "0000000141aaaa"});
    Builder stream;
    begin(stream, 1, 0);
    stream.pes(video_pid, {.pts = 9 * 90'000}, open);
    stream.pes(video_pid, {.pts = 11 * 90'000}, open);
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.samples.size(), 3U);
    EXPECT_FALSE(heard.samples[1].keyframe);
    EXPECT_TRUE(heard.samples[2].keyframe) << "none for ten seconds";
}

// Sound

TEST(MpegTsDemux, FramesOfSoundMayBeginAndEndAnywhereInPesPackets) {
    std::vector<std::uint8_t> sound;
    for (std::uint8_t i = 0; i < 4; ++i) {
        const auto one = adts_frame(i);
        sound.insert(sound.end(), one.begin(), one.end());
    }
    for (std::size_t cut = 1; cut < sound.size() - 1; ++cut) {
        Builder stream;
        stream.association();
        stream.map(both);
        // The time of the second PES packet is that of the first frame which begins in it.
        const std::uint64_t begins = (cut + 21) / 22;
        stream.pes(audio_pid, {.pts = 0}, base::ByteView(sound).first(cut));
        stream.pes(audio_pid, {.pts = begins * 1920}, base::ByteView(sound).subspan(cut));
        const Heard heard = hear(stream.bytes());
        ASSERT_EQ(times(heard.samples), (std::vector<std::uint64_t>{0, 1920, 3840, 5760})) << cut;
        for (std::uint8_t i = 0; i < 4; ++i)
            EXPECT_EQ(heard.samples[i].payload, base::Bytes::copy_of(std::vector<std::uint8_t>(15, i)));
    }
}

TEST(MpegTsDemux, RubbishAmongFramesOfSoundIsPassedOver) {
    Builder stream;
    stream.association();
    stream.map(both);
    auto sound = annex_b({"fff1 1234 5678"});
    for (std::uint8_t i = 0; i < 3; ++i) {
        const auto one = adts_frame(i);
        sound.insert(sound.end(), one.begin(), one.end());
    }
    stream.pes(audio_pid, {.pts = 90'000}, sound);
    EXPECT_EQ(times(hear(stream.bytes()).samples), (std::vector<std::uint64_t>{90'000, 91'920, 93'840}));
}

TEST(MpegTsDemux, SoundThatChangesItsRateSaysSoInOrder) {
    Builder stream;
    stream.association();
    stream.map(both);
    auto other = annex_b({"fff1508002df fc"});  // 44.1 kHz
    other.insert(other.end(), 15, 9);
    stream.pes(audio_pid, {.pts = 0}, adts_frame(1));
    stream.pes(audio_pid, {.pts = 1920}, other);
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.tracks.size(), 2U);
    EXPECT_EQ(heard.tracks[0].sample_rate, 48'000U);
    EXPECT_EQ(heard.tracks[1].sample_rate, 44'100U);
    EXPECT_EQ(heard.tracks[1].id, media::audio_track_id);
}

struct Sound {
    const char* name;
    std::uint8_t type;
    const char* descriptors;
    const char* header;
    std::size_t size;
    Codec codec;
    std::uint64_t lasts;  ///< in units of the wire
};

TEST(MpegTsDemux, EveryKindOfSoundIsKnownByTypeOrDescriptorAndByItsFrames) {
    const Sound sounds[] = {
        {"MP3", 0x03, "", "fffb9064", 417, Codec::mp3, 2351},
        {"MP3 at a lower rate", 0x04, "", "fff38064", 208, Codec::mp3, 2351},
        {"MP2", 0x03, "", "fffda404", 576, Codec::mp2, 2160},
        {"AC-3 of ATSC", 0x81, "", "0b77fe95144043e106f46370c0", 768, Codec::ac3, 2880},
        {"AC-3 of DVB", 0x06, "6a0100", "0b77fe95144043e106f46370c0", 768, Codec::ac3, 2880},
        {"AC-3, registered", 0x06, "050441432d33", "0b77fe95144043e106f46370c0", 768, Codec::ac3, 2880},
        {"E-AC-3 of ATSC", 0x87, "", "0b77017f3487c0002084210838", 768, Codec::eac3, 2880},
        {"E-AC-3 of DVB", 0x06, "7a0100", "0b77017f3487c0002084210838", 768, Codec::eac3, 2880},
        {"E-AC-3 where the map says AC-3", 0x81, "", "0b77017f3487c0002084210838", 768, Codec::eac3, 2880},
    };
    for (const Sound& sound : sounds) {
        SCOPED_TRACE(sound.name);
        Builder stream;
        stream.association();
        const base::Bytes descriptors = from_hex(sound.descriptors);
        stream.map({{sound.type, audio_pid, {descriptors.begin(), descriptors.end()}}});
        std::vector<std::uint8_t> two;
        for (int i = 0; i < 2; ++i) {
            const base::Bytes header = from_hex(sound.header);
            two.insert(two.end(), header.begin(), header.end());
            two.resize(sound.size * static_cast<std::size_t>(i + 1), 0x11);
        }
        stream.pes(audio_pid, {.pts = 90'000}, two);
        const Heard heard = hear(stream.bytes());
        ASSERT_EQ(heard.tracks.size(), 1U);
        EXPECT_EQ(heard.tracks[0].codec, sound.codec);
        EXPECT_EQ(times(heard.samples), (std::vector<std::uint64_t>{90'000, 90'000 + sound.lasts}));
        for (const Sample& sample : heard.samples) EXPECT_EQ(sample.payload.size(), sound.size) << "whole frames";
    }
}

TEST(MpegTsDemux, PacketsOfOpusComeOutFromBehindTheirControlHeaders) {
    const base::Bytes descriptors = from_hex("05044f707573 7f028002");
    const auto packet = [](std::uint8_t toc, std::size_t size, const char* control) {
        auto bytes = annex_b({control});
        bytes.push_back(toc);
        bytes.insert(bytes.end(), size - 1, 0x55);
        return bytes;
    };
    auto two = packet(0xfc, 300, "7fe0ff2d");                   // 20 ms, 255 + 45 bytes
    const auto trimmed = packet(0xf8, 10, "7ff40a0138021122");  // 20 ms; a start trim, and an extension of two bytes
    two.insert(two.end(), trimmed.begin(), trimmed.end());
    Builder stream;
    stream.association();
    stream.map({{0x06, audio_pid, {descriptors.begin(), descriptors.end()}}});
    stream.pes(audio_pid, {.pts = 90'000}, two);
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.tracks.size(), 1U);
    EXPECT_EQ(heard.tracks[0].codec, Codec::opus);
    EXPECT_EQ(heard.tracks[0].channels, 2U);
    EXPECT_EQ(times(heard.samples), (std::vector<std::uint64_t>{90'000, 91'800}));
    ASSERT_EQ(heard.samples.size(), 2U);
    EXPECT_EQ(heard.samples[0].payload.size(), 300U);
    EXPECT_EQ(heard.samples[1].payload.size(), 10U);
}

TEST(MpegTsDemux, OpusWithChannelsThatNobodyKnowsIsRefusedInWords) {
    const base::Bytes descriptors = from_hex("05044f707573");
    Builder stream;
    stream.association();
    stream.map({{0x06, audio_pid, {descriptors.begin(), descriptors.end()}}});
    stream.pes(audio_pid, {.pts = 0}, annex_b({"7fe002fc55"}));
    EXPECT_EQ(hear(stream.bytes()).refusals,
              std::vector<std::string>{"the map does not say how many channels there are"});
}

TEST(MpegTsDemux, ASubstreamThatDependsOnAnotherIsInOneUnitWithIt) {
    // Stereo, and behind it the kind of substream that depends on it: 384 words each.
    std::vector<std::uint8_t> unit;
    for (const char* header : {"0b77017f3487c0002084210838", "0b77417f3487c0002084210838"}) {
        const base::Bytes bytes = from_hex(header);
        unit.insert(unit.end(), bytes.begin(), bytes.end());
        unit.resize(unit.size() + 768 - bytes.size(), 0x11);
    }
    Builder stream;
    stream.association();
    stream.map({{0x87, audio_pid}});
    for (std::uint64_t i = 0; i < 2; ++i) stream.pes(audio_pid, {.pts = i * 2880}, unit);
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.samples.size(), 2U);
    EXPECT_EQ(heard.samples[0].payload.size(), 1536U);
}

TEST(MpegTsDemux, LanguagesOfTheMapAreThoseOfTheTracks) {
    Builder stream;
    stream.association();
    stream.map({{0x0f, audio_pid, {0x0a, 4, 'd', 'e', 'u', 0}}});
    stream.pes(audio_pid, {.pts = 0}, adts_frame(1));
    const Heard heard = hear(stream.bytes());
    ASSERT_EQ(heard.tracks.size(), 1U);
    EXPECT_EQ(heard.tracks[0].language, "deu");
}

// What is not served

struct Refused {
    const char* name;
    std::uint8_t type;
    const char* descriptors;
    const char* text;
};

TEST(MpegTsDemux, MediaThatIsNotServedIsRefusedInWordsAndDataIsNot) {
    const Refused cases[] = {
        {"LATM", 0x11, "", "AAC in LATM is not served: send AAC in ADTS"},
        {"LATM of DVB", 0x06, "7c0100", "AAC in LATM is not served: send AAC in ADTS"},
        {"MPEG-2 video", 0x02, "", "MPEG-2 video is not served: send H.264 or HEVC"},
        {"DTS", 0x82, "", "DTS is not served: send AAC or AC-3"},
        {"AV1", 0x06, "050441563031", "AV1 in a transport stream is not served: send H.264 or HEVC"},
        {"subtitles", 0x06, "5908656e67100001000100", ""},
        {"splice information", 0x86, "", ""},
    };
    for (const Refused& one : cases) {
        Builder stream;
        stream.association();
        const base::Bytes descriptors = from_hex(one.descriptors);
        std::vector<Elementary> streams = both;
        streams.push_back({one.type, 0x102, {descriptors.begin(), descriptors.end()}});
        stream.map(streams);
        stream.map(streams);
        stream.pes(video_pid, {.pts = 0}, keyframe());
        const Heard heard = hear(stream.bytes());
        const std::vector<std::string> expected(*one.text == '\0' ? 0 : 1, one.text);
        EXPECT_EQ(heard.refusals, expected) << one.name;
        EXPECT_EQ(heard.samples.size(), 1U) << one.name << ": what is served goes on";
    }
}

TEST(MpegTsDemux, EncryptedMediaIsRefusedInWords) {
    Builder stream;
    begin(stream, 3);
    auto bytes = stream.copy();
    for (std::size_t at = 2 * packet_size; at < bytes.size(); at += packet_size) bytes[at + 3] |= 0x80;
    Demuxer demuxer;
    const Heard heard = hear(demuxer, bytes);
    EXPECT_EQ(heard.refusals, std::vector<std::string>{"the stream is encrypted: send it in the clear"});
    EXPECT_EQ(demuxer.faults().encrypted, 3U);
    EXPECT_TRUE(heard.samples.empty());
}

TEST(MpegTsDemux, FurtherTracksAreLeftOutInWordsUnlessTheyAreWanted) {
    Builder stream;
    stream.association();
    stream.map({{0x1b, video_pid}, {0x0f, audio_pid}, {0x0f, 0x102}});
    stream.pes(audio_pid, {.pts = 0}, adts_frame(1));
    stream.pes(0x102, {.pts = 0}, adts_frame(2));
    const Heard first = hear(stream.bytes());
    EXPECT_EQ(first.samples.size(), 1U);
    EXPECT_EQ(first.refusals, std::vector<std::string>{"a further track of the same kind is left out"});
    Demuxer all({.every_track = true});
    const Heard every = hear(all, stream.bytes());
    ASSERT_EQ(every.tracks.size(), 2U);
    EXPECT_EQ(every.tracks[1].id, 3U);
    EXPECT_EQ(every.of(3).size(), 1U);
    EXPECT_TRUE(every.refusals.empty());
}

}  // namespace weir::format::mpegts
