#include "media/mpeg_audio.hpp"

#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

namespace weir::media::mpeg_audio {

using tests::from_hex;

namespace {

struct Row {
    const char* name;
    const char* header;
    unsigned layer;
    std::uint32_t bitrate;
    std::uint32_t sample_rate;
    std::uint32_t channels;
    std::size_t frame_size;
    std::uint32_t samples;
    const char* codec_string;
};
/// The first, and those of 22.05 kHz and of layer II, are ffmpeg's 5.1 (and LAME's); the others by hand from the tables of the standards.
constexpr Row rows[] = {
    {"MP3, 44.1 kHz, 128 kbit/s", "fffb9064", 3, 128'000, 44'100, 2, 417, 1152, "mp4a.6B"},
    {"the same with padding", "fffb9264", 3, 128'000, 44'100, 2, 418, 1152, "mp4a.6B"},
    {"MP3, 48 kHz, 320 kbit/s, mono", "fffbe4c4", 3, 320'000, 48'000, 1, 960, 1152, "mp4a.6B"},
    {"MP3 of MPEG-2, 22.05 kHz, 64 kbit/s", "fff38064", 3, 64'000, 22'050, 2, 208, 576, "mp4a.69"},
    {"MP2, 48 kHz, 192 kbit/s", "fffda404", 2, 192'000, 48'000, 2, 576, 1152, "mp4a.6B"},
    {"MP2 of MPEG-2, 24 kHz, 64 kbit/s", "fff58404", 2, 64'000, 24'000, 2, 384, 1152, "mp4a.69"},
    {"MP3 of MPEG-2.5, 8 kHz, 8 kbit/s", "ffe318c4", 3, 8'000, 8'000, 1, 72, 576, "mp4a.69"},
    {"layer I, 32 kHz, 64 kbit/s", "ffff2804", 1, 64'000, 32'000, 2, 96, 384, "mp4a.6B"},
};

}  // namespace

TEST(MpegAudio, AHeaderSaysHowLongItsFrameIsAndLasts) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto header = parse_header(from_hex(row.header));
        ASSERT_TRUE(header.has_value()) << header.error().text;
        EXPECT_EQ(header->layer, row.layer);
        EXPECT_EQ(header->bitrate, row.bitrate);
        EXPECT_EQ(header->sample_rate, row.sample_rate);
        EXPECT_EQ(header->channels, row.channels);
        EXPECT_EQ(header->frame_size, row.frame_size);
        EXPECT_EQ(header->samples(), row.samples);
        EXPECT_EQ(codec_string(*header), row.codec_string);
    }
}

TEST(MpegAudio, WhatIsNoHeaderIsNotTakenForOne) {
    const std::pair<const char*, const char*> cases[] = {
        {"cut short", "fffb90"},
        {"no sync", "47fb9064"},
        {"a reserved version", "ffeb9064"},
        {"ADTS", "fff15080"},
        {"a reserved bitrate", "fffbf064"},
        {"a reserved rate", "fffb9c64"},
    };
    for (const auto& [name, bytes] : cases) EXPECT_FALSE(parse_header(from_hex(bytes)).has_value()) << name;
    const auto free_format = parse_header(from_hex("fffb0064"));
    ASSERT_FALSE(free_format.has_value());
    EXPECT_EQ(free_format.error().kind, base::ErrorKind::unsupported);
}

TEST(MpegAudio, ATrackIsWhatItsFramesSay) {
    const Track mp3 = track_from_config(Codec::mp3, from_hex("fffb9064")).value();
    EXPECT_EQ(mp3.kind, Kind::audio);
    EXPECT_EQ(mp3.id, audio_track_id);
    EXPECT_EQ(mp3.codec_string, "mp4a.6B");
    EXPECT_EQ(mp3.sample_rate, 44'100U);
    EXPECT_EQ(mp3.channels, 2U);
    EXPECT_EQ(frame_duration(mp3), Ticks::from(1152, 44'100));
    EXPECT_EQ(track_from_config(Codec::mp2, from_hex("fffda404")).value().sample_rate, 48'000U);
    EXPECT_FALSE(track_from_config(Codec::mp2, from_hex("fffb9064")).has_value()) << "it is of layer III";
}

}  // namespace weir::media::mpeg_audio
