#include "format/carriage.hpp"

#include "format/adts_serializer.hpp"
#include "format/flv_tags.hpp"
#include "format/mpegts_mux.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace weir::format {
namespace {

using media::Codec;
using tests::from_hex;

media::Track aac() { return media::track_from_config(Codec::aac, from_hex("1190")).value(); }
media::Track of(Codec codec) {
    return {.kind = media::info(codec).kind, .codec = codec, .config = base::Bytes::copy_of("record")};
}

media::TrackSet set(std::vector<media::Track> tracks) { return {std::move(tracks)}; }

TEST(Carriage, AStreamOfWhichSomethingIsCarriedIsThere) {
    EXPECT_FALSE(nothing_to_carry(mpegts::carriage, set({of(Codec::vp9), aac()})));
    EXPECT_FALSE(nothing_to_carry(flv::carriage, set({of(Codec::mp2), of(Codec::vp9)})));
}

TEST(Carriage, WhereNothingIsTheReasonsAreSaidOnceEach) {
    EXPECT_EQ(nothing_to_carry(mpegts::carriage, set({of(Codec::vp9), of(Codec::flac)})),
              "the stream has nothing that MPEG-TS can carry: MPEG-TS has no mapping for VP9; MPEG-TS has no mapping "
              "for FLAC");
    EXPECT_EQ(nothing_to_carry(adts::carriage, set({of(Codec::h264), of(Codec::opus)})),
              "the stream has nothing that ADTS can carry: ADTS is for AAC alone");
}

TEST(Carriage, AKindOfACodecThatAFormCannotTellIsNamed) {
    EXPECT_EQ(nothing_to_carry(adts::carriage, set({of(Codec::aac)})),
              "the stream has nothing that ADTS can carry: this AAC is of a kind that ADTS cannot tell");
}

}  // namespace
}  // namespace weir::format
