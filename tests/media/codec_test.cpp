#include "media/codec.hpp"

#include <gtest/gtest.h>

namespace weir::media {

TEST(Codec, RowsStandInTheOrderOfTheEnumerationSoThatNoCodecGetsAnothersIdentifiers) {
    for (std::size_t i = 0; i < codecs().size(); ++i) {
        EXPECT_EQ(codecs()[i].codec, Codec(i));
        EXPECT_EQ(&info(Codec(i)), &codecs()[i]);
    }
    EXPECT_EQ(codecs().back().codec, Codec::pcmu);
}

TEST(Codec, EveryIdentifierOfTheWireFindsItsCodec) {
    for (const CodecInfo& row : codecs()) {
        SCOPED_TRACE(row.name);
        if (!row.fourcc.empty()) EXPECT_EQ(codec_of_fourcc(row.fourcc), row.codec);
        if (!row.sample_entry.empty()) EXPECT_EQ(codec_of_sample_entry(row.sample_entry), row.codec);
        if (row.flv_id != 0) EXPECT_EQ(codec_of_flv_id(row.kind, row.flv_id), row.codec);
    }
}

TEST(Codec, FilesOfFfmpegWithTheSampleEntryHev1AreHevc) {
    EXPECT_EQ(codec_of_sample_entry("hev1"), Codec::hevc);
    EXPECT_EQ(codec_of_sample_entry("avc3"), Codec::h264);
}

TEST(Codec, WhatIsNotServedIsNoCodec) {
    EXPECT_EQ(codec_of_fourcc("vvc1"), std::nullopt);
    EXPECT_EQ(codec_of_fourcc(""), std::nullopt);
    EXPECT_EQ(codec_of_sample_entry("mp4v"), std::nullopt);
    EXPECT_EQ(codec_of_flv_id(Kind::video, 0), std::nullopt);
    EXPECT_EQ(codec_of_flv_id(Kind::video, 10), std::nullopt) << "an audio id";
    EXPECT_EQ(codec_of_flv_id(Kind::audio, 1), std::nullopt) << "ADPCM";
}

}  // namespace weir::media
