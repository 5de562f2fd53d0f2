// What one RTSP connection may take: memory, time, and the sizes that its peer may choose.
#pragma once

#include "base/clock.hpp"
#include "base/limits.hpp"

#include <cstdint>

namespace weir::proto::rtsp {

using namespace base::literals;

struct Limits {
    base::ByteCount head = 8_KiB;                       ///< of a message, up to its empty line
    base::ByteCount body = 64_KiB;                      ///< of a message: an SDP
    base::ByteCount held = 256_KiB;                     ///< what comes behind a request that is not answered yet
    base::ByteCount slab = 31_KiB;                      ///< of interleaved packets, which share their memory
    base::ByteCount talk = 64_KiB;                      ///< what a player says in ten seconds
    std::uint32_t attempts = 3;                         ///< wrong passwords on one connection
    base::Duration setup = std::chrono::seconds(10);    ///< from accept, or the last session, to a RECORD or PLAY
    base::Duration session = std::chrono::seconds(60);  ///< a player over UDP that is not heard of
    base::Duration silence = std::chrono::seconds(10);  ///< the stream's `timeout` takes its place

    void fields(this auto& self, auto&& visit) {
        using base::Limit;
        constexpr std::string_view closed = "the connection is closed, with the reason";
        constexpr std::string_view metric = "weir_rtsp_closed_total";
        visit("head", self.head, Limit{"the head of a message", closed, metric});
        visit("body", self.body, Limit{"the body of a message: an SDP", closed, metric});
        visit("held", self.held, Limit{"bytes that come before a request is answered", closed, metric});
        visit(
            "slab", self.slab,
            Limit{"memory that the interleaved packets of a publisher share", "the next is begun", "weir_slab_bytes"});
        visit("talk", self.talk, Limit{"what a player says in ten seconds", closed, metric});
        visit("attempts", self.attempts, Limit{"wrong passwords on a connection", closed, metric});
        visit("setup", self.setup, Limit{"from accept to a RECORD or PLAY", closed, metric});
        visit("session", self.session, Limit{"a player over UDP that is not heard of", closed, metric});
        visit("silence", self.silence, Limit{"a publisher without media; `timeout` of its stream", closed, metric});
    }
};

}  // namespace weir::proto::rtsp
