#include "format/elementary.hpp"

#include "base/byte_writer.hpp"
#include "media/aac.hpp"
#include "media/h264.hpp"
#include "media/track_config.hpp"
#include "wire/bytes.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace weir::format {
namespace {

using base::Bytes;
using base::ErrorKind;
using media::Codec;

// Of a testsrc by x264: 320x180, Main.
const Bytes sps = tests::from_hex("674d400deca0a0cfcf8088000003000800000301e078a14cb0");
const Bytes pps = tests::from_hex("68ce0fc8");
const Bytes other_pps = tests::from_hex("68ee0fc8");
const Bytes delimiter = tests::from_hex("09f0");
const Bytes idr = tests::from_hex("65888040");
const Bytes slice = tests::from_hex("419a2040");

Bytes annex_b(std::initializer_list<Bytes> units) {
    base::ByteWriter out;
    for (const Bytes& unit : units) {
        out.u32(1);
        out.bytes(unit);
    }
    return out.to_bytes();
}
Bytes with_lengths(std::initializer_list<Bytes> units) {
    base::ByteWriter out;
    for (const Bytes& unit : units) {
        out.u32(static_cast<std::uint32_t>(unit.size()));
        out.bytes(unit);
    }
    return out.to_bytes();
}
Bytes record() {
    base::ByteWriter out;
    media::h264::write_config(*media::h264::config_from_parameter_sets({sps}, {pps}), out);
    return out.to_bytes();
}

TEST(Elementary, annex_b_becomes_lengths_and_its_parameter_sets_the_record) {
    Elementary video(Codec::h264, {});
    const auto first = video.receive(annex_b({delimiter, sps, pps, idr}));
    ASSERT_TRUE(first);
    ASSERT_TRUE(first->track);
    EXPECT_EQ(first->track->width, 320U);
    EXPECT_EQ(first->track->config, record());
    EXPECT_EQ(first->payload, with_lengths({idr}));
    EXPECT_TRUE(first->keyframe);
    const auto second = video.receive(annex_b({delimiter, slice}));
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->track);
    EXPECT_FALSE(second->keyframe);
    EXPECT_EQ(second->payload, with_lengths({slice}));
}

TEST(Elementary, nothing_is_sent_before_it_is_known_how_to_decode_it) {
    Elementary video(Codec::h264, {});
    EXPECT_TRUE(video.receive(annex_b({idr}))->payload.empty());
    EXPECT_TRUE(video.receive(annex_b({sps, idr}))->payload.empty());
    EXPECT_FALSE(video.receive(annex_b({pps, idr}))->payload.empty());
}

TEST(Elementary, sets_that_are_repeated_are_no_news_and_sets_that_change_are) {
    Elementary video(Codec::h264, annex_b({sps, pps}));
    EXPECT_TRUE(video.receive(annex_b({sps, pps, idr}))->track);
    EXPECT_FALSE(video.receive(annex_b({sps, pps, idr}))->track);
    EXPECT_TRUE(video.receive(annex_b({other_pps, idr}))->track);
}

TEST(Elementary, a_record_of_the_container_says_how_its_lengths_are_written) {
    Elementary video(Codec::h264, record());
    const auto unit = video.receive(with_lengths({idr}));
    ASSERT_TRUE(unit);
    ASSERT_TRUE(unit->track);
    EXPECT_EQ(unit->payload, with_lengths({idr}));
    EXPECT_FALSE(video.receive(tests::from_hex("000000ff65")));
    EXPECT_TRUE(video.receive(with_lengths({slice}))) << "one bad packet is one bad packet";
}

TEST(Elementary, a_record_that_changes_in_the_stream_is_in_force_from_the_next_packet) {
    Elementary video(Codec::h264, record());
    EXPECT_TRUE(video.receive(with_lengths({idr}))->track);
    video.change(annex_b({sps, other_pps}));
    const auto unit = video.receive(annex_b({idr}));
    ASSERT_TRUE(unit);
    EXPECT_TRUE(unit->track);
    EXPECT_EQ(unit->payload, with_lengths({idr}));
}

TEST(Elementary, adts_loses_its_header_and_gains_a_record) {
    const media::aac::Config config{.sample_rate = 48000, .channel_configuration = 2, .channels = 2};
    base::ByteWriter frame;
    ASSERT_TRUE(media::aac::write_adts(config, 3, frame));
    frame.bytes(tests::from_hex("210000"));
    Elementary audio(Codec::aac, {});
    const auto unit = audio.receive(frame.view());
    ASSERT_TRUE(unit);
    ASSERT_TRUE(unit->track);
    EXPECT_EQ(unit->track->sample_rate, 48000U);
    EXPECT_EQ(unit->payload, tests::from_hex("210000"));
    EXPECT_FALSE(audio.receive(frame.view())->track);
}

TEST(Elementary, raw_frames_keep_the_containers_record) {
    Elementary audio(Codec::aac, tests::from_hex("1190"));
    const auto unit = audio.receive(tests::from_hex("210000"));
    ASSERT_TRUE(unit);
    ASSERT_TRUE(unit->track);
    EXPECT_EQ(unit->track->config, tests::from_hex("1190"));
    EXPECT_EQ(unit->payload, tests::from_hex("210000"));
}

}  // namespace
}  // namespace weir::format
