// A publisher over RTSP, driven by hand, and what it sends: a capture, as RTP over the connection.
#pragma once

#include "endpoint/rtsp_house.hpp"

#include "format/flv_body_parser.hpp"
#include "format/rtp_format.hpp"
#include "format/sdp.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace weir::endpoint {

inline constexpr const char* rtsp_address = "rtsp://127.0.0.1/live/demo";

/// The capture as RTP over RTSP: its description, and its packets in frames.
struct RtpClip {
    RtpClip() {
        const base::Bytes file = tests::read_capture("flv/x264_aac.flv");
        format::flv::BodyParser bodies;
        format::rtp::StreamWriter writer{media::Ticks()};
        base::SlabWriter out(1 << 20);
        for (std::size_t at = 13; at + 11 < file.size();) {
            const std::uint8_t* tag = file.data() + at;
            const std::uint32_t size = tag[1] << 16 | tag[2] << 8 | tag[3];
            const std::uint32_t time = tag[7] << 24 | tag[4] << 16 | tag[5] << 8 | tag[6];
            const auto kind = static_cast<format::flv::TagType>(tag[0]);
            at += 11 + size + 4;
            if (kind == format::flv::TagType::script) continue;
            auto event = bodies.receive(kind, time, file.slice(at - size - 4, size));
            if (!event || !*event) continue;
            if (auto* config = std::get_if<format::flv::Config>(&**event)) tracks.tracks.push_back(config->track);
            if (const auto* sample = std::get_if<format::flv::Sample>(&**event)) {
                const media::Ticks dts = media::Ticks::milliseconds(time);
                writer.write({.track = sample->track,
                              .dts = dts,
                              .pts = dts + sample->composition_offset,
                              .duration = {},
                              .keyframe = sample->keyframe,
                              .payload = sample->payload},
                             *tracks.find(sample->track), out);
            }
        }
        for (const base::Bytes& run : out.take()) packets += base::as_text(run);
        format::sdp::Session session{.name = "clip"};
        for (const media::Track& track : tracks.tracks) session.media.push_back(format::rtp::describe(track));
        description = format::sdp::write(session);
    }

    media::TrackSet tracks;
    std::string description;
    std::string packets;
};

inline const RtpClip& clip() {
    static const RtpClip one;
    return one;
}

class RtspPublisher : public RtspClient {
  public:
    explicit RtspPublisher(const RtspHouse& house) : RtspClient(house) {}

    rtsp::Response announce(const char* where = rtsp_address, std::string authorization = {}) {
        rtsp::Fields fields;
        fields.add("Content-Type", "application/sdp");
        if (!authorization.empty()) fields.add("Authorization", authorization);
        return ask("ANNOUNCE", where, std::move(fields), clip().description);
    }
    rtsp::Response record() {
        for (const char* track : {"/trackID=1", "/trackID=2"}) {
            rtsp::Fields fields;
            fields.add("Transport", track[9] == '1' ? "RTP/AVP/TCP;unicast;interleaved=0-1;mode=record"
                                                    : "RTP/AVP/TCP;unicast;interleaved=2-3;mode=record");
            EXPECT_EQ(ask("SETUP", std::string(rtsp_address) + track, std::move(fields)).status, 200);
        }
        return ask("RECORD", rtsp_address);
    }
    /// Sends the clip, so that there is something to join.
    void go_on_air(RtspHouse& house) {
        EXPECT_EQ(announce().status, 200);
        EXPECT_EQ(record().status, 200);
        say(clip().packets);
        EXPECT_TRUE(eventually([&] {
            house.tick();
            return house.snapshot() && house.snapshot()->tracks && house.snapshot()->tracks->tracks.size() == 2;
        }));
    }
};

}  // namespace weir::endpoint
