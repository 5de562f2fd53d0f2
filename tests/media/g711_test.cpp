#include "media/g711.hpp"

#include <gtest/gtest.h>

#include "media/frames.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

namespace weir::media::g711 {

using tests::from_hex;
using tests::to_hex;

TEST(G711, ATrackIsDescribedByItsRateAndChannels) {
    for (const Codec codec : {Codec::pcma, Codec::pcmu}) {
        const auto track = track_from_config(codec, from_hex("00001f4001"));
        ASSERT_TRUE(track.has_value());
        EXPECT_EQ(track->sample_rate, 8'000U);
        EXPECT_EQ(track->channels, 1U);
        EXPECT_EQ(track->id, audio_track_id);
    }
    base::ByteWriter out;
    write_config({.sample_rate = 16'000, .channels = 2}, out);
    EXPECT_EQ(to_hex(out.view()), "00003e8002");
}

TEST(G711, APacketLastsAsLongAsItsSamples) {
    const Track track = track_from_config(Codec::pcmu, from_hex("00001f4001")).value();
    EXPECT_EQ(frame_duration(track, base::Bytes::copy_of(std::string(160, 'x'))), Ticks::milliseconds(20));
    EXPECT_EQ(frame_duration(track), Ticks()) << "it is not said in advance";
}

TEST(G711, NumbersThatMakeNoSenseAreRefused) {
    for (const char* record : {"", "00001f40", "0000000001", "00001f4000", "ffffffff01"})
        EXPECT_FALSE(parse_config(from_hex(record)).has_value()) << record;
}

}  // namespace weir::media::g711
