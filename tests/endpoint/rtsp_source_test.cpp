#include "endpoint/rtsp_source.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::endpoint {
namespace {

constexpr std::string_view head = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n";
constexpr std::string_view picture = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:0\r\n";

TEST(RtspSource, ATrackThatCannotBeServedDoesNotCostTheOther) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"m=audio 0 RTP/AVP 97\r\na=rtpmap:97 ac3/48000/2\r\n", "AC-3 over RTP is not served"},
        {"m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MP4A-LATM/48000/2\r\n",
         "AAC in LATM over RTP is not served: send it as MPEG4-GENERIC (RFC 3640)"},
        {"m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000/2\r\na=fmtp:97 mode=AAC-hbr;config=zz\r\n", ""},
    };
    for (const auto& [sound, why] : cases) {
        const auto sections = parse_description(std::string(head) + std::string(picture) + std::string(sound));
        ASSERT_TRUE(sections) << sound;
        ASSERT_EQ(sections->size(), 2U);
        EXPECT_TRUE(sections->at(0).format.has_value());
        EXPECT_FALSE(sections->at(1).format.has_value()) << sound;
        EXPECT_FALSE(sections->at(1).left_out.empty()) << sound;
        if (!why.empty()) EXPECT_EQ(sections->at(1).left_out, why);
        EXPECT_FALSE(parse_description(std::string(head) + std::string(sound))) << "there is nothing else";
    }
}

// Two sockets, of which one is read after the other.
TEST(RtspSource, WhatComesAtOnceGoesOnInTheOrderOfTime) {
    using media::Ticks;
    std::vector<format::rtp::Sample> samples;
    const auto put = [&](std::uint32_t track, std::int64_t at) {
        samples.push_back({.track = track, .dts = Ticks::milliseconds(at), .composition_offset = {}, .payload = {}});
    };
    for (const std::int64_t at : {0, 40, 80, 120, 7, 47}) put(1, at);  // its clock began anew
    for (const std::int64_t at : {0, 64, 128}) put(2, at);
    std::vector<std::pair<std::uint32_t, std::int64_t>> order;
    for (const auto& sample : in_order_of_time(std::move(samples)))
        order.emplace_back(sample.track, sample.dts.to_milliseconds());
    const std::vector<std::pair<std::uint32_t, std::int64_t>> expected{{1, 0},   {2, 0}, {1, 40}, {2, 64}, {1, 80},
                                                                       {1, 120}, {1, 7}, {1, 47}, {2, 128}};
    EXPECT_EQ(order, expected);
    EXPECT_TRUE(in_order_of_time({}).empty());
}

}  // namespace
}  // namespace weir::endpoint
