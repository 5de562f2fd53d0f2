#include "proto/rtsp/transport.hpp"

#include <gtest/gtest.h>

namespace weir::proto::rtsp {
namespace {

using Lower = Transport::Lower;

TEST(RtspTransport, WhatClientsOfferIsUnderstoodAndPrinted) {
    struct Row {
        const char* text;
        Transport transport;
        const char* printed;
    };
    const Row rows[] = {
        {"RTP/AVP/TCP;unicast;interleaved=0-1", {.lower = Lower::tcp, .channels = Pair{0, 1}}, nullptr},
        {"RTP/AVP/TCP;unicast;interleaved=0-1;mode=record",
         {.lower = Lower::tcp, .channels = Pair{0, 1}, .mode = "record"},
         nullptr},
        {"RTP/AVP;unicast;client_port=5000-5001", {.client_ports = Pair{5000, 5001}}, nullptr},
        {"RTP/AVP/UDP;unicast;client_port=5000-5001;mode=\"PLAY\"",
         {.client_ports = Pair{5000, 5001}, .mode = "play"},
         "RTP/AVP;unicast;client_port=5000-5001;mode=play"},
        {"rtp/avp;client_port=5000", {.client_ports = Pair{5000, 5001}}, "RTP/AVP;unicast;client_port=5000-5001"},
        {"RTP/AVP;multicast;ttl=15", {.is_multicast = true}, "RTP/AVP;multicast"},
        {"RTP/SAVP/TCP;unicast;interleaved=2-3",
         {.lower = Lower::tcp, .is_secure = true, .channels = Pair{2, 3}},
         nullptr},
        {"RTP/AVP;unicast;source=192.0.2.1;client_port=5000-5001;server_port=9000-9001;ssrc=1a2b3c4d",
         {.client_ports = Pair{5000, 5001},
          .server_ports = Pair{9000, 9001},
          .ssrc = 0x1a2b3c4d,
          .source = "192.0.2.1"},
         nullptr},
        {"RTP/AVP;unicast;client_port=70000-70001", {}, "RTP/AVP;unicast"},
        {"RTP/AVP/TCP;interleaved=255", {.lower = Lower::tcp}, "RTP/AVP/TCP;unicast"},
    };
    for (const Row& row : rows) {
        const auto parsed = parse_transports(row.text);
        ASSERT_EQ(parsed.size(), 1U) << row.text;
        EXPECT_EQ(parsed.front(), row.transport) << row.text;
        EXPECT_EQ(print(parsed.front()), row.printed == nullptr ? row.text : row.printed);
        EXPECT_EQ(parse_transports(print(parsed.front())).at(0), parsed.front());
    }
}

TEST(RtspTransport, AListIsInItsOrderWithoutWhatIsNotKnown) {
    const auto list = parse_transports("RAW/RAW/UDP;unicast, RTP/AVP/TCP;unicast,RTP/AVP;unicast;client_port=1-2");
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].lower, Lower::tcp);
    EXPECT_EQ(list[1].client_ports, (Pair{1, 2}));
    EXPECT_TRUE(parse_transports("").empty());
}

}  // namespace
}  // namespace weir::proto::rtsp
