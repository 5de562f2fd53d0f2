#include "media/track_config.hpp"

#include <gtest/gtest.h>

#include "wire/bytes.hpp"

namespace weir::media {

using tests::from_hex;
using tests::to_hex;

namespace {
constexpr const char* avcc =
    "0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800";
constexpr const char* hvcc =
    "0101600000009000000000005df000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003005d959409a10001002b"
    "42010101600000"
    "030090000003000003005da00280802d16595952930bc05a020000030002000003003c10a2000100064401c073c189";
}  // namespace

TEST(TrackConfig, ATrackIsAllThatItsRecordSays) {
    const Track video = track_from_config(Codec::h264, from_hex(avcc)).value();
    EXPECT_EQ(video.id, video_track_id);
    EXPECT_EQ(video.kind, Kind::video);
    EXPECT_EQ(video.codec_string, "avc1.64001f");
    EXPECT_EQ(video.width, 1280U);
    EXPECT_EQ(video.height, 720U);
    EXPECT_EQ(video.frame_rate, 30);
    EXPECT_EQ(to_hex(video.config), avcc);

    const Track hevc = track_from_config(Codec::hevc, from_hex(hvcc)).value();
    EXPECT_EQ(hevc.codec_string, "hvc1.1.6.L93.90");
    EXPECT_EQ(hevc.width, 1280U);
    EXPECT_EQ(hevc.frame_rate, 30);

    const Track audio = track_from_config(Codec::aac, from_hex("eb8a0800")).value();
    EXPECT_EQ(audio.id, audio_track_id);
    EXPECT_EQ(audio.kind, Kind::audio);
    EXPECT_EQ(audio.codec_string, "mp4a.40.29");
    EXPECT_EQ(audio.sample_rate, 44'100U);
    EXPECT_EQ(audio.channels, 2U);
    EXPECT_EQ(audio.width, 0U);
}

TEST(TrackConfig, ConfigsSayFourByteLengthsAsPayloadsHaveThem) {
    base::Buffer record(45);
    std::ranges::copy(from_hex(avcc), record.span().begin());
    record.span()[4] = 0xfd;  // two bytes
    const base::Bytes two_bytes = std::move(record).freeze();
    EXPECT_EQ(nal_length_size(Codec::h264, two_bytes), 2U);
    EXPECT_EQ(nal_length_size(Codec::hevc, from_hex(hvcc)), 4U);
    EXPECT_EQ(nal_length_size(Codec::aac, from_hex("1190")), 0U);
    EXPECT_EQ(to_hex(track_from_config(Codec::h264, two_bytes).value().config), avcc);
}

TEST(TrackConfig, EveryCodecHasItsOneFormOfRecord) {
    const Track av1 = track_from_config(Codec::av1, from_hex("81000c000a0b000000043cfeccdaf90040")).value();
    EXPECT_EQ(av1.codec_string, "av01.0.00M.08");
    EXPECT_EQ(av1.width, 320U);
    EXPECT_EQ(av1.height, 180U);
    EXPECT_EQ(to_hex(av1.config), "81000c000a0b000000043cfeccdaf90040");

    const Track vp9 = track_from_config(Codec::vp9, from_hex("01000000000b820202020000")).value();
    EXPECT_EQ(vp9.codec_string, "vp09.00.11.08");
    EXPECT_EQ(to_hex(vp9.config), "000b820202020000");
    EXPECT_EQ(vp9.width, 0U) << "its keyframes say it";

    const Track opus = track_from_config(Codec::opus, from_hex("4f707573486561640102380180bb0000000000")).value();
    EXPECT_EQ(opus.codec_string, "Opus");
    EXPECT_EQ(to_hex(opus.config), "000201380000bb80000000");
    EXPECT_EQ(opus.sample_rate, 48'000U);
    EXPECT_EQ(opus.channels, 2U);

    const std::string stream_info = "1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5";
    const Track flac = track_from_config(Codec::flac, from_hex("664c614380000022" + stream_info)).value();
    EXPECT_EQ(flac.codec_string, "fLaC");
    EXPECT_EQ(to_hex(flac.config), stream_info);
    EXPECT_EQ(flac.sample_rate, 44'100U);
}

TEST(TrackConfig, ARecordOfMegabytesIsNotKept) {
    const base::Bytes record = base::Buffer(100'000).freeze();
    const auto track = track_from_config(Codec::aac, record);
    ASSERT_FALSE(track.has_value());
    EXPECT_EQ(track.error().kind, base::ErrorKind::too_large);
}

TEST(TrackConfig, ReorderingIsKnownSoThatCompositionOffsetsHaveABound) {
    EXPECT_EQ(reorder_depth(track_from_config(Codec::h264, from_hex(avcc)).value()), 2U);
    EXPECT_EQ(reorder_depth(track_from_config(Codec::hevc, from_hex(hvcc)).value()), 2U);
    EXPECT_EQ(reorder_depth(track_from_config(Codec::aac, from_hex("1190")).value()), 0U);
}

TEST(TrackConfig, AFrameLastsAsLongAsItsSamplesTake) {
    EXPECT_EQ(frame_duration(track_from_config(Codec::aac, from_hex("1190")).value()), Ticks::from(1024, 48'000));
    EXPECT_EQ(frame_duration(track_from_config(Codec::aac, from_hex("2b118800")).value()), Ticks::from(2048, 48'000))
        << "HE-AAC";
    EXPECT_EQ(frame_duration(track_from_config(Codec::h264, from_hex(avcc)).value()), Ticks::from(1, 30));
    Track ntsc = track_from_config(Codec::h264, from_hex(avcc)).value();
    ntsc.frame_rate = 30000.0 / 1001;
    EXPECT_EQ(frame_duration(ntsc), Ticks::from(1001, 30'000));
    ntsc.frame_rate = 0;
    EXPECT_EQ(frame_duration(ntsc), Ticks());
}

}  // namespace weir::media
