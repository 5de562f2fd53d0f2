#include "format/rtp_av1.hpp"

#include "format/rtp_fixtures.hpp"

#include <gmock/gmock.h>

namespace weir::format::rtp {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

// Of libaom; the frame is shortened. Open bitstream units with their size, and as RTP has them, without.
const std::string header = "0a0b000000043cfeccdaf90040";
const std::string header_in_rtp = "08000000043cfeccdaf90040";
const std::string key = "32061c100084aabb";
const std::string key_in_rtp = "301c100084aabb";

struct Row {
    const char* name;
    std::vector<std::string> payloads;
    std::string unit;
};
// AV1 RTP 4.3 to 4.5; sizes of elements in front of them.
const Row rows[] = {
    {"two elements, the last without a size", {"28 0c" + header_in_rtp + key_in_rtp}, header + key},
    {"two elements, both with a size", {"08 0c" + header_in_rtp + "07" + key_in_rtp}, header + key},
    {"a packet each", {"18" + header_in_rtp, "10" + key_in_rtp}, header + key},
    {"the frame in three parts", {"68 0c" + header_in_rtp + "301c10", "d0 0084", "90 aabb"}, header + key},
    {"a part alone with its size", {"48 0c" + header_in_rtp + "03 301c10", "80 04 0084aabb"}, header + key},
    {"elements that have a size of their own", {"28 0d" + header + key}, header + key},
    {"a delimiter is left out", {"38 02 1200 0c" + header_in_rtp + key_in_rtp}, header + key},
};

}  // namespace

TEST(RtpAv1, EveryPacketizationGivesTheTemporalUnitThatWasSent) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Listener listener({.codec = media::Codec::av1});
        Sender sender;
        listener.hear(sender.packets({9000, row.payloads}));
        ASSERT_EQ(listener.tracks.size(), 1U) << listener.refusal();
        EXPECT_EQ(listener.tracks[0].codec, media::Codec::av1);
        EXPECT_THAT(listener.take_units(), ElementsAre("9000*" + row.unit));
    }
}

TEST(RtpAv1, PartsThatDoNotMeetCostTheirGroup) {
    for (const std::vector<std::string>& broken : std::vector<std::vector<std::string>>{
             {"90 bbcc"},               // continued, not begun
             {"50 301000", "10 30aa"},  // begun, not continued
             {"50 301000"},             // begun, and the frame ends
             {"00 7f 30"},              // a size that passes the end
             {"00 ffffffff7f 30"},      // a size beyond all
             {"10 b0aa"},               // the forbidden bit
         }) {
        SCOPED_TRACE(broken[0]);
        Listener listener({.codec = media::Codec::av1});
        Sender sender;
        listener.hear(sender.packets({0, rows[0].payloads}));
        listener.hear(sender.packets({3000, broken}));
        listener.hear(sender.packets({6000, rows[0].payloads}));
        EXPECT_THAT(listener.take_units(), ElementsAre("0*" + header + key, "6000!*" + header + key));
        EXPECT_EQ(listener.counts().groups_damaged, 1U);
    }
}

TEST(RtpAv1, BehindALossANewSequenceIsTheWayOut) {
    Listener listener({.codec = media::Codec::av1});
    Sender sender;
    listener.hear(sender.packets({0, rows[0].payloads}));
    (void)sender.packets({3000, {"10 30aa"}});
    listener.hear(sender.packets({6000, rows[3].payloads}));
    EXPECT_EQ(listener.take_units().size(), 2U);
    (void)sender.packets({9000, {"10 30aa"}});
    listener.hear(sender.packets({12000, {"10" + key_in_rtp}}));  // no N: what came before it is not known
    EXPECT_THAT(listener.take_units(), IsEmpty());
}

TEST(RtpAv1, WhatIsSentIsWhatIsHeard) {
    for (const std::size_t size : {5UZ, 40UZ, 90UZ, 99UZ, 300UZ, 5000UZ}) {
        Av1Packetizer packetizer(100);
        base::ByteWriter unit;
        unit.bytes(from_hex(header));
        unit.u8(0x32);
        for (std::size_t rest = size; true; rest >>= 7) {
            unit.u8(static_cast<std::uint8_t>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
            if (rest <= 0x7f) break;
        }
        unit.bytes(from_hex("10" + filler(size - 1)));
        std::vector<std::string> payloads;
        const auto cut = payloads_of(packetizer, unit.to_bytes(), true);
        for (const auto& [payload, marker] : cut) {
            EXPECT_LE(payload.size(), 200U);
            payloads.push_back(payload);
        }
        EXPECT_TRUE(cut.back().second);
        EXPECT_EQ(from_hex(payloads.front()).view()[0] & 0x88, 0x08) << "a new sequence";
        Listener listener({.codec = media::Codec::av1});
        Sender sender;
        listener.hear(sender.packets({7, payloads}));
        EXPECT_THAT(listener.take_units(), ElementsAre("7*" + to_hex(unit.view()))) << size;
    }
}

}  // namespace weir::format::rtp
