#include "app/matrix.hpp"

#include "app/formats.hpp"
#include "app/matrix_page.hpp"
#include "media/track_config.hpp"
#include "transcode/sound.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace weir::app {
namespace {

/// A record of each codec as an encoder in use writes it, in the order of `Codec`.
constexpr std::array<const char*, 14> records{
    "0164001fffe1001a6764001facd9405005bb0110000003001000000303c0f183196001000468ef8fcbfdf8f800",
    "0101600000009000000000005df000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003005d959409a10001002b"
    "42010101600000030090000003000003005da00280802d16595952930bc05a020000030002000003003c10a2000100064401c073c189",
    "81000c000a0b000000043cfeccdaf90040",
    "01000000000b820202020000",
    "01000000000a820202020000",
    "1190",
    "4f707573486561640102380180bb0000000000",
    "fffb9064",
    "fffda404",
    "103d40",
    "0600200f00",
    "1200120000046d0005080ac442f0000033ae36567c6137e8d578c431ed191fd85ff5",
    "00001f4001",
    "00001f4001",
};

TEST(Matrix, EveryNoOfASourceOrAFormHasAReason) {
    for (const media::CodecInfo& codec : media::codecs()) {
        for (const MatrixSource& source : matrix_sources())
            EXPECT_EQ(source.can_read(codec.codec), why_not(source, codec.codec).empty())
                << source.title << ' ' << codec.title;
        for (const MatrixForm& form : matrix_forms())
            EXPECT_EQ(why_not(form, codec.codec).find("this codec"), std::string_view::npos)
                << form.title << " says nothing of its own of " << codec.title;
    }
}

TEST(Matrix, ACodecThatAFormHasAPlaceForIsCarriedAndNoOther) {
    for (const media::CodecInfo& codec : media::codecs()) {
        const auto record = tests::from_hex(records[static_cast<std::size_t>(codec.codec)]);
        const auto track = media::track_from_config(codec.codec, record);
        ASSERT_TRUE(track) << codec.title << ": " << track.error().text;
        for (const MatrixForm& form : matrix_forms())
            EXPECT_EQ(form.carriage->can_carry(*track), why_not(form, codec.codec).empty())
                << form.title << ' ' << codec.title;
    }
}

TEST(Matrix, EachCodecComesInSomehowAndGoesOutSomehow) {
    for (const media::CodecInfo& codec : media::codecs()) {
        const auto is_taken = [&](const auto& way) { return why_not(way, codec.codec).empty(); };
        EXPECT_TRUE(std::ranges::any_of(matrix_sources(), is_taken)) << codec.title;
        EXPECT_TRUE(std::ranges::any_of(matrix_forms(), is_taken)) << codec.title;
    }
}

TEST(Matrix, SoundIsInEveryFormThatMayHaveItEncoded) {
    for (const MatrixForm& form : matrix_forms()) {
        for (const media::CodecInfo& codec : media::codecs()) {
            if (transcode::is_missed(codec.codec) && form.has_encoded_sound)
                EXPECT_TRUE(is_encoded(form, codec.codec) || why_not(form, codec.codec).empty())
                    << form.title << ' ' << codec.title;
            if (is_encoded(form, codec.codec)) EXPECT_NE(why_not(form, codec.codec), "") << "it need not be encoded";
        }
    }
}

TEST(Matrix, WhatHttpServesIsInIt) {
    for (const endpoint::LogForm& log : log_forms()) {
        const std::string address = "/live/mine" + std::string(log.suffix);
        EXPECT_NE(std::ranges::find(matrix_forms(), address, &MatrixForm::address), matrix_forms().end()) << address;
    }
}

TEST(Matrix, ProgramsReadTheSameAsPeople) {
    const auto matrix = boost::json::parse(matrix_json()).as_object();
    EXPECT_EQ(matrix.at("codecs").as_array().size(), media::codecs().size());
    EXPECT_EQ(matrix.at("sources").as_array().size(), matrix_sources().size());
    const auto& hls = matrix.at("forms").as_array().front().as_object();
    EXPECT_EQ(hls.at("name"), "hls");
    EXPECT_EQ(hls.at("encoded").as_object().at("pcma"), "MP4 has no entry for G.711");
    EXPECT_FALSE(hls.at("refused").as_object().contains("pcma"));
    EXPECT_FALSE(hls.at("refused").as_object().contains("h264"));
    EXPECT_NE(matrix_page().find(matrix_block().substr(0, matrix_block().find("\n\n"))), std::string::npos);
}

}  // namespace
}  // namespace weir::app
