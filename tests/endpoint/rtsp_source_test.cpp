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

}  // namespace
}  // namespace weir::endpoint
